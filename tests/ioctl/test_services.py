"""A driver as a kernel calls it: what comes back fits the buffer that was handed over."""

import pytest

from efirt.drivers.simulated import open_driver as open_simulated
from efirt.ioctl.services import Services, text_before_nul
from efirt.ops import GetNextVariableName, GetTime, GetVariable, Reply
from efirt.values.attributes import Attributes
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from efirt.values.status import Status
from tests.drivers.xen.scripted import Firmware

A = Key("A", GLOBAL)
RT = Attributes(7)


def got(reply: Reply, room: int) -> Reply:
    return Services(Firmware({GetVariable: reply})).get_variable(A, room)


def named(reply: Reply, room: int) -> Reply:
    return Services(Firmware({GetNextVariableName: reply})).next_name(A, room)


@pytest.mark.parametrize(
    ("reply", "room", "expected"),
    [
        (Reply(Status.SUCCESS, b"abc", 3, RT), 3, (Status.SUCCESS, b"abc", 3, RT)),
        (Reply(Status.SUCCESS, b"abc", None, RT), 9, (Status.SUCCESS, b"abc", 3, RT)),
        (Reply(Status.SUCCESS, b"abc", 3, RT), 2, (Status.BUFFER_TOO_SMALL, b"", 3, RT)),
        (Reply(Status.SUCCESS, b"abc", 1, RT), 3, (Status.SUCCESS, b"abc", 1, RT)),
        (Reply(Status.SUCCESS), 9, (Status.SUCCESS, b"", 9, None)),
        (Reply(Status.BUFFER_TOO_SMALL, b"abc", 30), 9, (Status.BUFFER_TOO_SMALL, b"", 30, None)),
        (Reply(Status.NOT_FOUND), 9, (Status.NOT_FOUND, b"", 9, None)),
    ],
)
def test_a_value_fits_its_buffer(reply: Reply, room: int, expected: tuple[object, ...]) -> None:
    assert got(reply, room)[:4] == expected


@pytest.mark.parametrize(
    ("reply", "room", "expected"),
    [
        (Reply(Status.SUCCESS, b"A\0\0\0", 4, key=A), 4, (Status.SUCCESS, b"A\0\0\0", 4)),
        (Reply(Status.SUCCESS, key=A), 4, (Status.SUCCESS, b"A\0\0\0", 4)),
        (Reply(Status.SUCCESS, b"A\0\0\0", 4, key=A), 3, (Status.BUFFER_TOO_SMALL, b"", 4)),
        (Reply(Status.SUCCESS, b"A\0\0\0", 2, key=A), 4, (Status.SUCCESS, b"A\0\0\0", 2)),
        (Reply(Status.SUCCESS), 4, (Status.SUCCESS, b"", 0)),
        (Reply(Status.BUFFER_TOO_SMALL, size=8), 4, (Status.BUFFER_TOO_SMALL, b"", 8)),
        (Reply(Status.NOT_FOUND), 4, (Status.NOT_FOUND, b"", 4)),
    ],
)
def test_a_name_fits_its_buffer(reply: Reply, room: int, expected: tuple[object, ...]) -> None:
    assert named(reply, room)[:3] == expected


def test_a_service_that_a_driver_does_not_carry_is_unsupported() -> None:
    assert Services(Firmware()).ask(GetTime()) == Reply(Status.UNSUPPORTED)


def test_a_pointer_that_is_null_reaches_firmware() -> None:
    services = Services(open_simulated())
    order = Key("BootOrder", GLOBAL)
    assert services.get_variable(order, 6).status == Status.SUCCESS
    assert services.get_variable(order, 6, frozenset({"vendor_guid"})).status == Status.INVALID_PARAMETER
    assert services.get_variable(order, 6, frozenset({"attributes"})).attributes is None


@pytest.mark.parametrize(
    ("units", "text"), [(b"A\0\0\0B\0", "A"), (b"A\0B\0", "AB"), (b"", ""), (b"\0\0", ""), (b"A\0\0", "A"), (b"\0A\0\0\0", "\u4100")]
)
def test_c_sees_a_text_up_to_its_nul(units: bytes, text: str) -> None:
    assert text_before_nul(units) == text
