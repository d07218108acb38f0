"""Operations and their answers as JSON values, so that they can be written down, carried elsewhere and compared.

An operation is ``{"op": NAME, ...}`` with its members, a reply ``{"status": NUMBER, ...}`` with the outputs it has, an error
``{"kind": WORD, "message": TEXT, ...}``. Bytes and GUIDs are hexadecimal text, a key is ``[name, guid]``, any other value of several
members is a list of them. A malformed operation is ``{"op": {...}, "null": [...], "data_size": ...}``. What is read may come from
anywhere: it is a value of the right types, or a ValueError.
"""

from collections.abc import Callable, Mapping

from efirt.annotation import Any, Final
from efirt.errors import DriverError, HypervisorError, NoDriver, NotCarried, PermissionDenied, ReplayMismatch
from efirt.ops.clock import TimeCapabilities
from efirt.ops.driver import OPERATIONS, Op
from efirt.ops.malformed import Malformed
from efirt.ops.miscellaneous import CapsuleCapabilities, CapsuleHeader
from efirt.ops.reply import Reply
from efirt.ops.tables import FirmwareFacts
from efirt.ops.variables import VariableInfo
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.values.status import Status

_BY_NAME: Final = {operation.__name__: operation for operation in OPERATIONS}
_ERRORS: Final = {kind.kind: kind for kind in (DriverError, HypervisorError, NotCarried, PermissionDenied, NoDriver, ReplayMismatch)}
_YOURS: Final = "value"


def _write(value: object) -> object:
    if isinstance(value, Guid):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return [_write(item) for item in value]
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _integer(value: object) -> int:
    if type(value) is not int or not -(1 << 63) <= value < 1 << 64:
        raise TypeError(f"{_short(value)} is not an integer of 64 bits")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{_short(value)} is neither true nor false")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{_short(value)} is not text")
    return value


def _attributes(value: object) -> Attributes:
    number = _integer(value)
    if not 0 <= number < 1 << 32:
        raise TypeError(f"{number} does not fit in 32 bits")
    return Attributes(number)


def _status(value: object) -> Status:
    number = _integer(value)
    if number < 0:
        raise TypeError(f"{number} is not a status")
    return Status(number)


def _key(value: list[str]) -> Key:
    name, guid = value
    return Key(_text(name), Guid.parse(_text(guid)))


def _header(value: list[Any]) -> CapsuleHeader:
    guid, *numbers = value
    return CapsuleHeader(Guid.parse(_text(guid)), *map(_integer, numbers))


def _capabilities(value: list[Any]) -> TimeCapabilities:
    resolution, accuracy, sets_to_zero = value
    return TimeCapabilities(_integer(resolution), _integer(accuracy), _flag(sets_to_zero))


_READ: Final[Mapping[str, Callable[[Any], object]]] = {
    "key": _key,
    "guid": Guid.parse,
    "data": bytes.fromhex,
    "attributes": _attributes,
    "status": _status,
    "reset_status": _status,
    "time": lambda value: EfiTime(*map(_integer, value)),
    "capabilities": _capabilities,
    "storage": lambda value: VariableInfo(*map(_integer, value)),
    "capsule": lambda value: CapsuleCapabilities(*map(_integer, value)),
    "facts": lambda value: FirmwareFacts(*map(_integer, value)),
    "headers": lambda value: tuple(map(_header, value)),
    "capsules": lambda value: tuple(map(bytes.fromhex, value)),
    "pci": lambda value: tuple(map(_integer, value)),
    **dict.fromkeys(("boot_snapshot", "enable", "enabled", "pending"), _flag),
}
_NUMBERS: Final[tuple[tuple[str, Callable[[Any], object]], ...]] = (("errno", _integer), ("os_errno", _integer), ("operation", _text))
_CAN_BE_NONE: Final = frozenset({"time"})
_WRONG: Final = (KeyError, TypeError, IndexError, AttributeError, ValueError)


def _short(value: object) -> str:
    text = repr(value)
    return f"{text[:100]}..." if len(text) > 100 else text  # noqa: PLR2004 - what fits in a sentence


def _member(name: str, value: object) -> object:
    return None if value is None and name in _CAN_BE_NONE else _READ.get(name, _integer)(value)


def _read(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _member(name, value) for name, value in members.items()}


def write_op(op: Op) -> dict[str, object]:
    """An operation as JSON values."""
    return {"op": type(op).__name__} | {name: _write(value) for name, value in op._asdict().items()}


def read_op(written: Mapping[str, Any]) -> Op:
    """The operation behind JSON values.

    Raises:
        ValueError: They are not an operation's.
    """
    try:
        members = dict(written)
        operation: Any = _BY_NAME[members.pop("op")]
        op: Op = operation(**_read(members))
    except _WRONG as cause:
        raise ValueError(f"{_short(written)} is not an operation: {cause}") from None
    return op


def write_malformed(asked: Malformed) -> dict[str, object]:
    """A malformed operation as JSON values."""
    return {"op": write_op(asked.op), "null": sorted(asked.null), "data_size": asked.data_size}


def read_malformed(written: Mapping[str, Any]) -> Malformed:
    """The malformed operation behind JSON values.

    Raises:
        ValueError: They are not one's.
    """
    try:
        size = written["data_size"]
        return Malformed(read_op(written["op"]), frozenset(map(_text, written["null"])), None if size is None else _integer(size))
    except _WRONG as cause:
        raise ValueError(f"{_short(written)} is not a malformed operation: {cause}") from None


def write_reply(reply: Reply) -> dict[str, object]:
    """A reply as JSON values, without the outputs it does not have."""
    return {name: _write(value) for name, value in reply._asdict().items() if value is not None}


def read_reply(written: Mapping[str, Any]) -> Reply:
    """The reply behind JSON values.

    Raises:
        ValueError: They are not a reply's.
    """
    try:
        return Reply(**_read(written))
    except _WRONG as cause:
        raise ValueError(f"{_short(written)} is not a reply: {cause}") from None


def write_error(cause: DriverError | ValueError) -> dict[str, object]:
    """An error of the road's as JSON values, without the numbers it does not have; a class from elsewhere as the nearest of ours."""
    if not isinstance(cause, DriverError):
        return {"kind": _YOURS, "message": str(cause)}
    kind = next(kind for kind in type(cause).__mro__ if _ERRORS.get(getattr(kind, "kind", "")) is kind)
    members = {name: getattr(cause, name, None) for name in ("message", "advice", "errno", "os_errno", "operation")}
    return {"kind": kind.kind} | {name: value for name, value in members.items() if value not in {None, ""}}


def read_error(written: Mapping[str, Any]) -> DriverError | ValueError:
    """The error behind JSON values, of the class it had.

    Raises:
        ValueError: They are not an error's.
    """
    try:
        if written["kind"] == _YOURS:
            return ValueError(_text(written["message"]))
        error = _ERRORS[written["kind"]](_text(written["message"]), _text(written.get("advice", "")))
        for name, read in _NUMBERS:
            if name in written and hasattr(error, name):
                setattr(error, name, read(written[name]))
    except _WRONG as cause:
        raise ValueError(f"{_short(written)} is not an error: {cause}") from None
    return error
