"""Disks of a run: QEMU's words for them, and images with partitions."""

import subprocess
import uuid
from functools import partial
from pathlib import Path

import pytest

from efirt.disks.tables import decode_table
from lab import drives, tools
from lab.drives import Drive

GUID = uuid.UUID("a1b2c3d4-1111-2222-3333-444455556666")


@pytest.mark.parametrize("bus", drives.BUSES)
def test_each_disk_is_one_of_its_bus(bus: str) -> None:
    words = drives.options([Drive(Path("a"), bus), Drive(Path("b,c"), bus)])
    assert [word for word in words if word.startswith("driver=")] == [
        "driver=raw,node-name=drive0,file.driver=file,file.filename=a",
        "driver=raw,node-name=drive1,file.driver=file,file.filename=b,,c",
    ]
    devices = [word for word in words if "drive=drive" in word]
    assert len(devices) == len(set(devices)) == 2


def test_a_bus_of_no_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="no bus is called 'mfm'; there are virtio, nvme, "):
        drives.options([Drive(Path("a"), "mfm")])


def part_of(data: bytes, offset: int, size: int) -> bytes:
    return data[offset : offset + size]


@pytest.mark.parametrize("kind", ["gpt", "mbr"])
def test_an_image_has_one_partition_with_the_files(kind: str, tmp_path: Path) -> None:
    if why := tools.absent():
        pytest.skip(why)
    image, file = tmp_path / "disk.img", tmp_path / "file"
    file.write_bytes(b"contents")
    number = 3 if kind == "gpt" else 2
    part = drives.make(image, {"EFI/file": file}, number=number, guid=GUID if kind == "gpt" else None, signature=0x11223344)
    data = image.read_bytes()

    for copy in (data, data[:512] + bytes(512) + data[1024:]) if kind == "gpt" else (data,):
        table = decode_table("disk", partial(part_of, copy), len(copy), 512)
        assert table.kind == kind
        (found,) = table.partitions
        assert (found.number, found.node.start, found.node.size, found.is_system) == (number, part.start, part.size, True)
        assert str(found.node.partition_guid) == str(GUID) if kind == "gpt" else found.node.mbr_signature == 0x11223344
    words = ["-i", f"{image}@@{part.start * drives.BLOCK}", "::EFI/file"]
    assert subprocess.run([tools.tool("mtype"), *words], check=True, capture_output=True).stdout == b"contents"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["disk.img", "file"]
