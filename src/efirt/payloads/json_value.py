"""Payloads as JSON values: bytes and GUIDs are text, a value of several members is an object with their names.

Source: docs/reference/payloads.md of this project.
"""

from efirt.annotation import Any, Final
from efirt.values.guid import Guid

_AS_TEXT: Final = frozenset({"Attributes", "EfiTime", "Key", "Status"})


def json_value(value: Any) -> Any:  # noqa: ANN401 - any payload, and any JSON value
    """The JSON value of a payload or a part of one.

    A payload that has a method ``as_json`` says itself what it is.
    """
    if hasattr(value, "as_json"):
        return value.as_json()
    if isinstance(value, Guid) or type(value).__name__ in _AS_TEXT:
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        fields = getattr(value, "_fields", None)
        return [json_value(one) for one in value] if fields is None else members(value)
    return value


def members(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any payload
    """The members of a payload by their names."""
    return {name: json_value(getattr(value, name)) for name in value._fields}
