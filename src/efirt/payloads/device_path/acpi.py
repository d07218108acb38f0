"""Nodes of type 2: what ACPI calls a device.

Source: UEFI 2.10 §10.3.3; edk2 05fe752589, MdePkg/Library/UefiDevicePathLib/DevicePathToText.c, DevPathToTextAcpi, DevPathToTextAcpiEx.
"""

from struct import Struct, iter_unpack

from efirt.annotation import Any, Final, NamedTuple
from efirt.payloads.device_path.notation import HEX, Notation, number
from efirt.payloads.device_path.row import Members, Tail, row
from efirt.payloads.device_path.spelling import Argument, Form, Spelling, named, plain, read_arguments

ACPI: Final = 2

_PNP: Final = 0x41D0
_NAMES: Final = {
    0x0A03: "PciRoot",
    0x0A08: "PcieRoot",
    0x0604: "Floppy",
    0x0301: "Keyboard",
    0x0501: "Serial",
    0x0401: "ParallelPort",
}
_PCI_ROOT: Final = 0x0A03
_PCIE_ROOT: Final = 0x0A08
_BY_NAME: Final = named(_NAMES)
_EISA_SIZE: Final = 7
_LETTERS: Final = "@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_"
_SHORT_COUNT: Final = 3


class Acpi(NamedTuple):
    """A device by its hardware identifier.

    Attributes:
        hid: As EISA packs it: PNP0A03 is 0x0A0341D0.
        uid: Which of several; 0..=2**32-1.
    """

    hid: int
    uid: int = 0


class AcpiEx(NamedTuple):
    """A device by identifiers that may be text.

    Attributes:
        hid: Hardware identifier, packed; 0 where it is text.
        uid: Which of several; 0 where it is text.
        cid: Compatible identifier, packed; 0 where it is text.
        hid_text: The same as text.
        uid_text: The same as text.
        cid_text: The same as text.
        ending: Bytes behind the third text's NUL.
    """

    hid: int
    uid: int
    cid: int
    hid_text: str = ""
    uid_text: str = ""
    cid_text: str = ""
    ending: bytes = b""


class AcpiAdr(NamedTuple):
    """Video outputs.

    Attributes:
        addresses: ACPI's _ADR of each, at least one.
    """

    addresses: tuple[int, ...]


class Nvdimm(NamedTuple):
    """A memory module that keeps its contents.

    Attributes:
        handle: NFIT's handle of it.
    """

    handle: int


def eisa_text(packed: int) -> str:
    """An identifier as people write it: PNP0A03."""
    return "".join(_LETTERS[packed >> shift & 0x1F] for shift in (10, 5, 0)) + f"{packed >> 16:04X}"


def eisa_number(text: str) -> int:
    """An identifier as EISA packs it, from ``PNP0A03`` or a number.

    Raises:
        ValueError: It is neither.
    """
    word = text.strip().upper()
    if len(word) == _EISA_SIZE and all(letter in _LETTERS for letter in word[:3]) and set(word[3:]) <= set("0123456789ABCDEF"):
        first, second, third = (_LETTERS.index(letter) for letter in word[:3])
        return int(word[3:], 16) << 16 | first << 10 | second << 5 | third
    try:
        return number(word)
    except ValueError:
        raise ValueError(f"{text!r} is not an identifier: write PNP0A03") from None


EISA: Final = Notation(eisa_text, eisa_number)
_TEXT: Final = Notation(str, str)
_ACPI: Final = (Argument("hid", EISA), Argument("uid", HEX, 0))
_ACPI_EX: Final = (
    Argument("hid", EISA),
    Argument("cid", EISA, 0),
    Argument("uid", HEX, 0),
    Argument("hid_text", _TEXT, ""),
    Argument("cid_text", _TEXT, ""),
    Argument("uid_text", _TEXT, ""),
)
_ACPI_EXP: Final = (Argument("hid", EISA), Argument("cid", EISA, 0), Argument("uid_text", _TEXT, ""))


def _write_acpi(node: Acpi, _form: Form) -> str:
    product = node.hid >> 16
    if node.hid & 0xFFFF != _PNP:
        return f"Acpi(0x{node.hid:08X},0x{node.uid:X})"
    name = _NAMES.get(product)
    return f"{name}(0x{node.uid:X})" if name else f"Acpi(PNP{product:04X},0x{node.uid:X})"


