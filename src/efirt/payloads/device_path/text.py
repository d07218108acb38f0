"""The texts of a whole device path, both ways.

Nodes stand with ``/`` between them, instances with ``,``. A node is a name with arguments in parentheses; anything else is a file's path.
What stands in parentheses may hold both marks, as long as its own parentheses are in pairs.

Source: UEFI 2.10 §10.6.1; edk2 05fe752589, MdePkg/Library/UefiDevicePathLib/DevicePathToText.c, DevicePathFromText.c.
"""

from efirt.annotation import Any, Final, Iterator
from efirt.payloads.device_path.media import FilePath
from efirt.payloads.device_path.node import (
    END,
    END_ENTIRE,
    HEAD,
    EndInstance,
    all_rows,
    decode_node,
    encode_node,
    exact_text,
    parts_of,
    read_generic,
)
from efirt.payloads.device_path.row import ROW_OF, Row, text_of
from efirt.payloads.device_path.spelling import LONG, WITHOUT_SHORTCUTS, Form

_NAME: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")
_BY_NAME: dict[str, Row] = {}
_REMEMBERED: Final = 1024
_EXACT: dict[Any, str] = {}  # entries of a menu share most of their nodes


def display(nodes: tuple[Any, ...], form: Form) -> str:
    """What edk2 writes; what would follow the mark between two instances has its own ``/``, as there."""
    text = ""
    for node in nodes:
        if isinstance(node, EndInstance):
            text += ","
        else:
            text += ("/" if text else "") + text_of(node, form)
    return text


def exact(nodes: tuple[Any, ...], ending: bytes) -> str:
    """A text that says everything; the ending only where it is given."""
    text = ""
    for node in nodes:
        if isinstance(node, EndInstance):
            text += ","
        else:
            text += ("/" if text and text[-1] != "," else "") + exact_node(node)
    if not ending:
        return text
    return text + ("/" if text and text[-1] != "," else "") + exact_text(ending[0], ending[1], ending[4:])


def exact_node(node: Any) -> str:  # noqa: ANN401 - any node
    """A node's text that says all of it: the one edk2 writes, where reading that gives the same bytes.

    Raises:
        TypeError: It is no node.
        ValueError: A member does not fit.
    """
    text = _EXACT.get(node)
    if text is None:
        if len(_EXACT) >= _REMEMBERED:
            _EXACT.clear()
        text = _EXACT[node] = _exact_text_of(node)
    return text


def _exact_text_of(node: Any) -> str:  # noqa: ANN401 - as above
    kind, subtype, data = parts_of(node)
    plainly = ROW_OF[type(node)].spelling.plainly
    for text in (text_of(node, LONG), text_of(node, WITHOUT_SHORTCUTS), *([plainly(node)] if plainly else [])):
        if text.isprintable() and _says(text, node):
            return text
    return exact_text(kind, subtype, data)


def _says(text: str, node: Any) -> bool:  # noqa: ANN401 - any node
    try:
        return read(text) == ((node,), None)
    except ValueError:
        return False


def read(text: str, *, efivar: bool = False) -> tuple[tuple[Any, ...], bytes | None]:
    """Nodes, and the ending where the text has one.

    Raises:
        ValueError: The text is none of a path.
    """
    nodes: list[Any] = []
    ending: bytes | None = None
    for piece in _pieces(text):
        if ending is not None:
            raise ValueError(f"{piece!r} stands behind the end of the path")
        node = EndInstance() if piece == "," else _read_node(piece, efivar=efivar)
        if node.__class__ is bytes:
            ending = node
        else:
            nodes.append(node)
    if not nodes and ending is None:
        raise ValueError(r"there is no device path: write one such as HD(1,GPT,GUID,0x800,0x100000)/\EFI\BOOT\BOOTX64.EFI")
    return tuple(nodes), ending


def _pieces(text: str) -> Iterator[str]:
    """The nodes' texts, and a comma for each mark between two instances."""
    depth, begin = 0, 0
    for place, letter in enumerate(text):
        if letter == "(":
            depth += 1
        elif letter == ")":
            depth -= 1
            if depth < 0:
                raise ValueError(f"{text!r}: the parenthesis closed at character {place} was not opened")
        elif letter in "/," and not depth:
            if begin < place:
                yield text[begin:place]
            if letter == ",":
                yield ","
            begin = place + 1
    if depth:
        raise ValueError(f"{text!r}: {depth} parentheses are not closed")
    if begin < len(text):
        yield text[begin:]


def _read_node(piece: str, *, efivar: bool) -> Any:  # noqa: ANN401 - a node, or the bytes of an ending
    name, opened, rest = piece.partition("(")
    if not opened or not rest.endswith(")") or not name or not _NAME.issuperset(name):
        return _file(piece)
    try:
        return _named_node(name, rest[:-1], efivar=efivar)
    except ValueError as cause:
        raise ValueError(f"{piece!r}: {cause}") from None


def _named_node(name: str, inner: str, *, efivar: bool) -> Any:  # noqa: ANN401 - as above
    word = name.lower()
    node = read_generic(word, inner)
    if node is not None:
        return _settled(node.kind, node.subtype, node.data)
    one = _row_named(word)
    if one is None:
        raise ValueError(f"no node is called {name}; a file of such a name is written File({name}({inner}))")
    if efivar:
        from efirt.payloads.device_path.efivar_text import as_edk2  # noqa: PLC0415 - for who reads efibootmgr's output only

        inner = as_edk2(word, inner)
    raw = encode_node(one.node(**one.spelling.read(word, inner)))
    return decode_node(raw[0], raw[1], raw[HEAD.size :])


def _settled(kind: int, subtype: int, data: bytes) -> Any:  # noqa: ANN401 - as above
    if kind & END == END and subtype == END_ENTIRE:
        return bytes((kind, subtype)) + (len(data) + 4).to_bytes(2, "little") + data
    return decode_node(kind, subtype, data)


def _file(piece: str) -> FilePath:
    if "\0" in piece:
        raise ValueError(f"{piece!r} holds a NUL, which ends a file's path")
    return FilePath(piece)


def _row_named(name: str) -> Row | None:
    if not _BY_NAME:
        _BY_NAME.update({word.lower(): one for one in all_rows() for word in one.spelling.names})
    return _BY_NAME.get(name)
