"""How a node's bytes and its members correspond: a row for each kind of node.

Source: UEFI 2.10 §10.3.
"""

from struct import Struct, error

from efirt.annotation import Any, Callable, Final, NamedTuple
from efirt.payloads.device_path.spelling import LONG, Form, Spelling
from efirt.values.guid import Guid
from efirt.wire.text import decode_units, encode_units, nul_offset

_GUID_CODE: Final = "G"
_LIMITS: Final = {"B": 0xFF, "H": 0xFFFF, "I": 0xFFFFFFFF, "Q": 0xFFFFFFFFFFFFFFFF}


class Tail(NamedTuple):
    """What follows the members of fixed size.

    Attributes:
        names: The members that it holds.
        read: Bytes to their values; None where the bytes are none such.
        write: Their values to bytes.
    """

    names: tuple[str, ...]
    read: Callable[[bytes], tuple[Any, ...] | None]
    write: Callable[..., bytes]


def raw_tail(name: str) -> Tail:
    """Any bytes."""
    return Tail((name,), lambda data: (data,), bytes)


def ascii_tail(name: str) -> Tail:
    """Text of one byte a character up to a NUL or the end, and what follows it: the member ``ending``."""

    def read(data: bytes) -> tuple[str, bytes]:
        end = data.find(0)
        end = len(data) if end < 0 else end
        return data[:end].decode("latin-1"), data[end:]

    def write(text: str, ending: bytes) -> bytes:
        if "\0" in text or (ending and ending[0]):
            raise ValueError(f"{name} {text!r} holds a NUL, or is not followed by one but by {ending!r}")
        return text.encode("latin-1") + ending

    return Tail((name, "ending"), read, write)


def char16_tail(name: str) -> Tail:
    """CHAR16 text up to a NUL or the end, and what follows it: the member ``ending``."""

    def read(data: bytes) -> tuple[str, bytes]:
        end = nul_offset(data)
        end = len(data) & ~1 if end < 0 else end
        return decode_units(data[:end]), data[end:]

    def write(text: str, ending: bytes) -> bytes:
        if "\0" in text or (len(ending) > 1 and not ending.startswith(b"\0\0")):
            raise ValueError(f"{name} {text!r} holds a NUL, or is not followed by one but by {ending!r}")
        return encode_units(text) + ending

    return Tail((name, "ending"), read, write)


NOTHING: Final = Tail((), lambda data: None if data else (), lambda: b"")


class Row(NamedTuple):
    """A kind of node.

    Attributes:
        kind: Its type.
        subtype: Its sub-type.
        node: Its class.
        fixed: Its members of fixed size.
        names: All members, in the order of their bytes.
        guids: Which of them are GUIDs, by their place.
        texts: Which of them are rows of bytes, by their place, and of what size.
        limits: The largest number of each member of fixed size; 0 where it is none.
        tail: What follows these.
        spelling: How it is written.
        vendor: What the bytes of a vendor's node begin with; empty for any other.
    """

    kind: int
    subtype: int
    node: Any
    fixed: Struct
    names: tuple[str, ...]
    guids: tuple[int, ...]
    texts: tuple[tuple[int, int], ...]
    limits: tuple[int, ...]
    tail: Tail
    spelling: Spelling
    vendor: bytes

    def decode(self, data: bytes) -> Any:  # noqa: ANN401 - a node of its class
        """The node of these bytes, which are without its head; None where they are none of this kind."""
        begin = len(self.vendor)
        end = begin + self.fixed.size
        if len(data) < end or not data.startswith(self.vendor):
            return None
        rest = self.tail.read(data[end:])
        if rest is None:
            return None
        values = [*self.fixed.unpack_from(data, begin), *rest]
        for place in self.guids:
            values[place] = Guid(values[place])
        return self.node(**dict(zip(self.names, values, strict=True)))

    def encode(self, node: Any) -> bytes:  # noqa: ANN401 - as above
        """Its bytes without its head.

        Raises:
            ValueError: A member does not fit.
        """
        values = [getattr(node, name) for name in self.names]
        for place in self.guids:
            values[place] = values[place].raw
        for place, size in self.texts:
            if len(values[place]) != size:
                raise ValueError(f"{self._member(place)} has {len(values[place])} bytes, and {size} belong there")
        count = len(self.names) - len(self.tail.names)
        try:
            return self.vendor + self.fixed.pack(*values[:count]) + self.tail.write(*values[count:])
        except error as cause:
            raise self._misfit(values, cause) from None
        except UnicodeError as cause:
            raise ValueError(f"{self._member(count)} does not fit its bytes: {cause}") from None

    def _member(self, place: int) -> str:
        return f"the {self.names[place]} of a node {self.node.__name__}"

    def _misfit(self, values: list[Any], cause: error) -> ValueError:
        for place, limit in enumerate(self.limits):
            value = values[place]
            if limit and not (isinstance(value, int) and 0 <= value <= limit):
                return ValueError(f"{self._member(place)} is {value!r}, which does not fit its bytes: it is 0 to {limit} (0x{limit:X})")
        return ValueError(f"a node {self.node.__name__} does not fit its bytes: {cause}")


