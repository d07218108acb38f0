"""C structures, declared once: a field is a format and an offset."""

from struct import Struct, error

from efirt.annotation import Any, Callable, ClassVar, Iterable


class Field:
    """One member of a C structure, little endian.

    Attributes:
        name: As in the header.
        code: Its format, as :mod:`struct` writes it.
        offset: Bytes from the structure's beginning.
        size: Bytes.
    """

    __slots__ = ("_pack_into", "_unpack_from", "code", "name", "offset", "size")

    def __init__(self, code: str, offset: int) -> None:
        layout = Struct("<" + code)
        self.name = ""
        self.code = code
        self.offset = offset
        self.size = layout.size
        self._pack_into = layout.pack_into
        self._unpack_from = layout.unpack_from

    def __set_name__(self, owner: type, name: str) -> None:
        """Learn the name from the class body."""
        self.name = name

    def read(self, data: bytes | bytearray | memoryview, base: int = 0) -> Any:  # noqa: ANN401 - the format decides: int or bytes
        """The member's value in a structure that begins at ``base``."""
        return self._unpack_from(data, base + self.offset)[0]

    def write(self, data: bytearray, value: int | bytes, base: int = 0) -> None:
        """Store the member in a structure that begins at ``base``.

        Raises:
            ValueError: The value does not fit the member.
        """
        if isinstance(value, bytes) and len(value) > self.size:  # struct would cut it without a word
            raise self._misfit(value)
        try:
            self._pack_into(data, base + self.offset, value)
        except error:
            raise self._misfit(value) from None

    def _misfit(self, value: int | bytes) -> ValueError:
        return ValueError(f"{self.name} = {value!r} does not fit in {self.size} bytes")


def _together(size: int, places: Iterable[tuple[Field, int]]) -> Struct:
    """Members in so many bytes, each with where its structure begins, in the order of their offsets; gaps are zeros."""
    code, end = "<", 0
    for field, base in places:
        code += f"{base + field.offset - end}x{field.code}"
        end = base + field.offset + field.size
    return Struct(f"{code}{size - end}x")


class Members:
    """Members of C structures that lie in the same bytes, read or written in one step: for the calls that are made most.

    Args:
        size: Bytes of all.
        places: Each member with where its structure begins, in the order of their offsets.
    """

    __slots__ = ("_pack", "_places", "_texts", "read", "size")

    def __init__(self, size: int, *places: tuple[Field, int]) -> None:
        layout = _together(size, places)
        self.size = size
        self.read: Callable[..., tuple[Any, ...]] = layout.unpack_from  # of bytes, and where in them the structures begin
        self._pack = layout.pack
        self._places = places
        self._texts = tuple((index, field.size) for index, (field, _) in enumerate(places) if field.code.endswith("s"))

    def new(self, *values: Any) -> bytearray:  # noqa: ANN401 - the formats decide: int or bytes
        """Fresh bytes with these values, zeros everywhere else.

        Raises:
            ValueError: A value does not fit its member.
        """
        for index, size in self._texts:
            if len(values[index]) > size:  # struct would cut it without a word
                self._blame(values)
        try:
            return bytearray(self._pack(*values))
        except error:
            self._blame(values)
            raise

    def _blame(self, values: tuple[Any, ...]) -> None:
        """Say which value does not fit."""
        scratch = bytearray(self.size)
        for value, (field, base) in zip(values, self._places, strict=True):
            field.write(scratch, value, base)


class CStruct:
    """A C structure: its members are :class:`Field` class attributes, under the header's names.

    Attributes:
        C_NAME: What a C compiler calls it, such as ``struct xen_platform_op``.
        SIZE: Bytes, trailing padding included.
        C_MEMBER: Where the members lie inside it for C (``u.efi_runtime_call``); empty when they lie directly in it.
    """

    C_NAME: ClassVar[str]
    SIZE: ClassVar[int]
    C_MEMBER: ClassVar[str] = ""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """The members, in the order they were declared."""
        return tuple(value for value in vars(cls).values() if isinstance(value, Field))

    @classmethod
    def layout(cls) -> Struct:
        """All members at once, in the order of their offsets, for the one loop where a step for each is too slow; gaps are zeros."""
        return _together(cls.SIZE, [(field, 0) for field in sorted(cls.fields(), key=lambda field: field.offset)])
