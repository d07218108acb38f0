"""Each driver through real memory, with only the ioctl itself replaced by a simulated kernel."""

from collections.abc import Callable
from pathlib import Path

import pytest

from efirt.drivers.efi_test.driver import EfiTestDriver
from efirt.drivers.efi_test.kernel import SimulatedEfiTest
from efirt.drivers.freebsd.driver import FreebsdDriver
from efirt.drivers.freebsd.kernel import SimulatedFreebsd
from efirt.drivers.netbsd.driver import NetbsdDriver
from efirt.drivers.netbsd.kernel import SimulatedNetbsd
from efirt.drivers.simulated import open_driver as open_simulated
from efirt.errors import NotFound
from efirt.ioctl.driver import DeviceDriver
from efirt.ioctl.simulated import Kernel
from efirt.ops import (
    CapsuleHeader,
    GetNextHighMonotonicCount,
    GetNextVariableName,
    GetTime,
    GetVariable,
    GetWakeupTime,
    QueryCapsuleCapabilities,
    QueryVariableInfo,
    SetTime,
    SetWakeupTime,
)
from efirt.runtime.services import Runtime
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.values.status import Status
from efirt.wire.memory import AddressSpace
from tests.ioctl.real_memory import port_to

KEY = Key("Ours", Guid.parse("6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a01"))
SYSTEMS: dict[str, tuple[type[DeviceDriver], Callable[[AddressSpace], Kernel]]] = {
    "efi_test": (EfiTestDriver, lambda memory: SimulatedEfiTest(open_simulated(), memory)),
    "freebsd": (FreebsdDriver, lambda memory: SimulatedFreebsd(open_simulated(), memory)),
    "netbsd": (NetbsdDriver, lambda memory: SimulatedNetbsd(open_simulated(), memory)),
}


@pytest.fixture(params=SYSTEMS)
def driver(request: pytest.FixtureRequest, tmp_path: Path) -> DeviceDriver:
    kind, kernel = SYSTEMS[request.param]
    made: DeviceDriver = kind(port_to(kernel, tmp_path / "device"))  # type: ignore[call-arg,arg-type] # each takes a port alone
    return made


def test_variables_are_listed_read_written_and_deleted(driver: DeviceDriver) -> None:
    runtime = Runtime(driver)
    names = list(runtime.names())
    assert len(names) > 10
    large = bytes(range(256)) * 60
    runtime.set(KEY, large)
    assert runtime.get(KEY).data == large
    assert driver.call(GetVariable(KEY, 4))[:3] == (Status.BUFFER_TOO_SMALL, None, len(large))
    assert {*runtime.names()} == {*names, KEY}
    assert driver.call(GetNextVariableName(room=2)).status == Status.BUFFER_TOO_SMALL
    runtime.delete(KEY, force=True)
    with pytest.raises(NotFound):
        runtime.get(KEY)
    driver.close()


def test_every_other_operation_that_is_carried_comes_back(driver: DeviceDriver) -> None:
    when = EfiTime(2031, 5, 6, 7, 8, 9)
    for op in (
        SetTime(when),
        GetTime(),
        SetWakeupTime(True, when._replace(hour=8)),
        GetWakeupTime(),
        SetWakeupTime(False),
        GetNextHighMonotonicCount(),
        QueryVariableInfo(Attributes(7)),
    ):
        if type(op) in driver.carried:
            assert driver.call(op).status == Status.SUCCESS, op
    if QueryCapsuleCapabilities in driver.carried:
        head = CapsuleHeader(KEY.guid, 28, 0, 28)
        assert driver.call(QueryCapsuleCapabilities((head,))) == open_simulated().call(QueryCapsuleCapabilities((head,)))
    driver.close()