def _read_acpi(name: str, inner: str) -> dict[str, Any]:
    if name == "acpi":
        return read_arguments(_ACPI, inner)
    return {"hid": _BY_NAME[name] << 16 | _PNP} | read_arguments(_ACPI[1:], inner)


def _root_of(node: AcpiEx) -> str | None:
    hid, cid = node.hid >> 16, node.cid >> 16
    if hid == _PCI_ROOT or (cid == _PCI_ROOT and hid != _PCIE_ROOT):
        return "PciRoot"
    return "PcieRoot" if _PCIE_ROOT in {hid, cid} else None


def _write_acpi_ex(node: AcpiEx, form: Form) -> str:
    uid = f"0x{node.uid:X}" if node.uid and not form.is_young_short else node.uid_text
    root = _root_of(node) if form.display_only else None
    if root:
        return f"{root}({uid})"
    hid, cid = eisa_text(node.hid), eisa_text(node.cid)
    if node.uid_text and not node.hid_text and not node.cid_text:
        return f"AcpiExp({hid},{cid if node.cid else 0},{node.uid_text})"
    if form.is_young_short:
        return f"AcpiEx({node.hid_text},{node.cid_text},{uid})"
    if form.display_only:
        return f"AcpiEx({hid if node.hid else node.hid_text},{cid if node.cid else node.cid_text},{uid})"
    return f"AcpiEx({hid},{cid},0x{node.uid:X},{node.hid_text},{node.cid_text},{node.uid_text})"


def _read_acpi_ex(name: str, inner: str) -> dict[str, Any]:
    nothing = {"hid": 0, "uid": 0, "cid": 0}
    parts = inner.split(",")
    if name == "acpiexp":
        return nothing | read_arguments(_ACPI_EXP, inner)
    if len(parts) != _SHORT_COUNT:
        return nothing | read_arguments(_ACPI_EX, inner)
    for member, part in zip(("hid", "cid", "uid"), parts, strict=True):  # the short text has the number or the text of each
        try:
            nothing[member] = number(part) if member == "uid" else eisa_number(part)
        except ValueError:
            nothing[f"{member}_text"] = part  # type: ignore[assignment]
    return nothing


def _read_texts(data: bytes) -> tuple[str, str, str, bytes] | None:
    texts = data.split(b"\0", 3)
    if len(texts) <= _SHORT_COUNT:
        return None
    hid, uid, cid = (text.decode("latin-1") for text in texts[:3])
    return hid, uid, cid, texts[3]


def _write_texts(hid: str, uid: str, cid: str, ending: bytes) -> bytes:
    if "\0" in hid + uid + cid:
        raise ValueError("an identifier holds a NUL, which ends it")
    return b"".join(text.encode("latin-1") + b"\0" for text in (hid, uid, cid)) + ending


def _read_addresses(data: bytes) -> tuple[tuple[int, ...]] | None:
    return (tuple(value for (value,) in iter_unpack("<I", data)),) if data and len(data) % 4 == 0 else None


ROWS: Final = (
    row(ACPI, 1, Acpi, "hid:I uid:I", Spelling(("Acpi", *_NAMES.values()), _write_acpi, _read_acpi)),
    row(
        ACPI,
        2,
        AcpiEx,
        Members("hid:I uid:I cid:I", Tail(("hid_text", "uid_text", "cid_text", "ending"), _read_texts, _write_texts)),
        Spelling(("AcpiEx", "AcpiExp"), _write_acpi_ex, _read_acpi_ex),
    ),
    row(
        ACPI,
        3,
        AcpiAdr,
        Members("", Tail(("addresses",), _read_addresses, lambda addresses: Struct(f"<{len(addresses)}I").pack(*addresses))),
        Spelling(
            ("AcpiAdr",),
            lambda node, _form: f"AcpiAdr({','.join(f'0x{one:X}' for one in node.addresses)})",
            lambda _name, inner: {"addresses": tuple(map(number, inner.split(",")))},
        ),
    ),
    row(ACPI, 4, Nvdimm, "handle:I", plain("NvdimmAcpiAdr", Argument("handle", HEX))),
)
