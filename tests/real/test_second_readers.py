"""The same images, read by efirt and by programs of others, where the known defects of these do not apply."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from efirt.images.edk2 import Edk2Image
from efirt.images.edk2_write import LAYOUTS, created
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.key import Key
from tests.drivers.image.images import efirt
from tests.images.test_edk2_stock import PACKAGES, stock
from tests.real.readers import CERTDB, READERS, by_virt_firmware, program
from tests.real.shell import Variables, read

OURS = Guid.parse("6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a03")
THEIRS = Guid.parse("6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a04")
DAY = EfiTime(2024, 2, 29, 1, 2, 3, 0, 0)
RECORDS = [
    Record(Key("Plain", OURS), Attributes(7), b"plain"),
    Record(Key("Boot", THEIRS), Attributes(3), bytes(range(256)) * 9),
    Record(Key("Signed", OURS), Attributes(0x27), b"signed", DAY),
    Record(Key("Größe", THEIRS), Attributes(7), b"\0"),
]
TWIN = Record(Key("Plain", THEIRS), Attributes(7), b"twin")
Reader = Callable[[Path], Variables]
EACH = pytest.mark.parametrize("reader", [pytest.param(reader, id=name) for name, reader in READERS.items()])
KNOWS_TWINS = pytest.mark.parametrize("reader", [pytest.param(READERS[name], id=name) for name in ("UEFIExtract", "uefivars")])


def image(path: Path, records: list[Record], layout: str) -> Variables:
    """Write an image, and give what is in it."""
    path.write_bytes(created(LAYOUTS[layout], records))
    return {one.key: (int(one.attributes), one.data) for one in records}


@EACH
@pytest.mark.parametrize("layout", ["ovmf-4m", "ovmf-2m", "aavmf-unpadded"])
def test_an_image_that_was_made_here_is_read_alike(tmp_path: Path, reader: Reader, layout: str) -> None:
    path = tmp_path / "vars.fd"
    wanted = image(path, RECORDS, layout)
    assert read(path.read_bytes()) == wanted
    assert reader(path) == wanted


@KNOWS_TWINS
@pytest.mark.parametrize("in_place", ["no", "yes"])
def test_an_image_that_was_changed_here_is_read_alike_twins_too(tmp_path: Path, reader: Reader, in_place: str) -> None:
    path = tmp_path / "vars.fd"
    wanted = image(path, [*RECORDS, TWIN], "ovmf-4m")
    driver = f"image:{path}?in-place={in_place}"
    for key, data in ((RECORDS[0].key, b"another"), (TWIN.key, b"twins"), (Key("New", OURS), b"new")):
        assert efirt("--driver", driver, "set", str(key), "--hex", data.hex()).returncode == 0
        wanted[key] = (7, data)
    assert efirt("--driver", driver, "delete", "--force", str(RECORDS[3].key)).returncode == 0
    del wanted[RECORDS[3].key]
    left = Edk2Image.decode(path.read_bytes())
    assert (len(left.records) > len(left.variables)) == (in_place == "yes")
    assert read(path.read_bytes()) == wanted
    assert reader(path) == wanted


@EACH
@pytest.mark.parametrize("suite", PACKAGES)
def test_the_images_that_debian_ships_are_read_alike(tmp_path: Path, reader: Reader, suite: str) -> None:
    compared = 0
    for source in stock(suite):
        data = source.read_bytes()
        wanted = read(data)
        if reader is READERS["uefivars"]:
            wanted.pop(CERTDB, None)
        if len(wanted) == 0 or len(data) > 1 << 20:  # of an empty one they say nothing; a padded one takes them minutes
            continue
        path = tmp_path / source.name
        path.write_bytes(data)
        assert reader(path) == wanted, source
        compared += 1
    assert compared >= 2


def test_what_virt_firmware_changes_is_read_as_it_says(tmp_path: Path) -> None:
    path, changed = tmp_path / "vars.fd", tmp_path / "changed.fd"
    wanted = image(path, RECORDS, "ovmf-2m")
    words = ["-i", str(path), "--set-json", str(tmp_path / "more.json"), "-d", "Boot", "-o", str(changed)]
    (tmp_path / "more.json").write_text(
        f'{{"version": 2, "variables": [{{"name": "More", "guid": "{OURS}", "attr": 7, "data": "0102"}}]}}', encoding="utf-8"
    )
    subprocess.run([program("virt-fw-vars", "virt-firmware"), *words], check=True, capture_output=True)
    del wanted[RECORDS[1].key]
    wanted[Key("More", OURS)] = (7, b"\x01\x02")
    assert read(changed.read_bytes()) == by_virt_firmware(changed) == wanted


def test_what_uefivars_writes_is_read_as_it_was(tmp_path: Path) -> None:
    path, other = tmp_path / "vars.fd", tmp_path / "other.fd"
    wanted = image(path, [*RECORDS, TWIN], "ovmf-4m")
    words = ["-i", "edk2", "-I", str(path), "-o", "edk2", "-O", str(other)]
    subprocess.run([program("uefivars", "uefivars"), *words], check=True, capture_output=True)
    assert read(other.read_bytes()) == wanted | {CERTDB: (7, b"\x04\0\0\0")}
    stamped = {one.key: one.timestamp for one in Edk2Image.decode(other.read_bytes()).variables}
    assert stamped[RECORDS[2].key] == DAY
