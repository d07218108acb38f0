"""Signature lists as a JSON value.

Source: docs/reference/payloads.md of this project.
"""

from efirt.annotation import Any, Final
from efirt.payloads import signature_list
from efirt.payloads.signature_list import SignatureDatabase
from efirt.values.guid import Guid

KINDS: Final = {value: name.lower().replace("_", "-") for name, value in vars(signature_list).items() if isinstance(value, Guid)}
"""What the kinds are called: ``x509``, ``sha256``, ..."""


def signatures_json(database: SignatureDatabase) -> list[dict[str, Any]]:
    """The lists, each with its kind and its entries."""
    return [
        {
            "kind": KINDS.get(one.kind, str(one.kind)),
            "header": one.header.hex(),
            "signatures": [{"owner": str(entry.owner), "data": entry.data.hex()} for entry in one.signatures],
        }
        for one in database.lists
    ]
