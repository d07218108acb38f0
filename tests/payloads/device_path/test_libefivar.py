"""libefivar as a second opinion, where it is installed: what efibootmgr would write of each node is read as that node again.

Where it is not, the node is named here with what libefivar 37 does to it.
"""

import ctypes
import ctypes.util
from pathlib import Path

import pytest

from efirt.payloads.device_path.node import EndInstance, encode_node
from efirt.payloads.device_path.path import DevicePath
from tests.payloads.device_path.vectors import PATHS

NODES = {str(node): node for path in PATHS for node in path.nodes if not isinstance(node, EndInstance)}

# By the beginning of our text. What is lost cannot be read back from libefivar's.
LOST = {
    "AcpiEx(ABC0001": "the texts alone",
    "AcpiEx(PNP0A03": "the texts alone",
    "AcpiEx(@@@0000,@@@0000,0x5": "the texts alone",
    "AcpiExp(": "the texts alone",
    "NvdimmAcpiAdr(": "half of its bytes",
    "AcpiPath(": "half of its bytes",
    "MediaPath(": "half of its bytes",
    "FibreEx(": "called Fibre",
    "Infiniband(": "the port as one number, the others in its place",
    "SAS(": "what is reserved",
    "SasEx(": "what lies in memory behind the node, called SAS",
    "IPv4(": "both addresses without a comma between",
    "IPv6(": "both addresses without a comma between, and their bytes swapped in pairs",
    "Dns(2": "an IPv6 address' bytes swapped in pairs",
    "Uart(DEFAULT": "115200 and 8 for the defaults",
    "UsbClass(": "its class",
    "UsbWireless(": "its class",
    'UsbWwid(0x1D6B,0x2,0xA,"WD (': "a serial number's last character",
}


@pytest.fixture(scope="module")
def library() -> ctypes.CDLL:
    """Give libefivar."""
    if ctypes.util.find_library("efivar") is None:
        pytest.skip("libefivar is not here: install Debian's package libefivar1")
    loaded = ctypes.CDLL("libefivar.so.1")
    loaded.efidp_format_device_path.restype = ctypes.c_ssize_t
    loaded.efidp_format_device_path.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_ssize_t]
    return loaded


def written_by(library: ctypes.CDLL, raw: bytes) -> str:
    buffer = ctypes.create_string_buffer(4096)
    size = library.efidp_format_device_path(buffer, len(buffer), raw, len(raw))
    assert size >= 0
    return buffer.value.decode("utf-8", "replace")


@pytest.mark.parametrize("text", NODES)
def test_what_libefivar_writes_of_a_node_is_read_as_that_node(text: str, library: ctypes.CDLL) -> None:
    path = DevicePath.of(NODES[text])
    written = written_by(library, path.encode())
    try:
        reads_back = DevicePath.parse(written, efivar=True) == path
    except ValueError:
        reads_back = False
    is_lost = any(text.startswith(beginning) for beginning in LOST)
    if is_lost and "libefivar.so.1.37" not in Path("/proc/self/maps").read_text(encoding="utf-8"):
        pytest.skip(f"another libefivar than 37: {written!r} {'is read' if reads_back else 'is not read'} as {text}")
    assert reads_back != is_lost


def test_every_loss_is_still_one() -> None:
    assert [beginning for beginning in LOST if not any(text.startswith(beginning) for text in NODES)] == []


def test_libefivar_writes_of_a_usual_entry_what_edk2_does_but_for_letters_case(library: ctypes.CDLL) -> None:
    file = "\\efi\\debian\\shimx64.efi"
    path = DevicePath.parse(f"PciRoot(0x0)/Pci(0x1,0x1)/HD(1,GPT,a1b2c3d4-1111-2222-3333-444455556666,0x800,0x100000)/{file}")
    written = written_by(library, path.encode())
    assert written.lower() == str(path).lower().replace(file, f"file({file})")


def test_libefivar_stops_after_the_first_instance(library: ctypes.CDLL) -> None:
    path = DevicePath.parse("PciRoot(0x0),PciRoot(0x1)")
    assert written_by(library, path.encode()) == "PciRoot(0x0)"


def test_an_eui_is_written_the_other_way_round(library: ctypes.CDLL) -> None:
    path = DevicePath.parse("NVMe(0x1,01-02-03-04-05-06-07-08)")
    written = written_by(library, path.encode())
    assert written == "NVMe(0x1,08-07-06-05-04-03-02-01)"
    assert DevicePath.parse(written) != path
    assert DevicePath.parse(written, efivar=True) == path
    assert encode_node(path.nodes[0])[8:] == bytes((8, 7, 6, 5, 4, 3, 2, 1))
