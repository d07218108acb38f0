"""Operations and replies as JSON values, so that they can be written down, carried elsewhere and compared.

An operation is ``{"op": NAME, ...}`` with its members, a reply ``{"status": NUMBER, ...}`` with the outputs it has. Bytes and GUIDs
are hexadecimal text, a key is ``[name, guid]``, any other value of several members is a list of them.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from efirt.ops.capsule import CapsuleCapabilities, CapsuleHeader
from efirt.ops.clock import TimeCapabilities
from efirt.ops.driver import OPERATIONS, Op
from efirt.ops.reply import Reply
from efirt.ops.tables import FirmwareFacts
from efirt.ops.variables import VariableInfo
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.values.status import Status

_BY_NAME: Final = {operation.__name__: operation for operation in OPERATIONS}


def _write(value: object) -> object:
    if isinstance(value, Guid):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return [_write(item) for item in value]
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _key(value: list[str]) -> Key:
    return Key(value[0], Guid.parse(value[1]))


def _header(value: list[Any]) -> CapsuleHeader:
    return CapsuleHeader(Guid.parse(value[0]), *value[1:])


_READ: Final[Mapping[str, Callable[[Any], object]]] = {
    "key": _key,
    "guid": Guid.parse,
    "data": bytes.fromhex,
    "attributes": Attributes,
    "status": Status,
    "reset_status": Status,
    "time": lambda value: EfiTime(*value),
    "capabilities": lambda value: TimeCapabilities(*value),
    "storage": lambda value: VariableInfo(*value),
    "capsule": lambda value: CapsuleCapabilities(*value),
    "facts": lambda value: FirmwareFacts(*value),
    "headers": lambda value: tuple(map(_header, value)),
    "capsules": lambda value: tuple(map(bytes.fromhex, value)),
    "pci": tuple,
}


def _read(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value if value is None or name not in _READ else _READ[name](value) for name, value in members.items()}


def write_op(op: Op) -> dict[str, object]:
    """An operation as JSON values."""
    return {"op": type(op).__name__} | {name: _write(value) for name, value in op._asdict().items()}


def read_op(written: Mapping[str, Any]) -> Op:
    """The operation behind JSON values.

    Raises:
        ValueError: They are not an operation's.
    """
    members = dict(written)
    try:
        operation: Any = _BY_NAME[members.pop("op")]
        op: Op = operation(**_read(members))
    except (KeyError, TypeError, IndexError, AttributeError) as cause:
        message = f"{written!r} is not an operation: {cause}"
        raise ValueError(message) from None
    return op


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
    except (TypeError, IndexError, AttributeError) as cause:
        message = f"{written!r} is not a reply: {cause}"
        raise ValueError(message) from None
