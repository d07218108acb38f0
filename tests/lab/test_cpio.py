"""The archive writer, against the header's definition and against a program that reads such archives."""

import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from lab import cpio

READERS = (["cpio", "-idm", "--quiet"], ["bsdcpio", "-idm"], ["busybox", "cpio", "-idm"])
SAMPLE = (
    cpio.file("a/b/text", b"hello\n"),
    cpio.file("a/program", "#!/bin/sh\n", 0o755),
    cpio.link("a/link", "b/text"),
    cpio.folder("empty", 0o700),
    cpio.file("none", b""),
)


def names(archive: bytes) -> list[str]:
    """Read the names in an archive, by its definition: 13 numbers of 8 digits, a name, contents, both padded to four bytes."""
    found: list[str] = []
    offset = 0
    while offset < len(archive):
        assert archive[offset : offset + 6] == b"070701"
        size, name_size = (int(archive[offset + at : offset + at + 8], 16) for at in (54, 94))
        name = archive[offset + 110 : offset + 110 + name_size]
        assert name.endswith(b"\0")
        found.append(name[:-1].decode())
        offset += -(-(110 + name_size) // 4) * 4
        offset += -(-size // 4) * 4
    return found


def test_every_member_is_found_in_order_and_a_trailer_ends_the_archive() -> None:
    assert names(cpio.archive(SAMPLE)) == ["a/b/text", "a/program", "a/link", "empty", "none", "TRAILER!!!"]


def test_an_archive_can_be_followed_by_another() -> None:
    one = cpio.archive(SAMPLE)
    assert len(one) % 4 == 0
    assert len(names(one + one)) == 12


def test_directories_come_before_what_stands_in_them_and_once() -> None:
    given = [entry.name for entry in cpio.with_parents((cpio.file("/a/b/c", b""), cpio.file("a/b/d", b""), cpio.file("e", b"")))]
    assert given == ["a", "a/b", "/a/b/c", "a/b/d", "e"]


def test_a_directory_given_with_permissions_is_not_made_again() -> None:
    given = [*cpio.with_parents((cpio.folder("tmp", 0o1777), cpio.file("tmp/a", b"")))]
    assert [(entry.name, stat.S_IMODE(entry.mode)) for entry in given] == [("tmp", 0o1777), ("tmp/a", 0o644)]


def test_a_device_node_keeps_its_numbers() -> None:
    archive = cpio.archive([cpio.Entry("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))])
    assert [int(archive[at : at + 8], 16) for at in (78, 86)] == [5, 1]


@pytest.mark.parametrize(
    ("given", "told"),
    [("/bin/x", "usr/bin/x"), ("lib64/l.so", "usr/lib64/l.so"), ("/bin", "bin"), ("/efirt/bin/x", "efirt/bin/x"), ("//a//b", "a/b")],
)
def test_a_path_never_goes_through_a_link_that_the_kernel_would_replace(given: str, told: str) -> None:
    assert cpio.merged(given) == told


@pytest.mark.parametrize("reader", READERS, ids=lambda words: words[0])
def test_programs_that_read_cpio_unpack_what_was_packed(reader: list[str], tmp_path: Path) -> None:
    if shutil.which(reader[0]) is None:
        pytest.skip(f"{reader[0]} is not on this host")
    archive = cpio.archive(cpio.with_parents(SAMPLE))
    subprocess.run(reader, input=archive, cwd=tmp_path, check=True)
    assert (tmp_path / "a" / "link").read_bytes() == b"hello\n"
    assert (tmp_path / "a" / "link").is_symlink()
    assert stat.S_IMODE((tmp_path / "a" / "program").stat().st_mode) == 0o755
    assert stat.S_IMODE((tmp_path / "empty").stat().st_mode) == 0o700
    assert (tmp_path / "none").read_bytes() == b""
