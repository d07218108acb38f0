"""A vendor's node of any of the three types that have one: its GUID and its bytes.

Source: UEFI 2.10 §10.3.2.4, §10.3.4.16, §10.3.5.3.
"""

from efirt.annotation import Any, Final
from efirt.payloads.device_path.notation import DUMP, GUID
from efirt.payloads.device_path.row import raw_tail
from efirt.payloads.device_path.spelling import Argument, Form, Spelling, read_arguments
from efirt.values.guid import Guid

ARGUMENTS: Final = (Argument("guid", GUID), Argument("data", DUMP, b""))
DATA: Final = raw_tail("data")


def vendor_text(name: str, guid: Guid, data: bytes) -> str:
    """The text of a vendor's node."""
    return f"{name}({GUID.write(guid)},{DUMP.write(data)})" if data else f"{name}({GUID.write(guid)})"


def vendor_spelling(name: str) -> Spelling:
    """A name, the GUID, and the bytes where there are any."""

    def write(node: Any, _form: Form) -> str:  # noqa: ANN401 - a vendor's node
        return vendor_text(name, node.guid, node.data)

    return Spelling((name,), write, lambda _name, inner: read_arguments(ARGUMENTS, inner))
