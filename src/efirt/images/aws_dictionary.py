"""The dictionary that Amazon's blobs are compressed with: others' data, which is not part of this package.

Source: uefivars 1.2, pyuefivars/aws_v0.py (UEFIVarStoreV0.dict), under the MIT licence.
"""

from efirt.annotation import Final

SHA256: Final = "b6c4f52acbb0ab9aa415290e6c223af871eaa3d430c96b8116899d994681535b"
ADVICE: Final = "install the Python package uefivars, which has it, or name a file with it"


def verified(dictionary: bytes) -> bytes:
    """The dictionary itself, when it is the one.

    Raises:
        ValueError: It is another one, or none.
    """
    if not dictionary:
        raise ValueError(f"Amazon's blobs are compressed with a dictionary, and it was not given: {ADVICE}")
    from hashlib import sha256  # noqa: PLC0415 - asked for Amazon's blobs only

    found = sha256(dictionary).hexdigest()
    if found != SHA256:
        raise ValueError(f"these {len(dictionary)} bytes are not Amazon's dictionary of version 0: their SHA-256 is {found}")
    return dictionary


def installed() -> bytes | None:
    """The dictionary of the installed package uefivars; None where it is not installed."""
    try:
        from pyuefivars.aws_v0 import UEFIVarStoreV0  # noqa: PLC0415 - an extra
    except ImportError:
        return None
    dictionary: bytes = UEFIVarStoreV0.dict
    return dictionary
