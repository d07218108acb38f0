"""Serial attached SCSI: a vendor's node, and its younger one byte by byte.

Source: UEFI 2.10 §10.3.4.18, §10.3.4.19, §10.6.1.6; edk2 05fe752589, MdePkg/Library/UefiDevicePathLib/DevicePathToText.c,
DevPathToTextVendor, DevPathToTextSasEx.
"""

from struct import pack

from efirt.annotation import Any, Final, NamedTuple
from efirt.payloads.device_path.notation import HEX, number, sized, words
from efirt.payloads.device_path.spelling import Form, Spelling
from efirt.payloads.device_path.vendor import vendor_text
from efirt.values.guid import Guid

SAS_VENDOR: Final = Guid.parse("d487ddb4-008b-11d9-afdc-001083ffca4d")


class Sas(NamedTuple):
    """A device at a SAS port.

    Attributes:
        address: Its SAS address.
        lun: Logical unit.
        topology: Bits 0..3 how many bytes tell of it, 4..5 kind and place, 6 expanded, 8..15 its bay less one.
        target_port: Relative target port.
        reserved: 0.
    """

    address: int
    lun: int = 0
    topology: int = 0
    target_port: int = 0
    reserved: int = 0


class SasEx(NamedTuple):
    """The same, byte by byte.

    Attributes:
        address: Its SAS address, 8 bytes.
        lun: Logical unit, 8 bytes.
        topology: As in :class:`Sas`.
        target_port: Relative target port.
    """

    address: bytes
    lun: bytes = bytes(8)
    topology: int = 0
    target_port: int = 0


_SIZE: Final = 0x0F
_MOST: Final = 2
_SATA: Final = 0x10
_EXTERNAL: Final = 0x20
_EXPANDED: Final = 0x40
_UNKNOWN: Final = 0x80
_BYTES: Final = sized(8, "0x")
_PLACES: Final = words({0: "Internal", 1: "External"})
_WAYS: Final = words({0: "Direct", 1: "Expanded"})


def _write_topology(bits: int) -> str:
    if bits & _UNKNOWN or bits & _SIZE > _MOST:
        return f"0x{bits:X},0,0,0"
    if not bits & _SIZE:
        return "NoTopology,0,0,0"
    kind = "SATA" if bits & _SATA else "SAS"
    bay = f"0x{(bits >> 8) + 1:X}" if bits & _SIZE == _MOST else "0"
    return f"{kind},{'External' if bits & _EXTERNAL else 'Internal'},{'Expanded' if bits & _EXPANDED else 'Direct'},{bay}"


def _read_topology(parts: list[str]) -> int:
    word, place, way, bay = (part.strip() for part in parts)
    kind = word.lower()
    if kind in {"", "notopology"}:
        return 0
    if kind not in {"sas", "sata"}:
        return number(word)
    drive = number(bay or "0")
    bits = _MOST | drive - 1 << 8 if drive else 1
    bits |= _SATA * (kind == "sata") | _EXTERNAL * _PLACES.read(place or "0") | _EXPANDED * _WAYS.read(way or "0")
    return bits & 0xFFFF if drive <= 0x100 else _refuse(drive)  # noqa: PLR2004 - a byte, counted from 1


def _refuse(drive: int) -> int:
    raise ValueError(f"bay {drive} is not in 1..256")


def _parts(inner: str, count: int) -> list[str]:
    parts = inner.split(",")
    if len(parts) > count:
        raise ValueError(f"{len(parts)} arguments, and there are {count}")
    return parts + [""] * (count - len(parts))


def _write_sas(node: Sas, form: Form) -> str:
    if not form.shortcuts:
        data = pack("<IQQHH", node.reserved, node.address, node.lun, node.topology, node.target_port)
        return vendor_text("VenMsg", SAS_VENDOR, data)
    head = f"0x{node.address:X},0x{node.lun:X},0x{node.target_port:X}"
    return f"SAS({head},{_write_topology(node.topology)},0x{node.reserved:X})"


def _read_sas(_name: str, inner: str) -> dict[str, Any]:
    address, lun, port, *topology, reserved = _parts(inner, 8)
    return {
        "address": number(address),
        "lun": number(lun or "0"),
        "target_port": number(port or "0"),
        "topology": _read_topology(topology),
        "reserved": number(reserved or "0"),
    }


def _write_sas_ex(node: SasEx, _form: Form) -> str:
    return f"SasEx({_BYTES.write(node.address)},{_BYTES.write(node.lun)},{HEX.write(node.target_port)},{_write_topology(node.topology)})"


def _read_sas_ex(_name: str, inner: str) -> dict[str, Any]:
    address, lun, port, *topology = _parts(inner, 7)
    return {
        "address": _BYTES.read(address),
        "lun": _BYTES.read(lun) if lun.strip() else bytes(8),
        "target_port": number(port or "0"),
        "topology": _read_topology(topology),
    }


SAS: Final = Spelling(("SAS",), _write_sas, _read_sas)
SAS_EX: Final = Spelling(("SasEx",), _write_sas_ex, _read_sas_ex)
