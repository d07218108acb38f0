"""Nodes of type 5: what a BIOS boots.

Source: UEFI 2.10 §10.3.6; edk2 05fe752589, MdePkg/Library/UefiDevicePathLib/DevicePathToText.c, DevPathToTextBBS.
"""

from efirt.annotation import Any, Final, NamedTuple
from efirt.payloads.device_path.notation import HEX, number, words
from efirt.payloads.device_path.row import Members, ascii_tail, row
from efirt.payloads.device_path.spelling import Form, Spelling

BIOS: Final = 5

_TYPES: Final = words({1: "Floppy", 2: "HD", 3: "CDROM", 4: "PCMCIA", 5: "USB", 6: "Network"})


class BiosBoot(NamedTuple):
    """A device that a BIOS boots.

    Attributes:
        device_type: 1 floppy, 2 hard disk, 3 CD, 4 PCMCIA, 5 USB, 6 network.
        status_flag: As the BIOS boot specification has it.
        description: What people call it; a byte a character.
        ending: Bytes behind the description: a NUL, and whatever stands behind it.
    """

    device_type: int
    status_flag: int
    description: str
    ending: bytes = b"\0"


def _write(node: BiosBoot, form: Form) -> str:
    flag = "" if form.display_only else f",{HEX.write(node.status_flag)}"
    return f"BBS({_TYPES.write(node.device_type)},{node.description}{flag})"


def _read(_name: str, inner: str) -> dict[str, Any]:
    kind, comma, rest = inner.partition(",")
    if not comma:
        raise ValueError("its description is missing: write BBS(HD,NAME,0x0)")
    description, comma, flag = rest.rpartition(",")
    if not comma:
        description, flag = rest, "0"
    return {"device_type": _TYPES.read(kind), "description": description, "status_flag": number(flag)}


ROWS: Final = (
    row(BIOS, 1, BiosBoot, Members("device_type:H status_flag:H", ascii_tail("description")), Spelling(("BBS",), _write, _read)),
)
