"""A ``.auth`` file: what is handed to SetVariable to write a signed variable: a descriptor and the new value.

Microsoft's updates of dbx are such files. The variable's name stands in the file's name.

Source: UEFI 2.10 §8.2.6 (EFI_VARIABLE_AUTHENTICATION_2), §32.3 (the attributes of PK, KEK, db, dbx).
"""

from struct import Struct

from efirt.annotation import Final, NamedTuple
from efirt.images.contents import SIGNED, UNNAMED, Contents
from efirt.images.losses import Kept, lost, without_counts, without_digest, written
from efirt.payloads.authentication import PKCS7, REVISION, TIME_SIZE, UEFI_GUID_CERTIFICATE, AuthenticatedValue
from efirt.store import Record
from efirt.values.guid import Guid
from efirt.values.key import Key

NAME: Final = "auth"

_LOOK: Final = Struct("<HH16s")
_LOOK_AT: Final = TIME_SIZE + 4


class Descriptor(NamedTuple):
    """What stands in the descriptor beside the time.

    Attributes:
        signature: A PKCS#7 SignedData; empty in an unsigned file.
        revision: ``wRevision``.
        kind: ``wCertificateType``.
        form: ``CertType``.
    """

    signature: bytes = b""
    revision: int = REVISION
    kind: int = UEFI_GUID_CERTIFICATE
    form: Guid = PKCS7

    @property
    def sentences(self) -> tuple[str, ...]:
        """The signature, where there is one."""
        return (f"the signature of {len(self.signature)} bytes",) if self.signature else ()


def looks_like(data: bytes) -> bool:
    """Whether these bytes begin with a descriptor."""
    if len(data) < _LOOK_AT + _LOOK.size:
        return False
    return _LOOK.unpack_from(data, _LOOK_AT) == (REVISION, UEFI_GUID_CERTIFICATE, PKCS7.raw)


def decode(data: bytes, key: Key = UNNAMED) -> Contents:
    """Read the file as one variable with the time it was signed at; the signature is not judged.

    Args:
        data: The file.
        key: Which variable it is for.

    Raises:
        DecodeError: The descriptor is cut short, or its sizes make no sense.
    """
    read = AuthenticatedValue.decode(bytes(data))
    descriptor = Descriptor(read.signature, read.revision, read.kind, read.form)
    return Contents((Record(key, SIGNED, read.value, read.time),), beside=descriptor)


def _keep(record: Record) -> Kept:
    kept = without_digest(without_counts(record))
    return kept if record.attributes == SIGNED else kept.without(f"the attributes {record.attributes} of {record.key}")


def cannot_say(contents: Contents) -> tuple[str, ...]:
    """What :func:`encode` leaves out beside the name, or that it is not one variable, or that nobody signed it."""
    sentences = list(lost(contents, _keep, Descriptor))
    if len(contents.records) != 1:
        sentences.append(f"{len(contents.records)} variables: it holds one")
    if not (isinstance(contents.beside, Descriptor) and contents.beside.signature):
        sentences.append("a signature: there is none, and firmware takes an unsigned write only while nobody owns the platform")
    return tuple(sentences)


def encode(contents: Contents) -> bytes:
    """The descriptor and the value; the signature is the one that was read, and does not fit a value that was changed.

    Raises:
        ValueError: There is not exactly one variable.
    """
    records = written(contents, _keep)
    if len(records) != 1:
        raise ValueError(f"a .auth file holds one variable, and there are {len(records)}: choose one")
    (record,) = records
    beside = contents.beside if isinstance(contents.beside, Descriptor) else Descriptor()
    return AuthenticatedValue(record.timestamp, beside.signature, record.data, beside.revision, beside.kind, beside.form).encode()
