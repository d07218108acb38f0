"""The driver on a simulated NetBSD: what it makes of what comes back."""

import pytest

from efirt.drivers.netbsd.driver import ESRT, NetbsdDriver
from efirt.drivers.netbsd.kernel import Manner
from efirt.drivers.simulated import open_driver as open_simulated
from efirt.errors import DriverError, NotCarried
from efirt.ioctl.port import Port
from efirt.ops import CopyTable, GetTime, GetVariable, Op, Probe, Reply, SetVariable
from efirt.runtime.netbsd_simulated import under_netbsd
from efirt.values.attributes import Attributes
from efirt.values.errno_tables import errno_for
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from efirt.values.status import Status
from tests.drivers.xen.scripted import Firmware
from tests.ioctl.scripted import Stubborn

KEY = Key("A", GLOBAL)
NAMED = [status for status in vars(Status).values() if isinstance(status, Status) and status]


@pytest.mark.parametrize("status", NAMED, ids=str)
def test_a_number_comes_back_as_the_status_or_as_the_likeliest_with_the_number(status: Status) -> None:
    name, number = errno_for(status, "netbsd")
    reply = under_netbsd(Firmware({SetVariable: Reply(status)})).call(SetVariable(KEY, Attributes(7), b"x"))
    assert reply == (Reply(Status.DEVICE_ERROR, os_errno=5) if name == "EIO" else Reply(status))
    assert NetbsdDriver.STATUSES[number] == reply.status


def test_no_table_but_the_esrt_is_asked_for_since_the_answer_would_tell_nothing() -> None:
    firmware = Firmware({CopyTable: Reply(Status.NOT_FOUND)})
    driver = under_netbsd(firmware)
    with pytest.raises(NotCarried, match="NetBSD copies the ESRT, and no other table"):
        driver.call(CopyTable(GLOBAL))
    assert firmware.asked == []
    assert driver.call(CopyTable(ESRT)) == Reply(Status.NOT_FOUND)


def test_a_machine_that_looks_for_no_tables_has_no_road_to_them() -> None:
    with pytest.raises(NotCarried, match="this machine's part of the kernel does not look for tables"):
        under_netbsd(open_simulated(), Manner(tables=False)).call(CopyTable(ESRT))


@pytest.mark.parametrize(
    ("number", "why"),
    [(14, "EFAULT: it could not read"), (25, "ENOTTY: this kernel's /dev/efi does not know it"), (99, "99: it gives no reason")],
)
@pytest.mark.parametrize("op", [GetVariable(KEY), Probe()], ids=lambda op: type(op).__name__)
def test_what_the_kernel_refuses_by_itself_has_its_reason_and_number(number: int, why: str, op: Op) -> None:
    with pytest.raises(DriverError, match=f"NetBSD refused it with {why}") as refusal:
        NetbsdDriver(Port(Stubborn(number))).call(op)
    assert refusal.value.os_errno == number


def test_what_has_no_road_says_so() -> None:
    with pytest.raises(NotCarried, match="no number for the clock, which the kernel keeps to itself"):
        under_netbsd(Firmware()).call(GetTime())
