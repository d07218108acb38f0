"""A ``.esl`` file: the signature lists that PK, KEK, db or dbx hold, and nothing else. The variable's name stands in the file's name.

Source: UEFI 2.10 §32.4.1 (EFI_SIGNATURE_LIST), §32.3 (the attributes of PK, KEK, db, dbx).
"""

from efirt.annotation import Final
from efirt.errors import DecodeError
from efirt.images.contents import SIGNED, UNNAMED, Contents
from efirt.images.losses import Kept, bare, lost, written
from efirt.payloads import signature_list
from efirt.payloads.signature_list import SignatureDatabase
from efirt.store import Record
from efirt.values.guid import Guid
from efirt.values.key import Key

NAME: Final = "esl"

_WHERE: Final = "signature list file"
_KINDS: Final = frozenset(value.raw for value in vars(signature_list).values() if isinstance(value, Guid))


def looks_like(data: bytes) -> bool:
    """Whether these bytes are signature lists, the first of a known kind."""
    if data[:16] not in _KINDS:
        return False
    try:
        SignatureDatabase.decode(bytes(data))
    except DecodeError:
        return False
    return True


def decode(data: bytes, key: Key = UNNAMED) -> Contents:
    """Read the file as the value of one variable, with the attributes of the key databases.

    Args:
        data: The file.
        key: Which variable it is for.

    Raises:
        DecodeError: These are no signature lists, or none at all.
    """
    data = bytes(data)
    if not SignatureDatabase.decode(data).lists:
        raise DecodeError(_WHERE, 0, "it is empty")
    return Contents((Record(key, SIGNED, data),))


def _keep(record: Record) -> Kept:
    kept = bare(record)
    try:
        lists = SignatureDatabase.decode(record.data).lists
    except DecodeError as cause:
        return kept.refused(f"its value is no signature list: {cause}")
    if not lists:
        return kept.refused("its value has no signature list")
    return kept if record.attributes == SIGNED else kept.without(f"the attributes {record.attributes} of {record.key}")


def cannot_say(contents: Contents) -> tuple[str, ...]:
    """What :func:`encode` leaves out beside the name, or that it is not one variable."""
    count = len(written(contents, _keep))
    sentences = lost(contents, _keep)
    return sentences if count == 1 else (*sentences, f"{count} variables: it holds one")


def encode(contents: Contents) -> bytes:
    """The one variable's value.

    Raises:
        ValueError: There is not exactly one variable, or its value is no signature list.
    """
    records = written(contents, _keep)
    if len(records) != 1:
        raise ValueError(f"a .esl file holds one variable with signature lists, and there are {len(records)}: choose one")
    return records[0].data
