"""What is read as a device path, what is not, and what is said then."""

import re

import pytest

from efirt.payloads.device_path.acpi import Acpi
from efirt.payloads.device_path.bus import PC_ANSI, MessagingVendor, Uart, UsbClass
from efirt.payloads.device_path.hardware import Pci
from efirt.payloads.device_path.media import FilePath, HardDrive
from efirt.payloads.device_path.network import Ipv4, MacAddress, RestService
from efirt.payloads.device_path.node import EndInstance, UnknownNode
from efirt.payloads.device_path.path import DevicePath
from efirt.payloads.device_path.storage import Iscsi, Sata
from efirt.values.guid import Guid

GUID = "a1b2c3d4-1111-2222-3333-444455556666"


def nodes(text: str) -> tuple[object, ...]:
    return DevicePath.parse(text).nodes


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("pci(0x1F,2)", Pci(0x1F, 2)),
        (" Pci( 31 , 0x2 )".strip(), Pci(31, 2)),
        ("PciRoot()", Acpi(0x0A0341D0, 0)),
        ("Acpi(PNP0A03,0)", Acpi(0x0A0341D0, 0)),
        ("Acpi(0x0A0341D0)", Acpi(0x0A0341D0, 0)),
        (f"HD(1,GPT,{GUID},0x800,0x100000)", HardDrive.gpt(1, 0x800, 0x100000, Guid.parse(GUID))),
        (f"HD(1,,{GUID},2048,1048576)", HardDrive.gpt(1, 0x800, 0x100000, Guid.parse(GUID))),
        (f"HD(1,GPT,{GUID})", HardDrive.gpt(1, 0, 0, Guid.parse(GUID))),
        ("HD(1,MBR,0xABCD,0x800,0x1000)", HardDrive.mbr(1, 0x800, 0x1000, 0xABCD)),
        ("HD(1,0," + "ab" * 16 + ",0x0,0x0)", HardDrive(1, 0, 0, b"\xab" * 16, 0, 0)),
        ("Sata(1,,0)", Sata(1, 0xFFFF, 0)),
        ("MAC(525400123456)", MacAddress(bytes.fromhex("525400123456") + bytes(26))),
        ("MAC(52:54:00:12:34:56,1)", MacAddress(bytes.fromhex("525400123456") + bytes(26), 1)),
        ("IPv4(192.0.2.1)", Ipv4(bytes(4), bytes((192, 0, 2, 1)))),
        ("Uart()", Uart(115200, 8, 0, 0)),
        ("Uart(9600,8,1,1)", Uart(9600, 8, 1, 1)),
        ("Uart(9600,8,N,1)", Uart(9600, 8, 1, 1)),
        ("Uart(9600,8,N,2)", Uart(9600, 8, 1, 3)),
        ("UsbHID()", UsbClass(0xFFFF, 0xFFFF, 3, 0xFF, 0xFF)),
        ("iSCSI(iqn.x,1,0x0000000000000000)", Iscsi("iqn.x", 1, bytes(8))),
        ("RestService(1,2)", RestService(1, 2)),
        ("Path(4,4,5C00410000 00)".replace(" ", ""), FilePath("\\A")),
        ("MediaPath(4,5C0041000000)", FilePath("\\A")),
        ("Path(9,9)", UnknownNode(9, 9)),
        ("Path(127,1)", EndInstance()),
        (r"\EFI\a (old)\b.efi", FilePath(r"\EFI\a (old)\b.efi")),
        (r"File(\EFI\a,b/c.efi)", FilePath(r"\EFI\a,b/c.efi")),
        ("FvVol(" + GUID + ")", nodes("Fv(" + GUID + ")")[0]),
    ],
)
def test_a_text_is_read_as_a_node(text: str, node: object) -> None:
    assert nodes(text) == (node,)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "there is no device path"),
        ("/", "there is no device path"),
        ("PciRott(0x0)/Pci(0,0)", "no node is called PciRott"),
        ("Pci(0x1F)", "its function is missing"),
        ("Pci(1,2,3)", "3 arguments, and there are 2: device, function"),
        ("Pci(1,x)", "'x' is not a number: write 31 or 0x1F"),
        ("Pci(256,0)", "the device of a node Pci is 256, which does not fit its bytes: it is 0 to 255 (0xFF)"),
        ("PciRoot(0x100000000)", "it is 0 to 4294967295 (0xFFFFFFFF)"),
        ("Vlan(70000)", "the vlan of a node Vlan is 70000, which does not fit its bytes: it is 0 to 65535 (0xFFFF)"),
        ("HD(1,MBR,0x1deadbeef,0x800,0x1)", "the signature of an MBR has 32 bits, and 0x1deadbeef has not"),
        ("Pci(1,0", "1 parentheses are not closed"),
        ("Pci(1,0))", "closed at character 8 was not opened"),
        ("HD(1,GPT)", "write HD(1,GPT,GUID,0x800,0x100000)"),
        ("HD(1,GPT,123,0,0)", "is not a GUID"),
        ("HD(1,GPT," + GUID + ",0,0,0)", "write HD(1,GPT,GUID,0x800,0x100000)"),
        ("MAC(5254001234567)", "is not a row of bytes"),
        ("NVMe(1,00-11)", "has 2 bytes, and 8 belong here"),
        ("IPv4(192.0.2)", "is not an IPv4 address"),
        ("IPv6(1::2::3)", "is not an IPv6 address"),
        ("iSCSI(a,1,0x0000000000000000,MD5)", "'MD5' is none of None, CRC32C"),
        ("Path(4)", "a type, a sub-type and bytes belong here"),
        ("Path(300,1)", "numbers of 8 bits"),
        ("Path(127,255)/Pci(0,0)", "stands behind the end of the path"),
        ("Acpi(PNPXYZW)", "is not an identifier: write PNP0A03"),
        ("SAS(1,0,0,SAS,Internal,Direct,257)", "bay 257 is not in 1..256"),
    ],
)
def test_a_text_that_is_no_path_says_what_was_expected(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        DevicePath.parse(text)


def test_what_the_long_text_leaves_out_is_in_the_exact_one() -> None:
    drive = HardDrive(1, 0x800, 0x1000, bytes(range(16)), table_format=1, signature_type=1)
    path = DevicePath.of(drive, FilePath("\\a,b.efi"), FilePath("\\c", b"\0\0\xab"))
    assert str(path) == r"HD(1,MBR,0x03020100,0x800,0x1000)/\a,b.efi/\c"
    exact = path.exact()
    assert exact.startswith("Path(4,1,01000000")
    assert exact.endswith(r"/File(\a,b.efi)/Path(4,4,5c0063000000ab)")
    assert DevicePath.parse(exact) == path


@pytest.mark.parametrize("ending", [b"\xff\xff\x04\x00", b"\x7f\xff\x06\x00\x01\x02"])
def test_an_odd_ending_is_in_the_exact_text(ending: bytes) -> None:
    path = DevicePath((Pci(1, 2),), ending)
    assert path.exact().startswith("Pci(0x1,0x2)/Path(")
    assert DevicePath.parse(path.exact()) == path


def test_a_vendor_s_node_whose_name_would_hide_its_bytes_is_exact_without_the_name() -> None:
    path = DevicePath.of(MessagingVendor(PC_ANSI, b"\xab"))
    assert str(path) == "VenPcAnsi()"
    assert path.exact() == "VenMsg(E0C14753-F9BE-11D2-9A0C-0090273FC14D,AB)"


def test_texts_with_controls_are_given_by_their_bytes() -> None:
    assert DevicePath.of(FilePath("\\\x1b[2J")).exact() == "Path(4,4,5c001b005b0032004a000000)"