ROW_OF: Final[dict[type, Row]] = {}
"""By the class of a node; filled as the families are loaded."""


class Members(NamedTuple):
    """What a kind of node has.

    Attributes:
        fixed: ``name:code`` of each member of fixed size, in the order of their bytes; a code is struct's, or G for a GUID.
        tail: What follows these.
        vendor: The GUID before them, in a vendor's node.
    """

    fixed: str
    tail: Tail = NOTHING
    vendor: Guid | None = None


def row(kind: int, subtype: int, node: Any, members: Members | str, spelling: Spelling) -> Row:  # noqa: ANN401 - a class
    """A kind of node.

    Args:
        kind: Its type.
        subtype: Its sub-type.
        node: Its class, which gets its text, and is equal only to its own kind.
        members: What it has; text is that of members of fixed size alone.
        spelling: How it is written.
    """
    fixed, tail, vendor = members if isinstance(members, Members) else Members(members)
    pairs = [member.split(":") for member in fixed.split()]
    codes = [code for _name, code in pairs]
    one = Row(
        kind,
        subtype,
        node,
        Struct("<" + "".join("16s" if code == _GUID_CODE else code for code in codes)),
        (*(name for name, _code in pairs), *tail.names),
        tuple(place for place, code in enumerate(codes) if code == _GUID_CODE),
        tuple((place, int(code[:-1])) for place, code in enumerate(codes) if code.endswith("s")),
        tuple(_LIMITS.get(code, 0) for code in codes),
        tail,
        spelling,
        vendor.raw if vendor else b"",
    )
    ROW_OF[node] = one
    for name, method in (("__str__", _text), ("__eq__", same), ("__ne__", differ), ("__hash__", hashed)):
        setattr(node, name, method)
    return one


def _text(node: Any) -> str:  # noqa: ANN401 - any node
    return text_of(node, LONG)


def text_of(node: Any, form: Form) -> str:  # noqa: ANN401 - any node
    """A node's text, as edk2 writes it."""
    return ROW_OF[type(node)].spelling.write(node, form)


def same(one: Any, other: Any) -> bool:  # noqa: ANN401 - any node, and anything
    """Tuples are equal when their members are; nodes when they are of one kind, too."""
    return type(one) is type(other) and bool(tuple.__eq__(one, other))


def differ(one: Any, other: Any) -> bool:  # noqa: ANN401 - as above
    """The opposite."""
    return not same(one, other)


def hashed(node: Any) -> int:  # noqa: ANN401 - any node
    """A number that nodes of one kind with the same members share."""
    return hash((type(node), tuple.__hash__(node)))
