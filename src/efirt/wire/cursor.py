"""Reading forward through bytes that may end too early."""

from struct import Struct, error

from efirt.annotation import Any
from efirt.errors import DecodeError


class Cursor:
    """A place in bytes; what is taken moves it on.

    Attributes:
        where: What is being read, for the error.
        data: All of it.
        offset: The place, in bytes from the beginning.
    """

    __slots__ = ("data", "offset", "where")

    def __init__(self, where: str, data: bytes, offset: int = 0) -> None:
        self.where = where
        self.data = data
        self.offset = offset

    @property
    def left(self) -> int:
        """Bytes from here to the end."""
        return len(self.data) - self.offset

    def take(self, size: int, what: str) -> bytes:
        """So many bytes.

        Raises:
            DecodeError: There are fewer.
        """
        if size > self.left:
            raise self.error(f"{what} should have {size} bytes here, and {self.left} are left")
        begin = self.offset
        self.offset = begin + size
        return self.data[begin : self.offset]

    def unpack(self, layout: Struct, what: str) -> tuple[Any, ...]:
        """The members of a structure.

        Raises:
            DecodeError: There are fewer bytes than it has.
        """
        return layout.unpack(self.take(layout.size, what))

    def error(self, why: str, advice: str = "", *, back: int = 0) -> DecodeError:
        """What is wrong here, or so many bytes before."""
        return DecodeError(self.where, self.offset - back, why, advice)

    def finish(self, last: str) -> None:
        """Nothing may be left.

        Raises:
            DecodeError: Something is.
        """
        if self.left:
            raise self.error(f"{self.left} bytes stand behind {last}, where nothing belongs")


def packed(layout: Struct, *members: int | bytes) -> bytes:
    """A structure's bytes.

    Raises:
        ValueError: A member does not fit.
    """
    try:
        return layout.pack(*members)
    except error as cause:
        raise ValueError(f"{members!r} do not fit: {cause}") from None
