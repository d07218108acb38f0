"""A firmware as it is at one moment, to go back to where what came of a call cannot be kept."""

from efirt.annotation import Any, Final
from efirt.store import Store

_ROOM: Final = "efirt.firmware."
_PLAIN: Final = (dict, list, set)


class Moment:
    """All that a call can change in a firmware: its variables, its clock and its alarm, its locks, its counts.

    Args:
        firmware: Which; its parts are found as its attributes hold them.

    Source: none of its own.
    """

    def __init__(self, firmware: object) -> None:
        self._parts: list[tuple[object, dict[str, Any]]] = []
        self._seen: dict[int, object] = {}
        self._copied(firmware)

    def restore(self) -> None:
        """Let everything be as it was; once."""
        for part, kept in self._parts:
            for name in [name for name in _names(part) if name not in kept]:
                delattr(part, name)
            for name, value in kept.items():
                setattr(part, name, value)

    def _copied(self, value: Any) -> Any:  # noqa: ANN401 - whatever an attribute holds
        """A value that stays as it is, whatever becomes of this one: a part of the firmware is itself, and is put back piece by piece."""
        if id(value) in self._seen:
            return self._seen[id(value)]
        copy = value
        kind = type(value)
        if kind in _PLAIN:
            copy = kind(value)
        elif kind is Store:
            copy = Store(value)
        self._seen[id(value)] = copy
        if kind.__module__.startswith(_ROOM) and not isinstance(value, tuple | type | int) and not callable(value):
            kept: dict[str, Any] = {}
            self._parts.append((value, kept))
            kept.update({name: self._copied(getattr(value, name)) for name in _names(value)})
        return copy


def _names(part: object) -> list[str]:
    """The attributes that a part has now."""
    slots = [name for kind in type(part).__mro__ for name in getattr(kind, "__slots__", ())]
    return [*getattr(part, "__dict__", ()), *(name for name in slots if hasattr(part, name))]
