"""Partition tables: as fdisk writes them, and damaged ones."""

from collections.abc import Callable
from pathlib import Path
from struct import pack_into
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.disks.partitions import Read, Table
from efirt.disks.tables import decode_table
from efirt.errors import DecodeError
from efirt.payloads.device_path.media import HardDrive
from efirt.values.guid import Guid
from tests.disks.machines import PARTITION, TABLES, disk

GUID = Guid.parse(PARTITION)


def reader(data: bytes | bytearray) -> Read:
    return lambda offset, size: bytes(memoryview(data)[offset : offset + size])


def decoded(data: bytes | bytearray, block_size: int | None = None) -> Table:
    return decode_table("disk", reader(data), len(data), block_size)


@pytest.fixture
def made(tmp_path: Path) -> Callable[[str], bytearray]:
    return lambda name: bytearray(disk(name, tmp_path / name).read_bytes())


def test_a_gpt_of_fdisk_is_read(made: Callable[[str], bytearray]) -> None:
    table = decoded(made("gpt512"), 512)
    assert table.kind == "gpt"
    assert [(one.number, one.is_system, one.name) for one in table.partitions] == [(1, True, "EFI system"), (2, False, "")]
    assert table.partitions[0].node == HardDrive.gpt(1, 2048, 4096, GUID)
    assert table.partitions[1].node.partition_guid == Guid.parse(PARTITION[:-1] + "7")


def test_blocks_of_4096_bytes_are_found_out_where_nobody_says_them(made: Callable[[str], bytearray]) -> None:
    data = made("gpt4096")
    assert decoded(data) == decoded(data, 4096)
    assert decoded(data).partitions[0].node == HardDrive.gpt(1, 256, 512, GUID)
    with pytest.raises(DecodeError, match="here is none"):
        decoded(data, 512)


def test_an_mbr_of_sfdisk_is_read_without_what_firmware_numbers_its_own_way(made: Callable[[str], bytearray]) -> None:
    table = decoded(made("mbr"), 512)
    assert table.kind == "mbr"
    assert [(one.number, one.is_system) for one in table.partitions] == [(1, True), (3, False)]
    assert table.partitions[0].node == HardDrive.mbr(1, 2048, 4096, 0xDEADBEEF)


def test_an_mbr_without_a_signature_is_refused(made: Callable[[str], bytearray]) -> None:
    data = made("mbr")
    data[440:444] = bytes(4)
    with pytest.raises(ValueError, match="sfdisk --disk-id disk"):
        decoded(data, 512)


def test_the_second_gpt_counts_where_the_first_is_damaged(made: Callable[[str], bytearray]) -> None:
    data, whole = made("gpt512"), decoded(made("gpt512"), 512)
    for at in (512, 512 + 24, 512 + 40, 1024 + 40):
        damaged = bytearray(data)
        damaged[at] ^= 1
        assert decoded(damaged, 512) == whole
        damaged[-512] ^= 1
        with pytest.raises(DecodeError) as refusal:
            decoded(damaged, 512)
        assert refusal.value.offset in {512, 1024}


@pytest.mark.parametrize(
    ("offset", "code", "value", "word"),
    [
        (12, "<I", 91, "claims 91 bytes"),
        (12, "<I", 513, "claims 513 bytes"),
        (24, "<Q", 2, "belongs elsewhere"),
        (80, "<I", 1 << 31, "entries of 128 bytes"),
        (84, "<I", 64, "entries of 64 bytes"),
        (84, "<I", 132, "entries of 132 bytes"),
        (72, "<Q", 3, "another checksum"),
    ],
)
def test_a_header_that_makes_no_sense_is_told_although_its_checksum_is_right(
    made: Callable[[str], bytearray], offset: int, code: str, value: int, word: str
) -> None:
    data = made("gpt512")
    data[-512:-504] = bytes(8)
    pack_into(code, data, 512 + offset, value)
    data[512 + 16 : 512 + 20] = bytes(4)
    size = int.from_bytes(data[512 + 12 : 512 + 16], "little")
    pack_into("<I", data, 512 + 16, crc32(data[512 : 512 + size]))
    with pytest.raises(DecodeError, match=word):
        decoded(data, 512)


@pytest.mark.parametrize(("start", "end"), [(0, (1 << 64) - 1), (0, 100), (200, 100)])
def test_an_entry_that_is_nowhere_on_a_disk_is_no_partition(made: Callable[[str], bytearray], start: int, end: int) -> None:
    data = made("gpt512")
    others = decoded(data, 512).partitions[1:]
    pack_into("<QQ", data, 1024 + 32, start, end)
    pack_into("<I", data, 512 + 88, crc32(data[1024 : 1024 + 128 * 128]))
    data[512 + 16 : 512 + 20] = bytes(4)
    pack_into("<I", data, 512 + 16, crc32(data[512 : 512 + int.from_bytes(data[512 + 12 : 512 + 16], "little")]))
    assert decoded(data, 512).partitions == others


def test_what_has_no_table_is_told(made: Callable[[str], bytearray]) -> None:
    with pytest.raises(DecodeError, match="does not end with 55 aa"):
        decoded(bytes(4096))
    with pytest.raises(DecodeError, match="does not end with 55 aa"):
        decoded(b"")
    fat = made("mbr")[:512]
    fat[446] = 0x41
    with pytest.raises(DecodeError, match="of a file system"):
        decoded(fat)


def test_a_disk_of_a_single_block_with_a_protective_mbr_is_damaged(made: Callable[[str], bytearray]) -> None:
    with pytest.raises(DecodeError, match="here is none"):
        decoded(made("gpt512")[:512])


@given(
    st.sampled_from(sorted(TABLES)), st.lists(st.tuples(st.integers(0, 1300), st.binary(min_size=1, max_size=8)), max_size=6), st.booleans()
)
def test_any_bytes_are_a_table_or_a_decode_error(name: str, damage: list[tuple[int, bytes]], is_cut: bool) -> None:
    size = TABLES[name]["size"]
    pieces = {int(offset): bytes.fromhex(digits) for offset, digits in TABLES[name]["pieces"].items()}
    pieces |= dict(damage)

    def read(offset: int, count: int) -> bytes:
        assert 0 <= count <= 1 << 20
        data = bytearray(max(min(count, (1024 if is_cut else size) - offset), 0))
        for begin, piece in pieces.items():
            for at, byte in enumerate(piece, begin - offset):
                if 0 <= at < len(data):
                    data[at] = byte
        return bytes(data)

    try:
        table = decode_table("disk", read, size, None)
    except (DecodeError, ValueError):
        return
    assert all(one.number for one in table.partitions)
