"""Nodes of type 3 that lead to disks.

Source: UEFI 2.10 §10.3.4; edk2 05fe752589, MdePkg/Library/UefiDevicePathLib/DevicePathToText.c.
"""

from efirt.annotation import Any, Final, NamedTuple
from efirt.payloads.device_path.notation import DUMP, GUID, HEX, Notation, dump, number, sized, words
from efirt.payloads.device_path.row import Members, ascii_tail, row
from efirt.payloads.device_path.sas import SAS, SAS_EX, SAS_VENDOR, Sas, SasEx
from efirt.payloads.device_path.spelling import Argument, Form, Spelling, plain
from efirt.values.guid import Guid

MESSAGING: Final = 3


class Ata(NamedTuple):
    """A disk at an ATA or ATAPI cable.

    Attributes:
        secondary: 0 the primary channel, 1 the secondary.
        slave: 0 the master, 1 the slave.
        lun: Logical unit.
    """

    secondary: int
    slave: int
    lun: int


class Scsi(NamedTuple):
    """A SCSI device.

    Attributes:
        target: Its number, 0..=65535.
        lun: Logical unit.
    """

    target: int
    lun: int


class Fibre(NamedTuple):
    """A device at a fibre channel.

    Attributes:
        wwn: World wide name.
        lun: Logical unit.
        reserved: 0.
    """

    wwn: int
    lun: int
    reserved: int = 0


class FibreEx(NamedTuple):
    """The same, byte by byte.

    Attributes:
        wwn: World wide name, 8 bytes.
        lun: Logical unit, 8 bytes.
        reserved: 0.
    """

    wwn: bytes
    lun: bytes
    reserved: int = 0


class LogicalUnit(NamedTuple):
    """A logical unit.

    Attributes:
        lun: Its number, 0..=255.
    """

    lun: int


class Sata(NamedTuple):
    """A SATA device.

    Attributes:
        port: Of the controller.
        multiplier_port: Of a port multiplier; 0xFFFF without one.
        lun: Logical unit.
    """

    port: int
    multiplier_port: int
    lun: int


class Iscsi(NamedTuple):
    """A disk in an iSCSI target.

    Attributes:
        target: The target's name.
        portal_group: Its tag.
        lun: Logical unit, 8 bytes.
        options: Bits 0..1 header digest, 2..3 data digest, 10..11 no authentication, 12 CHAP in one direction.
        protocol: 0 TCP.
        ending: Bytes behind the name; edk2 reads on without a NUL.
    """

    target: str
    portal_group: int
    lun: bytes
    options: int = 0x0800
    protocol: int = 0
    ending: bytes = b"\0"


class NvmeNamespace(NamedTuple):
    """A namespace of an NVMe device.

    Attributes:
        namespace: Its number.
        eui: EUI-64, 8 bytes as the device gives them; edk2 writes the last one first.
    """

    namespace: int
    eui: bytes


class Ufs(NamedTuple):
    """A universal flash storage.

    Attributes:
        target: Its number.
        lun: Logical unit.
    """

    target: int
    lun: int


class Sd(NamedTuple):
    """An SD card.

    Attributes:
        slot: Its slot.
    """

    slot: int


class Emmc(NamedTuple):
    """An embedded MMC.

    Attributes:
        slot: Its slot.
    """

    slot: int


class NvdimmNamespace(NamedTuple):
    """A namespace of memory that keeps its contents.

    Attributes:
        guid: Its identifier.
    """

    guid: Guid


class NvmeOf(NamedTuple):
    """A namespace of an NVMe subsystem in a network.

    Attributes:
        identifier_type: 1 EUI-64, 2 NGUID, 3 UUID.
        identifier: 16 bytes.
        subsystem: The subsystem's NQN.
        ending: Bytes behind the name: a NUL.
    """

    identifier_type: int
    identifier: bytes
    subsystem: str
    ending: bytes = b"\0"


_BYTES_8: Final = sized(8, "0x")
_EUI: Final = Notation(lambda raw: "-".join(f"{byte:02X}" for byte in reversed(raw)), lambda text: sized(8).read(text)[::-1])
_HEADER_DIGEST: Final = 0x0002
_DATA_DIGEST: Final = 0x0008
_NO_AUTHENTICATION: Final = 0x0800
_CHAP_ONE_WAY: Final = 0x1000
_ISCSI_DEFAULTS: Final = ("", "", "", "None", "None", "None", "TCP")
_URNS: Final = {1: "eui", 2: "nguid", 3: "uuid"}
_EUI_SIZE: Final = 8
_UUID: Final = 3


def _write_iscsi(node: Iscsi, _form: Form) -> str:
    options = node.options
    digests = ["CRC32C" if options & bit else "None" for bit in (_HEADER_DIGEST, _DATA_DIGEST)]
    authentication = "None" if options & _NO_AUTHENTICATION else "CHAP_UNI" if options & _CHAP_ONE_WAY else "CHAP_BI"
    protocol = "reserved" if node.protocol else "TCP"
    shown = [node.target, f"0x{node.portal_group:X}", _BYTES_8.write(node.lun), *digests, authentication, protocol]
    return f"iSCSI({','.join(shown)})"


