"""Nodes: bytes to the class of their kind and back, families loaded as they are met.

A node is a head (type, sub-type, size) and what its kind has. One whose bytes do not fit its kind, or whose kind is not known, is an
:class:`UnknownNode`; nothing of it is lost.

Source: UEFI 2.10 §10.3.1.
"""

from struct import Struct

from efirt.annotation import Any, Final, NamedTuple
from efirt.later import imported
from efirt.payloads.device_path.notation import dump, number
from efirt.payloads.device_path.row import ROW_OF, Row, row
from efirt.payloads.device_path.spelling import Form, Spelling, plain

HEAD: Final = Struct("<BBH")
END: Final = 0x7F
END_INSTANCE: Final = 1
END_ENTIRE: Final = 0xFF
_LONGEST: Final = 0xFFFF

_PACKAGE: Final = "efirt.payloads.device_path."
_FAMILIES: Final = {1: ("hardware",), 2: ("acpi",), 3: ("storage", "network", "bus"), 4: ("media",), 5: ("bios",)}
_GENERIC: Final = {1: "HardwarePath", 2: "AcpiPath", 3: "Msg", 4: "MediaPath", 5: "BbsPath"}
_GENERIC_BY_NAME: Final = {name.lower(): kind for kind, name in _GENERIC.items()}


class UnknownNode(NamedTuple):
    """A node that is kept as it is.

    Attributes:
        kind: Its type, 0..=255.
        subtype: Its sub-type, 0..=255.
        data: Its bytes without its head.
    """

    kind: int
    subtype: int
    data: bytes = b""


class EndInstance(NamedTuple):
    """Where one instance of a path ends and the next begins."""


def _write_unknown(node: UnknownNode, _form: Form) -> str:
    name = _GENERIC.get(node.kind)
    head = f"{name}({node.subtype}" if name else f"Path({node.kind},{node.subtype}"
    return f"{head},{node.data.hex().upper()})" if node.data else f"{head})"


def exact_text(kind: int, subtype: int, data: bytes) -> str:
    """Any node's text that says all of it."""
    return f"Path({kind},{subtype},{data.hex()})" if data else f"Path({kind},{subtype})"


def read_generic(name: str, inner: str) -> UnknownNode | None:
    """A node of its bytes, from ``Path(4,1,00)`` or ``MediaPath(1,00)``; None where the name is another.

    Raises:
        ValueError: What stands in the parentheses is not that.
    """
    parts = inner.split(",")
    if name != "path":
        if name not in _GENERIC_BY_NAME:
            return None
        parts.insert(0, str(_GENERIC_BY_NAME[name]))
    if not 2 <= len(parts) <= 3:  # noqa: PLR2004 - the bytes may be left out
        raise ValueError("a type, a sub-type and bytes belong here: write Path(4,4,5C0041000000)")
    kind, subtype = number(parts[0]), number(parts[1])
    if kind > 0xFF or subtype > 0xFF:  # noqa: PLR2004 - a byte
        raise ValueError(f"type {kind} and sub-type {subtype} are numbers of 8 bits")
    return UnknownNode(kind, subtype, dump(parts[2]) if parts[2:] else b"")


_UNKNOWN: Final = row(-1, -1, UnknownNode, "", Spelling((), _write_unknown, lambda _name, _inner: {}))
_END: Final = row(END, END_INSTANCE, EndInstance, "", plain(","))

_loaded: dict[int, dict[int, list[Row]]] = {END: {END_INSTANCE: [_END]}}


def rows_of(kind: int) -> dict[int, list[Row]]:
    """The rows of a type, by sub-type; of several that fit, the first counts."""
    known = _loaded.get(kind)
    if known is None:
        known = {}
        for family in _FAMILIES.get(kind, ()):
            for one in imported(_PACKAGE + family).ROWS:
                known.setdefault(one.subtype, []).append(one)
        _loaded[kind] = known
    return known


def all_rows() -> list[Row]:
    """The rows of all types but the end's."""
    return [one for kind in _FAMILIES for rows in rows_of(kind).values() for one in rows]


def decode_node(kind: int, subtype: int, data: bytes) -> Any:  # noqa: ANN401 - of the class of its kind
    """The node of a head and the bytes behind it."""
    for one in rows_of(kind).get(subtype, ()):
        node = one.decode(data)
        if node is not None:
            return node
    return UnknownNode(kind, subtype, data)


def parts_of(node: Any) -> tuple[int, int, bytes]:  # noqa: ANN401 - any node
    """A node's type, sub-type, and bytes without its head.

    Raises:
        TypeError: It is no node.
        ValueError: A member does not fit.
    """
    if isinstance(node, UnknownNode):
        return tuple(node)  # type: ignore[return-value]  # its members are these
    one = ROW_OF.get(type(node))
    if one is None:
        raise TypeError(f"{node!r} is not a node of a device path")
    return one.kind, one.subtype, one.encode(node)


def encode_node(node: Any) -> bytes:  # noqa: ANN401 - any node
    """A node's bytes.

    Raises:
        TypeError: It is no node.
        ValueError: A member does not fit, or the node is longer than 65535 bytes.
    """
    kind, subtype, data = parts_of(node)
    size = HEAD.size + len(data)
    if size > _LONGEST or not (0 <= kind <= 0xFF and 0 <= subtype <= 0xFF):  # noqa: PLR2004 - a byte
        raise ValueError(f"a node of type {kind}, sub-type {subtype} and {size} bytes does not fit its head")
    return HEAD.pack(kind, subtype, size) + data
