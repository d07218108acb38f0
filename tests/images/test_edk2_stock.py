"""The VARS files that Debian ships: those installed here, and those of two releases, fetched into the lab's cache."""

import shutil
from functools import partial
from pathlib import Path
from subprocess import run

import pytest

from efirt.images import aws, aws_dictionary
from efirt.images.contents import Contents
from efirt.images.conversion import converted
from efirt.images.detect import FORMATS
from efirt.images.edk2 import Edk2Image
from efirt.images.edk2_check import problems
from efirt.images.edk2_repair import repaired
from efirt.images.edk2_volume import ARM_VIRT
from efirt.images.edk2_write import LAYOUTS, Layout, compacted, created
from lab import cache
from lab.errors import Missing
from lab.packages import Apt, unpack
from tests.images.flash import DEAD, image, record

PACKAGES = {
    "bookworm": ("ovmf", "qemu-efi-aarch64", "qemu-efi-arm", "uefitool-cli"),
    "trixie": ("ovmf", "qemu-efi-aarch64", "qemu-efi-riscv64"),
}
FEWEST = {"bookworm": 9, "trixie": 7}


def fetched(suite: str) -> Path:
    """Give the files of a release's packages."""

    def build(folder: Path) -> None:
        for package in Apt(folder / "apt", suite).download(PACKAGES[suite], folder / "packages"):
            unpack(package, folder)
        for name in ("apt", "packages"):
            shutil.rmtree(folder / name)

    try:
        return cache.directory(f"stock-vars-{suite}", build)
    except Missing as why:
        pytest.skip(f"Debian's packages cannot be fetched: {why}")


def stock(suite: str) -> list[Path]:
    return sorted(fetched(suite).glob("usr/share/*/*VARS*.fd"))


@pytest.mark.parametrize("suite", PACKAGES)
def test_each_is_read_and_written_back_byte_for_byte(suite: str) -> None:
    paths = stock(suite)
    assert len(paths) >= FEWEST[suite]
    for path in paths:
        data = path.read_bytes()
        read = Edk2Image.decode(memoryview(data))
        assert read.encode() == data
        assert (len(read.variables) > 20) == ("ms" in path.name or "snakeoil" in path.name), path
        assert all(found.key.problem() is None for found in read.variables)
        assert read.is_clean
        assert repaired(read).data == data


@pytest.mark.parametrize("suite", PACKAGES)
def test_none_has_a_fault_but_the_ones_that_firmware_still_formats(suite: str) -> None:
    for path in stock(suite):
        read = Edk2Image.decode(path.read_bytes())
        assert bool(problems(read)) == read.is_blank, path


@pytest.mark.parametrize("suite", PACKAGES)
def test_a_compacted_one_holds_the_same_variables_and_is_as_large(suite: str) -> None:
    for path in stock(suite):
        data = path.read_bytes()
        read = Edk2Image.decode(data)
        done = compacted(read, read.variables)
        again = Edk2Image.decode(done)
        assert (again.variables, len(done), problems(again)) == (read.variables, len(data), ())
        assert done[ARM_VIRT.volume_size :] == data[ARM_VIRT.volume_size :]


@pytest.mark.parametrize(
    ("suite", "path", "layout"),
    [
        ("bookworm", "OVMF/OVMF_VARS.fd", "ovmf-2m"),
        ("bookworm", "OVMF/OVMF_VARS_4M.fd", "ovmf-4m"),
        ("trixie", "OVMF/OVMF_VARS_4M.fd", "ovmf-4m"),
        ("trixie", "AAVMF/AAVMF_VARS.fd", "aavmf"),
        ("trixie", "qemu-efi-riscv64/RISCV_VIRT_VARS.fd", "riscv-virt"),
    ],
)
def test_an_empty_one_that_is_made_here_is_debians_byte_for_byte(suite: str, path: str, layout: str) -> None:
    assert created(LAYOUTS[layout]) == (fetched(suite) / "usr/share" / path).read_bytes()


@pytest.mark.parametrize(
    ("suite", "path", "layout"),
    [
        ("bookworm", "OVMF/OVMF_VARS.ms.fd", "ovmf-2m"),
        ("bookworm", "OVMF/OVMF_VARS_4M.ms.fd", "ovmf-4m"),
        ("trixie", "OVMF/OVMF_VARS_4M.snakeoil.fd", "ovmf-4m"),
        ("trixie", "AAVMF/AAVMF_VARS.ms.fd", "aavmf"),
    ],
)
def test_one_that_is_made_here_of_its_variables_is_the_compacted_one(suite: str, path: str, layout: str) -> None:
    read = Edk2Image.decode((fetched(suite) / "usr/share" / path).read_bytes())
    assert created(LAYOUTS[layout], read.variables) == compacted(read, read.variables)


@pytest.mark.parametrize("target", ["qemu-json", "xapi", "aws"])
@pytest.mark.parametrize("suite", PACKAGES)
def test_each_goes_to_another_format_and_back_and_loses_nothing(suite: str, target: str) -> None:
    dictionary = aws_dictionary.installed() or b""
    if target == "aws" and not dictionary:
        pytest.skip("the dictionary of Amazon's blobs is not here: install the Python package uefivars")
    codec = FORMATS[target].codec
    decode = partial(aws.decode, dictionary=dictionary) if target == "aws" else codec.decode
    encode = partial(aws.encode, dictionary=dictionary) if target == "aws" else codec.encode
    for path in stock(suite):
        read = Edk2Image.decode(memoryview(path.read_bytes()))
        there = converted(Contents(tuple(read.variables)), "edk2", target)
        found = decode(encode(there.contents))
        back = converted(found, target, "edk2")
        assert (there.lost, there.notes, found.damage, back.lost, back.notes) == ((), (), (), (), ()), path
        assert back.contents.records == read.variables, path
        assert read.volume.areas is not None
        anew = Edk2Image.decode(created(Layout(read.volume.areas, len(read.flash)), back.contents.records))
        assert (anew.variables, problems(anew)) == (read.variables, ()), path


def test_what_is_installed_here_is_read() -> None:
    paths = sorted(Path("/usr/share").glob("*VMF/*VARS*.fd"))
    if not paths:
        pytest.skip("none is here: install Debian's package ovmf")
    for path in paths:
        data = path.read_bytes()
        assert Edk2Image.decode(data).encode() == data


def test_a_second_reader_finds_the_same_records(tmp_path: Path) -> None:
    path = tmp_path / "vars.fd"
    path.write_bytes(image([record("Alpha", b"1"), record("Beta", b"22", DEAD), record("Gamma", b"333")]))
    program = shutil.which("UEFIExtract") or str(fetched("bookworm") / "usr/bin/UEFIExtract")
    try:
        run([program, str(path), "report"], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("UEFIExtract is not here: install Debian's package uefitool-cli")
    report = Path(f"{path}.report.txt").read_text(encoding="utf-8")
    assert all(found.key.name in report for found in Edk2Image.decode(path.read_bytes()).variables)