def _read_iscsi(_name: str, inner: str) -> dict[str, Any]:
    parts = inner.split(",")
    if not 3 <= len(parts) <= len(_ISCSI_DEFAULTS):  # noqa: PLR2004 - those without a default
        raise ValueError("a name, a portal group and a LUN are the least, and a protocol is the last")
    target, group, lun, header, data, authentication, protocol = (*parts, *_ISCSI_DEFAULTS[len(parts) :])
    options = {"none": _NO_AUTHENTICATION, "chap_uni": _CHAP_ONE_WAY, "chap_bi": 0}[_one_of(authentication, "None", "CHAP_UNI", "CHAP_BI")]
    options |= _HEADER_DIGEST * (_one_of(header, "None", "CRC32C", "CRC32") != "none")
    options |= _DATA_DIGEST * (_one_of(data, "None", "CRC32C", "CRC32") != "none")
    _one_of(protocol, "TCP")
    return {"target": target, "portal_group": number(group), "lun": _BYTES_8.read(lun), "options": options}


def _one_of(text: str, *words_: str) -> str:
    word = text.strip().lower()
    if word not in map(str.lower, words_):
        raise ValueError(f"{text!r} is none of {', '.join(words_)}")
    return word


def _write_nvme_of(node: NvmeOf, _form: Form) -> str:
    urn = _URNS.get(node.identifier_type, str(node.identifier_type))
    raw = node.identifier
    shown = GUID.write(Guid(raw)) if node.identifier_type == _UUID else DUMP.write(raw[:_EUI_SIZE] if urn == "eui" else raw)
    return f"NVMEoF({node.subsystem},urn:{urn}:{shown})"


def _read_nvme_of(_name: str, inner: str) -> dict[str, Any]:
    subsystem, _comma, rest = inner.rpartition(",")
    scheme, urn, shown = (*rest.strip().split(":", 2), "", "")[:3]
    kinds = {name: value for value, name in _URNS.items()}
    if scheme.lower() != "urn" or not subsystem:
        raise ValueError("a name and an identifier belong here: write NVMEoF(NQN,urn:uuid:GUID)")
    kind = kinds[urn.lower()] if urn.lower() in kinds else number(urn)
    raw = GUID.read(shown).raw if kind == _UUID else dump(shown).ljust(16, b"\0")
    return {"identifier_type": kind, "identifier": raw, "subsystem": subsystem}


ROWS: Final = (
    row(
        MESSAGING,
        1,
        Ata,
        "secondary:B slave:B lun:H",
        plain(
            "Ata",
            Argument("secondary", words({1: "Secondary", 0: "Primary"}, "Primary"), only_long=True),
            Argument("slave", words({1: "Slave", 0: "Master"}, "Master"), only_long=True),
            Argument("lun", HEX),
        ),
    ),
    row(MESSAGING, 2, Scsi, "target:H lun:H", plain("Scsi", Argument("target", HEX), Argument("lun", HEX))),
    row(MESSAGING, 3, Fibre, "reserved:I wwn:Q lun:Q", plain("Fibre", Argument("wwn", HEX), Argument("lun", HEX))),
    row(MESSAGING, 21, FibreEx, "reserved:I wwn:8s lun:8s", plain("FibreEx", Argument("wwn", _BYTES_8), Argument("lun", _BYTES_8))),
    row(MESSAGING, 10, Sas, Members("reserved:I address:Q lun:Q topology:H target_port:H", vendor=SAS_VENDOR), SAS),
    row(MESSAGING, 17, LogicalUnit, "lun:B", plain("Unit", Argument("lun", HEX))),
    row(
        MESSAGING,
        18,
        Sata,
        "port:H multiplier_port:H lun:H",
        plain("Sata", Argument("port", HEX), Argument("multiplier_port", HEX, 0xFFFF), Argument("lun", HEX)),
    ),
    row(
        MESSAGING,
        19,
        Iscsi,
        Members("protocol:H options:H lun:8s portal_group:H", ascii_tail("target")),
        Spelling(("iSCSI",), _write_iscsi, _read_iscsi),
    ),
    row(MESSAGING, 22, SasEx, "address:8s lun:8s topology:H target_port:H", SAS_EX),
    row(MESSAGING, 23, NvmeNamespace, "namespace:I eui:8s", plain("NVMe", Argument("namespace", HEX), Argument("eui", _EUI))),
    row(MESSAGING, 25, Ufs, "target:B lun:B", plain("UFS", Argument("target", HEX), Argument("lun", HEX))),
    row(MESSAGING, 26, Sd, "slot:B", plain("SD", Argument("slot", HEX, 0))),
    row(MESSAGING, 29, Emmc, "slot:B", plain("eMMC", Argument("slot", HEX, 0))),
    row(MESSAGING, 32, NvdimmNamespace, "guid:G", plain("NVDIMM", Argument("guid", GUID))),
    row(
        MESSAGING,
        34,
        NvmeOf,
        Members("identifier_type:B identifier:16s", ascii_tail("subsystem")),
        Spelling(("NVMEoF",), _write_nvme_of, _read_nvme_of),
    ),
)
