"""An operation and its answer as people read them, each on one line; nothing of firmware's in it can do anything to a terminal."""

from collections.abc import Callable

from efirt.annotation import Any, Final
from efirt.ops.driver import Op
from efirt.ops.malformed import Malformed
from efirt.ops.reply import Reply
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.values.status import Status
from efirt.wire import escape

_MOST_BYTES: Final = 32
_ALWAYS: Final = frozenset({"room"})
_HEXADECIMAL: Final = frozenset({"address", "flags", "revision", "scatter_gather_list"})
_FIRST: Final = ("status", "attributes", "key")


def key_text(key: Key) -> str:
    """``NAME-GUID``, escaped."""
    return f"{escape.name(key.name)}-{key.guid}"


def _bytes(_name: str, value: bytes) -> str:
    text = f"{len(value)} bytes {value[:_MOST_BYTES].hex()}".rstrip()
    return f"{text}..." if len(value) > _MOST_BYTES else text


def _attributes(name: str, value: Attributes) -> str:
    return str(value) if value else f"{name}=0"


def _number(name: str, value: int) -> str:
    return f"{name}={value:#x}" if name in _HEXADECIMAL else f"{name}={value}"


def _tuple(name: str, value: tuple[Any, ...]) -> str:
    members = getattr(value, "_fields", None)
    if members:
        return " ".join(_word(member, item) for member, item in zip(members, value, strict=True))
    return f"{name}=[{', '.join(_word('', item).removeprefix('=') for item in value)}]"


_WORDS: Final[tuple[tuple[type, Callable[[str, Any], str]], ...]] = (
    (Key, lambda _name, value: key_text(value)),
    (Guid, lambda _name, value: str(value)),
    (EfiTime, lambda _name, value: str(value)),
    (Status, lambda _name, value: str(value)),
    (Attributes, _attributes),
    (bytes, _bytes),
    (bool, lambda name, value: f"{name}={'yes' if value else 'no'}"),
    (int, _number),
    (tuple, _tuple),
)


def _word(name: str, value: object) -> str:
    for kind, word in _WORDS:
        if isinstance(value, kind):
            return word(name, value)
    return escape.sentence(f"{name}={value!r}")


def asked(op: Op | Malformed) -> str:
    """An operation: its name, its members but for those that say what is usual, and what is wrong about how it is handed over."""
    if isinstance(op, Malformed):
        size = () if op.data_size is None else (f"data_size={op.data_size:#x}",)
        return " ".join([asked(op.op), *(f"{name}=NULL" for name in sorted(op.null)), *size])
    usual = op._field_defaults
    said = [(name, value) for name, value in op._asdict().items() if name in _ALWAYS or name not in usual or value != usual[name]]
    return " ".join([type(op).__name__, *(_word(name, value) for name, value in said)])


def answered(answer: Reply | Exception) -> str:
    """A reply: the status and the outputs it has; or the error that came instead."""
    if isinstance(answer, Exception):
        errno = getattr(answer, "errno", None)
        number = "" if errno is None else f" errno={errno}"
        return escape.sentence(f"{type(answer).__name__}{number}: {answer}")
    outputs = {name: value for name, value in answer._asdict().items() if value is not None}
    if answer.key is not None:
        outputs.pop("data", None)  # the buffer that the name was read from
    elif answer.data is not None and answer.size == len(answer.data):
        outputs.pop("size")
    names = sorted(outputs, key=lambda name: (name not in _FIRST, name in _FIRST and _FIRST.index(name)))
    return " ".join(_word(name, outputs[name]) for name in names)
