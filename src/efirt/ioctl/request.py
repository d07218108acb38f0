"""An ioctl but for its addresses, and what came back."""

from efirt.annotation import Final, NamedTuple, Protocol
from efirt.errors import NotCarried
from efirt.ops.driver import Op

LARGEST: Final = 1 << 20
"""Bytes that a kernel is asked to take or give in one buffer, at most: these kernels allocate what they are told to."""


class Buffer(NamedTuple):
    """Memory that the kernel will follow a pointer to.

    Attributes:
        slot: Its name, under which what the kernel left there is read.
        pointer_offset: Where its 64-bit address goes.
        contents: Bytes to put at its beginning.
        size: Bytes that must be ours there, at least.
        within: The slot in whose contents the pointer lies; empty for the argument.
    """

    slot: str
    pointer_offset: int
    contents: bytes
    size: int
    within: str = ""


class Request(NamedTuple):
    """An ioctl but for its addresses.

    Attributes:
        number: Which.
        argument: Its structure, pointers 0.
        buffers: What the pointers point to.
    """

    number: int
    argument: bytearray
    buffers: tuple[Buffer, ...] = ()


class Answer(Protocol):
    """The memory of an ioctl that was carried out; good until the next one.

    Attributes:
        argument: The structure as it came back.
    """

    @property
    def argument(self) -> bytes:
        """The structure as it came back."""

    def read(self, slot: str, size: int) -> bytes:
        """The first bytes of a buffer."""


def check_size(op: Op, size: int, what: str, most: int = LARGEST) -> None:
    """Refuse what a kernel should not be asked to allocate.

    Args:
        op: What is asked.
        size: Bytes.
        what: What they are for, such as ``a value``.
        most: How many may be asked for.

    Raises:
        NotCarried: They are more.
    """
    if size > most:
        name = type(op).__name__
        message = (
            f"{name} is not carried with {size} bytes for {what}: the kernel would allocate them unseen, and is asked for {most} at most"
        )
        raise NotCarried(message, "ask for less", operation=name)
