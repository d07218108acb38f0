"""A path as a whole: framing, instances, and what it is made of."""

import pytest

from efirt.errors import DecodeError
from efirt.payloads.device_path.hardware import Pci
from efirt.payloads.device_path.media import FilePath, HardDrive
from efirt.payloads.device_path.network import Ipv4, MacAddress, Uri
from efirt.payloads.device_path.node import EndInstance
from efirt.payloads.device_path.path import DevicePath
from efirt.values.guid import Guid

GUID = Guid.parse("a1b2c3d4-1111-2222-3333-444455556666")
DISK = HardDrive.gpt(1, 0x800, 0x100000, GUID)
FILE = FilePath(r"\EFI\BOOT\BOOTX64.EFI")
PCI = bytes.fromhex("010106000203")
END = bytes.fromhex("7fff0400")


def test_a_partition_has_its_members_at_the_specification_s_offsets() -> None:
    raw = DevicePath.of(DISK).encode()
    assert raw[:4] == bytes.fromhex("04012a00")
    assert raw[4:8] == (1).to_bytes(4, "little")
    assert raw[8:24] == (0x800).to_bytes(8, "little") + (0x100000).to_bytes(8, "little")
    assert raw[24:40] == GUID.raw
    assert raw[40:] == b"\2\2" + END


def test_a_partition_tells_its_guid_or_the_number_of_its_disk() -> None:
    mbr = HardDrive.mbr(2, 0x3F, 0x1000, 0xDEADBEEF)
    assert (DISK.partition_guid, DISK.mbr_signature) == (GUID, None)
    assert (mbr.partition_guid, mbr.mbr_signature) == (None, 0xDEADBEEF)


def test_the_first_node_of_a_class_is_found() -> None:
    path = DevicePath.of(Pci(1, 0), DISK, FILE)
    assert path.first(HardDrive) == DISK
    assert path.first(MacAddress) is None


def test_instances_are_paths_of_their_own_and_join_again() -> None:
    path = DevicePath.of(Pci(1, 0), EndInstance(), Pci(2, 0), DISK)
    assert path.instances == (DevicePath.of(Pci(1, 0)), DevicePath.of(Pci(2, 0), DISK))
    assert DevicePath.joined(path.instances) == path
    assert DevicePath.of(DISK).instances == (DevicePath.of(DISK),)


@pytest.mark.parametrize(
    ("raw", "offset", "words"),
    [
        (b"", 0, "has no end node"),
        (PCI, 6, "has no end node"),
        (PCI + END[:3], 6, "has no end node"),
        (PCI[:5], 0, "claims 6 bytes of the 5 there are"),
        (PCI + bytes.fromhex("01010000"), 6, "claims 0 bytes"),
        (PCI + bytes.fromhex("01010300") + END, 6, "claims 3 bytes"),
        (bytes.fromhex("0101ffff") + END, 0, "claims 65535 bytes of the 8 there are"),
        (PCI + END + b"\0", 10, "1 bytes stand behind its end"),
        (PCI + END + END, 10, "4 bytes stand behind its end"),
    ],
)
def test_bytes_that_are_no_path_say_where(raw: bytes, offset: int, words: str) -> None:
    with pytest.raises(DecodeError, match=words) as caught:
        DevicePath.decode(raw)
    assert caught.value.offset == offset


def test_a_member_that_does_not_fit_is_refused_when_it_is_encoded() -> None:
    with pytest.raises(ValueError, match="the function of a node Pci is 256, which does not fit its bytes: it is 0 to 255"):
        DevicePath.of(Pci(0, 256)).encode()
    with pytest.raises(ValueError, match=r"the start of a node HardDrive is -1, .* 0 to 18446744073709551615 \(0xFFFFFFFFFFFFFFFF\)"):
        DevicePath.of(HardDrive.gpt(1, -1, 1, GUID)).encode()
    with pytest.raises(ValueError, match="the uri of a node Uri does not fit its bytes"):
        DevicePath.of(Uri("€")).encode()
    with pytest.raises(ValueError, match="5 bytes, and 32 belong there"):
        DevicePath.of(MacAddress(bytes(5))).encode()
    with pytest.raises(ValueError, match="there together"):
        DevicePath.of(Ipv4(bytes(4), bytes(4), gateway=None)).encode()
    with pytest.raises(ValueError, match="does not fit its head"):
        DevicePath.of(FilePath("x" * 40000)).encode()
    with pytest.raises(ValueError, match="NUL"):
        DevicePath.of(FilePath("a\0b")).encode()
    with pytest.raises(TypeError, match="is not a node"):
        DevicePath.of((1, 2)).encode()


@pytest.mark.parametrize("signature", [0x1DEADBEEF, 1 << 32, -1])
def test_the_signature_of_an_mbr_has_32_bits(signature: int) -> None:
    with pytest.raises(ValueError, match=r"has 32 bits, and .* has not: write 0x and the 8 digits"):
        HardDrive.mbr(1, 2, 3, signature)
    assert HardDrive.mbr(1, 2, 3, 0xFFFFFFFF).mbr_signature == 0xFFFFFFFF


def test_an_old_node_without_gateway_and_mask_keeps_its_size() -> None:
    raw = bytes.fromhex("030c1300") + bytes(15) + END
    path = DevicePath.decode(raw)
    assert path.first(Ipv4) == Ipv4(bytes(4), bytes(4), protocol=0, gateway=None, mask=None)
    assert str(path) == "IPv4(0.0.0.0,0x0,DHCP,0.0.0.0)"
    assert path.encode() == raw


def test_a_path_is_outlined_for_programs() -> None:
    shown = DevicePath.of(Pci(2, 1), DISK, FilePath(r"\EFI\BOOT"), FilePath("BOOTX64.EFI"), EndInstance(), Pci(0, 0)).as_json()
    assert (
        shown["text"] == r"Pci(0x2,0x1)/HD(1,GPT,A1B2C3D4-1111-2222-3333-444455556666,0x800,0x100000)/\EFI\BOOT/BOOTX64.EFI,/Pci(0x0,0x0)"
    )
    assert shown["file"] == r"EFI\BOOT\BOOTX64.EFI"
    assert shown["partition_guid"] == str(GUID)
    assert shown["instances"] == 2
    assert shown["nodes"][0] == {"node": "Pci", "type": 1, "subtype": 1, "device": 2, "function": 1}
    assert shown["nodes"][1]["partition_guid"] == str(GUID)
    assert shown["nodes"][4] == {"node": "EndInstance"}
    assert DevicePath.decode(bytes.fromhex(shown["hex"])) == DevicePath.parse(shown["exact"])
    assert DevicePath.of(FILE).as_json()["file"] == r"\EFI\BOOT\BOOTX64.EFI"
    assert DevicePath.of(Pci(0, 0)).as_json()["file"] is None
