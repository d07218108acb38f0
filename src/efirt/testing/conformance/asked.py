"""Questions and answers in one short line."""

from typing import Any, Final

from efirt.ops import GetVariable, Malformed, Op, Reply, SetVariable
from efirt.values.attributes import Attributes
from efirt.values.key import Key
from efirt.values.status import Status

_MOST: Final = 16
_LONGEST: Final = 64
_HIDDEN: Final = (None, (), b"", False)


def _value(value: Any) -> str:  # noqa: ANN401 - whatever a question is made of
    if isinstance(value, bytes | bytearray):
        return bytes(value).hex() if len(value) <= _MOST else f"{len(value)} bytes {bytes(value[:4]).hex()}..."
    if isinstance(value, Key):
        name = value.name if len(value.name) <= _LONGEST else f"{value.name[:_MOST]}... ({len(value.name)} characters)"
        return ascii(name) + f"-{str(value.guid)[:8]}"
    if isinstance(value, Attributes):
        return f"{value:#x}"
    if isinstance(value, Status):
        return str(value)
    return ascii(value) if isinstance(value, str) else str(value)


def question(op: Op) -> str:
    """An operation, its bytes cut."""
    if isinstance(op, GetVariable):
        return f"GetVariable({_value(op.key)}, room {op.room})"
    if isinstance(op, SetVariable):
        return f"SetVariable({_value(op.key)}, {op.attributes:#x}, {len(op.data)} bytes{' ' + _value(op.data) if op.data else ''})"
    return f"{type(op).__name__}({', '.join(_value(value) for value in op)})"


def malformed(asked: Malformed) -> str:
    """A malformed operation."""
    wrong = [f"{name}=NULL" for name in sorted(asked.null)] + ([] if asked.data_size is None else [f"data_size={asked.data_size:#x}"])
    return f"{question(asked.op)} with {', '.join(wrong)}"


def answer(reply: Reply) -> str:
    """A reply: its status, and what came beside it."""
    rest = [f"{name} {_value(value)}" for name, value in reply._asdict().items() if name != "status" and value not in _HIDDEN]
    return "; ".join([str(reply.status), *rest])
