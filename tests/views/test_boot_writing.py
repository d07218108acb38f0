"""Carrying out a plan: what was written before a write that fails is taken back."""

import pytest

from efirt.drivers.faults.driver import Faults
from efirt.errors import DriverError, FirmwareError, NotCarried, OutOfResources, PermissionDenied, Refused, ReplayMismatch
from efirt.ops import Reply, SetVariable
from efirt.runtime.registry import open_driver
from efirt.runtime.services import Runtime
from efirt.views.boot import Boot
from efirt.views.boot_plan import STORED
from tests.cli.fakes import watch
from tests.views.menus import GOOD, boot, entry, full, order


def test_a_write_that_fails_takes_back_those_before_it() -> None:
    driver = full()
    before = dict(driver.values)
    held = Faults(driver, "write:name=BootOrder:nth=1:status=OUT_OF_RESOURCES")
    with pytest.raises(OutOfResources, match="taken back: Boot0000"):
        Boot(Runtime(held)).add(GOOD)
    assert driver.values == before


def test_what_went_is_put_back_where_a_later_one_does_not_go() -> None:
    driver = full()
    driver.values["BootNext"] = order(2)
    before = dict(driver.values)
    held = Faults(driver, "write:name=Boot0002:nth=1:status=WRITE_PROTECTED")
    with pytest.raises(FirmwareError, match="taken back: BootOrder, BootNext"):
        Boot(Runtime(held)).remove(2)
    assert driver.values == before


def test_what_was_written_last_is_taken_back_first() -> None:
    driver = full()
    driver.values["BootNext"] = order(2)
    held = Faults(driver, "write:name=Boot0002:nth=1:status=WRITE_PROTECTED")
    with pytest.raises(FirmwareError):
        Boot(Runtime(held)).remove(2)
    assert driver.writes == ["BootOrder", "BootNext", "BootNext", "BootOrder"]


def test_a_write_that_may_have_arrived_is_taken_back_too() -> None:
    driver = full()
    before = dict(driver.values)
    put = driver._set

    def lost(op: SetVariable) -> Reply:
        put(op)
        driver._routes[SetVariable] = put
        raise DriverError("set: no answer came back")

    driver._routes[SetVariable] = lost
    with pytest.raises(DriverError, match=r"no answer.*taken back: Boot0000"):
        boot(driver).add(GOOD)
    assert driver.values == before


@pytest.mark.parametrize(
    "refusal",
    [
        NotCarried("set is not carried"),
        PermissionDenied("set: the road is closed"),
        ReplayMismatch("set was not asked then"),
        DriverError("set: Linux refused to open it with EROFS"),
    ],
)
def test_of_a_write_that_did_not_arrive_nothing_has_to_be_taken_back(refusal: DriverError) -> None:
    driver = full()

    def refused(_op: SetVariable) -> Reply:
        raise refusal

    driver._routes[SetVariable] = refused
    with pytest.raises(DriverError, match="set") as caught:
        boot(driver).timeout(9)
    assert "taken back" not in str(caught.value)


def test_what_cannot_be_taken_back_is_named() -> None:
    driver = full()
    held = Faults(driver, "write:name=BootOrder:status=OUT_OF_RESOURCES,write:name=Boot0000:nth=2:status=DEVICE_ERROR")
    with pytest.raises(OutOfResources, match=r"could not be taken back: Boot0000 \(delete Boot0000-.*DEVICE_ERROR"):
        Boot(Runtime(held)).add(GOOD)


def test_a_value_that_firmware_is_too_small_for_is_taken_back_too() -> None:
    with Runtime(open_driver("simulated")) as runtime:
        menu = Boot(runtime)
        before = {key: runtime.get(key) for key in runtime.names()}
        with pytest.raises(ValueError, match="too many"):
            menu.add(entry(data=bytes(40_000)))
        assert {key: runtime.get(key) for key in runtime.names()} == before


def test_the_guards_of_the_runtime_hold_for_an_entry() -> None:
    bad = entry()._replace(path_list=b"\4\4\0\0")
    with pytest.raises(Refused, match="claims 0 bytes"):
        boot(full()).add(bad)
    boot(full()).add(bad, force=True)


def test_a_variable_keeps_the_attributes_it_has() -> None:
    driver = full()
    driver.attributes = 3
    written = watch(driver, SetVariable)
    boot(driver).add(GOOD)
    assert [(op.key.name, op.attributes) for op in written] == [("Boot0000", STORED), ("BootOrder", 3)]


def test_a_plan_is_not_carried_out_over_what_somebody_else_wrote() -> None:
    driver = full()
    menu = boot(driver)
    plan = menu.add(GOOD, dry_run=True)
    driver.values["BootOrder"] = order(2)
    with pytest.raises(Refused, match="BootOrder has changed"):
        menu.apply(plan)
    driver.values["BootOrder"] = order(1, 2, 3)
    driver.values["Boot0000"] = b"new"
    with pytest.raises(Refused, match="Boot0000 has changed"):
        menu.apply(plan)
    assert driver.writes == []
    del driver.values["Boot0000"]
    menu.apply(plan)
    assert driver.values["BootOrder"] == order(0, 1, 2, 3)
