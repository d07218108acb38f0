"""Which format a file has, by what it begins with.

Source: each format's own module; QEMU 10.0, docs/interop/qcow2.rst (magic); VMware .nvram and U-Boot's ubootefi.var
(include/efi_variable.h, EFI_VAR_FILE_MAGIC) for the two that are named and not read.
"""

from collections.abc import Mapping

from efirt.annotation import Final, NamedTuple, Protocol, cast
from efirt.errors import DecodeError
from efirt.images.contents import Contents
from efirt.images.edk2_volume import Readable
from efirt.later import imported

EDK2: Final = "edk2"
QCOW2: Final = "qcow2"

_QCOW2_MAGIC: Final = b"QFI\xfb"
_SMALLEST: Final = 24
_ERASED: Final = 0xFF
_BLOCK: Final = 0x10000
_LOOKED_AT: Final = 16 << 20
_STRANGERS: Final[Mapping[tuple[int, bytes], str]] = {
    (0, b"MRVN"): "a VMware .nvram file",
    (8, b"UbEfiVa\x01"): "U-Boot's ubootefi.var",
    (0, b"\x1f\x8b"): "compressed with gzip",
    (0, b"\xfd7zXZ\0"): "compressed with xz",
    (0, b"(\xb5/\xfd"): "compressed with zstd",
    (0, b"PK\x03\x04"): "a zip archive",
}


class Codec(Protocol):
    """What each format's module has."""

    NAME: str

    def looks_like(self, data: bytes, /) -> bool:
        """Whether bytes begin as this format does; never raises."""

    def decode(self, data: bytes, /) -> Contents:
        """Read them."""

    def encode(self, contents: Contents, /) -> bytes:
        """Write them."""

    def cannot_say(self, contents: Contents, /) -> tuple[str, ...]:
        """What is lost by writing them."""


class Format(NamedTuple):
    """A format of whole files.

    Attributes:
        summary: What it is, for people.
        module: Where its functions stand, see :class:`Codec`.
        is_single: Whether it holds one variable.
        maker: How the digests it keeps with private variables are made, of :data:`efirt.images.writers.MAKERS`; empty where it has none.
    """

    summary: str
    module: str
    is_single: bool = False
    maker: str = ""

    @property
    def codec(self) -> Codec:
        """Its functions."""
        return cast("Codec", imported(self.module))


FORMATS: Final[Mapping[str, Format]] = {
    "xapi": Format("varstored's blob, of XenServer and XCP-ng, or its base64", "efirt.images.xapi", maker="edk2"),
    "aws": Format("Amazon's UefiData", "efirt.images.aws", maker="edk2"),
    "efivar": Format("one variable, as efivar -e writes it", "efirt.images.efivar_export", is_single=True),
    "auth": Format("one variable's signed write", "efirt.images.auth", is_single=True),
    "esl": Format("one variable's signature lists", "efirt.images.esl", is_single=True),
    "dmpstore": Format("what the UEFI shell's dmpstore -s writes", "efirt.images.dmpstore"),
    "qemu-json": Format("QEMU's uefi-vars store", "efirt.images.qemu_json", maker="QEMU"),
}
"""The formats that are read from a file's bytes here, in the order they are looked for; ``edk2`` and ``qcow2`` are recognized beside."""


def detect(data: Readable) -> str | None:
    """The name of a file's format: of :data:`FORMATS`, ``edk2`` or ``qcow2``; None when it has none of them.

    A file that begins as a format does has that format, also where it is damaged: reading it then says how.
    """
    beginning = _beginning(data)
    if beginning.startswith(_QCOW2_MAGIC):
        return QCOW2
    found = next((name for name, form in FORMATS.items() if form.codec.looks_like(beginning)), None)
    return found or (EDK2 if _is_edk2(data) else None)


def _beginning(data: Readable) -> bytes:
    """As much of a file as any format has whose files are not flash."""
    return data if isinstance(data, bytes) else bytes(data[:_LOOKED_AT])


def _is_edk2(data: Readable) -> bool:
    from efirt.images.edk2_search import LOST, find  # noqa: PLC0415 - with its tables, only where a file is looked at

    try:
        find(data)
    except DecodeError as cause:
        return cause.why == LOST
    return True


def is_stranger(data: Readable) -> bool:
    """Whether a file begins as one of a kind that is known, and not read here."""
    return any(bytes(data[offset : offset + len(magic)]) == magic for offset, magic in _STRANGERS)


def why_not(data: Readable) -> str:
    """Why a file has no format, as one sentence without a full stop."""
    size = len(data)
    if not size:
        return "it is empty"
    filled = _filled(data)
    if filled:
        which = f"all its {size} bytes" if size == filled else f"its first {filled} bytes"
        return f"{which} are {data[0]:#04x}" + (", as of erased flash" if data[0] == _ERASED else "")
    beginning = _beginning(data)
    for (offset, magic), what in _STRANGERS.items():
        if beginning.startswith(magic, offset):
            return f"it is {what}, which is not read here"
    if size < _SMALLEST:
        return f"{size} bytes are too few for any format"
    return f"it is none of {', '.join((EDK2, QCOW2, *FORMATS))}"


def _filled(data: Readable) -> int:
    """How many bytes at the beginning were looked at, if they are all the same; else 0."""
    size = min(len(data), _LOOKED_AT)
    block = bytes(data[:1]) * _BLOCK
    same = all(bytes(data[at : min(at + _BLOCK, size)]) == block[: size - at] for at in range(0, size, _BLOCK))
    return size if same else 0
