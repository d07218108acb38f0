"""What simulated BSDs share: an ioctl's argument goes in and out as its number says, and a variable's name has to end where its size says.

Source: FreeBSD sys/dev/efidev/efidev.c; NetBSD sys/dev/efi.c; both, sys/kern/sys_generic.c (sys_ioctl), sys/sys/ioccom.h.
"""

from efirt.annotation import Any, Callable, ClassVar, Final, Mapping
from efirt.ioctl.services import Services, text_before_nul
from efirt.ops.driver import Driver
from efirt.ops.reply import Reply
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.wire.memory import AddressSpace, Fault

_OUT: Final = 0x40000000
_IN: Final = 0x80000000
_SIZE_MASK: Final = 0x1FFF
_NUL: Final = b"\0\0"
_EFAULT: Final = 14
_EINVAL: Final = 22
_ENOTTY: Final = 25


class Refusal(Exception):
    """The number with which a kernel ends a call.

    Attributes:
        number: Its own.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Panic(Exception):
    """What a real kernel would do to memory that is not its caller's."""


def need(condition: object, number: int) -> None:
    """End the call unless something holds.

    Raises:
        Refusal: It does not.
    """
    if not condition:
        raise Refusal(number)


class BsdKernel:
    """A kernel with a /dev/efi.

    Attributes:
        VAR: The structure of a variable in this system's header.
        firmware: What it asks.
        services: The same, as C functions.
        memory: The process' memory.
    """

    VAR: ClassVar[Any]

    def __init__(self, firmware: Driver, memory: AddressSpace) -> None:
        self.firmware = firmware
        self.services = Services(firmware)
        self.memory = memory

    def calls(self) -> Mapping[int, Callable[[bytearray], None]]:
        """What the device knows: by number, what is done with the argument."""
        return {}

    def ioctl(self, number: int, address: int) -> int:
        """Carry an ioctl out; the argument is copied back where it ends well, and only then."""
        size = number >> 16 & _SIZE_MASK
        try:
            argument = bytearray(self.memory.read(address, size) if number & _IN else size)
            call = self.calls().get(number)
            if call is None:
                return _ENOTTY
            call(argument)
            if number & _OUT:
                self.memory.write(address, argument)
        except Refusal as refusal:
            return refusal.number
        except Fault:
            return _EFAULT
        return 0

    def key(self, argument: bytearray) -> Key:
        """The variable that is meant: its name has to end with a NUL where its size says."""
        size = self.VAR.namesize.read(argument)
        name = self.memory.read(self.VAR.name.read(argument), size)
        units = size // len(_NUL)
        if not units:
            raise Panic(f"a name of {size} bytes: its NUL is looked for in front of it")
        need(name[2 * units - 2 : 2 * units] == _NUL, _EINVAL)
        return Key(text_before_nul(name), Guid(self.VAR.vendor.read(argument)))

    def next_name(self, argument: bytearray, check: Callable[[Reply], bool]) -> None:
        """VAR_NEXT.

        Args:
            argument: Its structure.
            check: Whether firmware gave a name; where the buffer was too small for one it is False; for anything else it ends the call.
        """
        address, room = self.VAR.name.read(argument), self.VAR.namesize.read(argument)
        before = self.memory.read(address, room)
        reply = self.services.next_name(Key(text_before_nul(before), Guid(self.VAR.vendor.read(argument))), room)
        given, size = check(reply), reply.size or 0
        self.VAR.namesize.write(argument, size)
        if not given:
            self.VAR.name.write(argument, 0)
            return
        if reply.key is not None:
            self.VAR.vendor.write(argument, reply.key.guid.raw)
        self.give(address, reply.data or b"", before, size)

    def give(self, address: int, left: bytes, before: bytes, size: int) -> None:
        """Copy a buffer of the kernel's to the process: as much as firmware says that it left, also where that is too little.

        Args:
            address: Where to.
            left: What firmware left there.
            before: What the buffer held before.
            size: How much goes back.
        """
        self.memory.write(address, (left + before[len(left) :])[:size])
