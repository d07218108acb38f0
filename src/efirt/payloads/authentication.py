"""EFI_VARIABLE_AUTHENTICATION_2: what stands before the value in an authenticated write, and the bytes a signature is made over.

Source: UEFI 2.10 §8.2.6 (EFI_VARIABLE_AUTHENTICATION_2), §32.2.4 (WIN_CERTIFICATE_UEFI_GUID).
"""

from struct import Struct

from efirt.annotation import Final, NamedTuple, Self
from efirt.errors import DecodeError
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.wire.text import encode_units

PKCS7: Final = Guid.parse("4aafd29d-68df-49ee-8aa9-347d375665a7")
REVISION: Final = 0x0200
UEFI_GUID_CERTIFICATE: Final = 0x0EF1

TIME_SIZE: Final = 16
CERTIFICATE_HEADER_SIZE: Final = 24
DESCRIPTOR_SIZE: Final = TIME_SIZE + CERTIFICATE_HEADER_SIZE

_WHERE: Final = "EFI_VARIABLE_AUTHENTICATION_2"
_HEADER: Final = Struct("<IHH16s")
_ATTRIBUTES: Final = Struct("<I")


class AuthenticatedValue(NamedTuple):
    """A value with the descriptor that stands before it.

    Attributes:
        time: When it was signed; all but the date and the time of day is to be zero.
        signature: A PKCS#7 SignedData; empty for an unsigned write, which firmware takes while nobody owns the platform.
        value: The variable's new value.
        revision: ``wRevision``, 0x0200.
        kind: ``wCertificateType``, 0x0EF1.
        form: ``CertType``; :data:`PKCS7`.
    """

    time: EfiTime
    signature: bytes
    value: bytes
    revision: int = REVISION
    kind: int = UEFI_GUID_CERTIFICATE
    form: Guid = PKCS7

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Take a descriptor and what follows it apart.

        Raises:
            DecodeError: The descriptor is cut short, or says that it is shorter than its head or longer than all there is.
        """
        if len(data) < DESCRIPTOR_SIZE:
            raise DecodeError(_WHERE, len(data), f"{DESCRIPTOR_SIZE} bytes are the least, and there are {len(data)}")
        size, revision, kind, form = _HEADER.unpack_from(data, TIME_SIZE)
        end = TIME_SIZE + size
        if size < CERTIFICATE_HEADER_SIZE or end > len(data):
            raise DecodeError(_WHERE, TIME_SIZE, f"its certificate claims {size} bytes of the {len(data) - TIME_SIZE} there are")
        time = EfiTime.decode(bytes(data[:TIME_SIZE]))
        return cls(time, bytes(data[DESCRIPTOR_SIZE:end]), bytes(data[end:]), revision, kind, Guid(form))

    def encode(self) -> bytes:
        """The descriptor, and the value behind it.

        Raises:
            ValueError: A field does not fit its width.
        """
        return self.time.encode() + self._header() + self.signature + self.value

    def _header(self) -> bytes:
        if self.revision >> 16 or self.kind >> 16:
            raise ValueError(f"revision {self.revision:#x} and kind {self.kind:#x} are numbers of 16 bits")
        return _HEADER.pack(CERTIFICATE_HEADER_SIZE + len(self.signature), self.revision, self.kind, self.form.raw)


def signed_bytes(key: Key, attributes: int, time: EfiTime, value: bytes) -> bytes:
    """What the signature of a write is made over.

    Args:
        key: Of the variable; its name goes in without a NUL.
        attributes: As they are handed to SetVariable, APPEND included.
        time: As it stands in the descriptor.
        value: The new value, or what is appended.

    Source: UEFI 2.10 §8.2.2, "Using the EFI_VARIABLE_AUTHENTICATION_2 descriptor".
    """
    return encode_units(key.name) + key.guid.raw + _ATTRIBUTES.pack(attributes & 0xFFFFFFFF) + time.encode() + value
