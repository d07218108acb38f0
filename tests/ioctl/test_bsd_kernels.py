"""What both simulated BSDs do alike, driven with bytes laid by hand."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import pytest

from efirt.drivers.freebsd.kernel import SimulatedFreebsd
from efirt.drivers.netbsd.kernel import SimulatedNetbsd
from efirt.ioctl.bsd_kernel import BsdKernel, Panic, need
from efirt.ops import GetNextVariableName, GetVariable, Reply, SetVariable
from efirt.values.attributes import Attributes
from efirt.values.guid_names import GLOBAL, IMAGE_SECURITY
from efirt.values.key import Key
from efirt.values.status import Status
from efirt.wire.memory import AddressSpace
from tests.drivers.xen.raw import at
from tests.drivers.xen.scripted import Firmware
from tests.ioctl.bsd import BOOT, variable
from tests.ioctl.scripted import UNMAPPED, Process

EFAULT, EINVAL, ENOTTY = 14, 22, 25
KEY = Key("Boot", GLOBAL)
FOUND = Reply(Status.SUCCESS, b"abc", 3, Attributes(7))


class System(NamedTuple):
    kernel: Callable[[Firmware, AddressSpace], BsdKernel]
    get: int
    next: int
    set: int

    def over(self, firmware: Firmware) -> Process:
        return Process(lambda memory: self.kernel(firmware, memory))


FREEBSD = System(SimulatedFreebsd, 0xC0384504, 0xC0384505, 0xC0384506)
NETBSD = System(SimulatedNetbsd, 0xC0386504, 0xC0386505, 0xC0386507)


@pytest.fixture(params=[FREEBSD, NETBSD], ids=["freebsd", "netbsd"])
def system(request: pytest.FixtureRequest) -> System:
    given: System = request.param
    return given


def test_a_value_is_copied_as_far_as_firmware_filled_it(system: System) -> None:
    firmware = Firmware({GetVariable: FOUND})
    ask = system.over(firmware)
    name, data = ask.put(BOOT), ask.put(b"zzzzzz")
    assert ask.ask(system.get, variable(name.address, 10, data.address, 6)) == 0
    assert ask.after == variable(name.address, 10, data.address, 3, 7)
    assert data.read(6) == b"abczzz"
    assert firmware.asked == [GetVariable(KEY, 6)]


@pytest.mark.parametrize(
    "reply", [Reply(Status.BUFFER_TOO_SMALL, size=300, attributes=Attributes(7)), Reply(Status.SUCCESS, bytes(300), 300, Attributes(7))]
)
def test_too_small_is_a_success_that_takes_the_pointer_away(system: System, reply: Reply) -> None:
    ask = system.over(Firmware({GetVariable: reply}))
    name, data = ask.put(BOOT), ask.put(b"zzzz")
    assert ask.ask(system.get, variable(name.address, 10, data.address, 4)) == 0
    assert ask.after == variable(name.address, 10, 0, 300, 7)
    assert data.read(4) == b"zzzz"


def test_attributes_that_firmware_leaves_alone_come_back_as_they_were(system: System) -> None:
    ask = system.over(Firmware({GetVariable: Reply(Status.BUFFER_TOO_SMALL, size=300)}))
    assert ask.ask(system.get, variable(ask.put(BOOT).address, 10, 0, 0, 0x55)) == 0
    assert at(ask.after, 32, "I") == 0x55


def test_a_name_has_to_end_with_a_nul_where_its_size_says(system: System) -> None:
    firmware = Firmware({GetVariable: FOUND, SetVariable: Reply(Status.SUCCESS)})
    ask = system.over(firmware)
    name, data = ask.put(BOOT + b"x\0"), ask.put(b"zzzz")
    for number in (system.get, system.set):
        assert ask.refuses(number, variable(name.address, 8, data.address, 4)) == EINVAL
        assert ask.refuses(number, variable(name.address, 12, data.address, 4)) == EINVAL
        assert ask.refuses(number, variable(name.address, 14, data.address, 4)) == EFAULT
        with pytest.raises(Panic, match="a name of 1 bytes"):
            ask.ask(number, variable(name.address, 1, data.address, 4))
        assert firmware.asked == []
    for number in (system.get, system.set):
        assert ask.ask(number, variable(name.address, 11, data.address, 4)) == 0


def test_a_value_that_cannot_be_copied_is_a_fault(system: System) -> None:
    ask = system.over(Firmware({GetVariable: FOUND, SetVariable: Reply(Status.SUCCESS)}))
    for number in (system.get, system.set):
        assert ask.refuses(number, variable(ask.put(BOOT).address, 10, UNMAPPED, 4)) == EFAULT


def test_a_write_takes_any_attributes_and_no_data_is_a_deletion(system: System) -> None:
    firmware = Firmware({SetVariable: Reply(Status.SUCCESS)})
    ask = system.over(firmware)
    name, data = ask.put(BOOT), ask.put(b"value")
    assert ask.ask(system.set, variable(name.address, 10, data.address, 5, 0x80000047)) == 0
    assert ask.ask(system.set, variable(name.address, 10, UNMAPPED, 0, 0)) == 0
    assert ask.refuses(system.set, variable(name.address, 10, data.address, 6, 7)) == EFAULT
    assert firmware.asked == [SetVariable(KEY, Attributes(0x80000047), b"value"), SetVariable(KEY, Attributes(0), b"")]


def test_only_as_much_of_a_name_comes_back_as_firmware_says(system: System) -> None:
    firmware = Firmware({GetNextVariableName: Reply(Status.SUCCESS, b"C\0\0\0", 2, key=Key("C", IMAGE_SECURITY))})
    ask = system.over(firmware)
    name = ask.put(BOOT + b"behind")
    assert ask.ask(system.next, variable(name.address, 16)) == 0
    assert name.read(16) == b"C\0" + BOOT[2:] + b"behind"
    assert (at(ask.after, 8, "Q"), ask.after[16:32]) == (2, IMAGE_SECURITY.raw)
    assert firmware.asked == [GetNextVariableName(KEY, 16)]


def test_a_name_that_does_not_fit_takes_its_pointer_away(system: System) -> None:
    ask = system.over(Firmware({GetNextVariableName: Reply(Status.BUFFER_TOO_SMALL, size=300)}))
    name = ask.put(bytes(4))
    assert ask.ask(system.next, variable(name.address, 4)) == 0
    assert ask.after == variable(0, 300)
    assert name.read(4) == bytes(4)


def test_one_system_knows_none_of_the_other_s_numbers() -> None:
    assert FREEBSD.over(Firmware()).refuses(NETBSD.get, bytes(56)) == ENOTTY
    assert NETBSD.over(Firmware()).refuses(FREEBSD.get, bytes(56)) == ENOTTY
    assert NETBSD.over(Firmware()).refuses(0xC0386506, bytes(56)) == ENOTTY


IN, OUT, BOTH = 0x80024599, 0x40024599, 0xC0024599


class Adding(BsdKernel):
    """It adds to each byte of its argument, and remembers what that was; at a three it refuses."""

    def __init__(self, memory: AddressSpace) -> None:
        super().__init__(Firmware(), memory)
        self.seen: list[bytes] = []

    def calls(self) -> Mapping[int, Callable[[bytearray], None]]:
        return dict.fromkeys((IN, OUT, BOTH), self._add)

    def _add(self, argument: bytearray) -> None:
        self.seen.append(bytes(argument))
        argument[:] = bytes(byte + 1 for byte in argument)
        need(argument[0] != 4, EINVAL)


def test_an_argument_goes_in_and_out_as_its_number_says() -> None:
    ask = Process(Adding)
    for number, seen, after in ((IN, b"\1\2", b"\1\2"), (OUT, b"\0\0", b"\1\1"), (BOTH, b"\1\2", b"\2\3")):
        assert ask.ask(number, b"\1\2") == 0
        assert (ask.kernel.seen[-1], ask.after) == (seen, after)  # type: ignore[attr-defined] # an Adding
    assert ask.refuses(BOTH, b"\3\3") == EINVAL
    assert ask.kernel.ioctl(BOTH, 0) == EFAULT
    assert ask.kernel.ioctl(IN | 0xFF, 0) == EFAULT
    assert ask.kernel.ioctl(OUT | 0xFF, 0) == ENOTTY
