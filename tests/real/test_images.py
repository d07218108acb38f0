"""Real firmware as the judge of images: what efirt wrote its shell shows, and what it wrote efirt reads."""

from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from efirt.cli.main import main
from efirt.images.edk2 import Edk2Image
from efirt.images.edk2_check import problems
from efirt.images.edk2_write import LAYOUTS, created
from efirt.payloads.signature_list import SHA256, Signature, SignatureDatabase, SignatureList
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from tests.drivers.image.images import efirt
from tests.images.flash import ADDED, DEAD, DELETED, DYING, VENDOR, Layout, entry, image, record, region
from tests.real.programs import shipped, started_by
from tests.real.readers import CERTDB, READERS
from tests.real.shell import OWN, Seen, Variables, check_shows, layout_of, look, on, read, settled, stored

pytestmark = pytest.mark.lab

OURS = Guid.parse("6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a03")
THEIRS = Guid.parse("6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a04")
BY_HAND = Guid(VENDOR)
HERE, TWIN = Key("Greeting", OURS), Key("Greeting", THEIRS)
LONG, FOR_BOOT, ODD = Key("Long", OURS), Key("ForBoot", OURS), Key("Größe 1", THEIRS)
ENTRY, GONE = Key("Boot0042", GLOBAL), Key("Gone", OURS)
OPTION = bytes.fromhex("00000000 0400 4f006e0065000000 7fff0400")
STORED, HIDDEN = 7, 3
GARBAGE = {0x3C, 0x3D}

BY_SHELL = [
    f"setvar Shell -guid {OURS} -nv -bs -rt =H01",
    f"setvar Shell -guid {THEIRS} -nv -bs =H02",
    f"setvar Greeting -guid {OURS} -nv -bs -rt =H0304",
    f"setvar Shell -guid {OURS} -nv -bs -rt =H050607",
    f"setvar Long -guid {OURS} =",
    f"dmpstore Greeting -guid {OURS}",
    f"dmpstore Greeting -guid {THEIRS}",
]


def done(*words: str) -> None:
    assert main(words) == 0, words


def edited(path: Path) -> Variables:
    """Change an image through the command line, once replacing the file and then in place, and give what is in it by then."""
    other = path.with_suffix(".long")
    other.write_bytes(bytes(range(256)) * 20)
    driver = f"image:{path}"
    done("--driver", driver, "set", str(HERE), "--text", "hello")
    done("--driver", driver, "set", str(LONG), "--file", str(other))
    done("--driver", driver, "set", str(TWIN), "--text", "twin")
    done("--driver", driver, "set", str(ENTRY), "--hex", OPTION.hex())
    driver = f"image:{path}?in-place=yes"
    done("--driver", driver, "set", str(FOR_BOOT), "--attributes", "NV+BS", "--hex", "00ff")
    done("--driver", driver, "set", str(HERE), "--text", "hello again")
    done("--driver", driver, "set", str(HERE), "--append", "--text", " and more")
    done("--driver", driver, "set", str(ODD), "--text", "odd")
    done("--driver", driver, "set", str(GONE), "--text", "gone")
    done("--driver", driver, "delete", "--force", str(GONE))
    return {
        HERE: (STORED, b"hello again and more"),
        TWIN: (STORED, b"twin"),
        LONG: (STORED, other.read_bytes()),
        FOR_BOOT: (HIDDEN, b"\x00\xff"),
        ODD: (STORED, b"odd"),
        ENTRY: (STORED, OPTION),
    }


class Edited(NamedTuple):
    """An image that efirt made and changed, and what firmware saw of it, and then wrote into it."""

    wanted: Variables
    seen: Seen


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Edited:
    folder = tmp_path_factory.mktemp("edited")
    path = folder / "vars.fd"
    done("image", "create", str(path))
    wanted = edited(path)
    return Edited(wanted, look("firmware", path.read_bytes(), folder, *BY_SHELL))


def test_firmware_shows_an_image_that_was_created_and_edited_exactly_as_it_was_left(machine: Edited) -> None:
    check_shows(machine.seen.first, machine.wanted)


def test_firmware_stores_nothing_else_but_what_is_known_to_be_its_own(machine: Edited) -> None:
    assert stored(machine.seen.first).keys() <= OWN | machine.wanted.keys()


def test_what_firmware_wrote_is_read_twins_and_dead_records_too(machine: Edited) -> None:
    wanted = machine.wanted | {
        Key("Shell", OURS): (STORED, b"\x05\x06\x07"),
        Key("Shell", THEIRS): (HIDDEN, b"\x02"),
        HERE: (STORED, b"\x03\x04"),
    }
    del wanted[LONG]
    check_shows(machine.seen.last, wanted)
    assert read(machine.seen.flash) == stored(machine.seen.last)
    left = Edk2Image.decode(machine.seen.flash)
    assert {one.state for one in left.records} >= GARBAGE
    assert problems(left) == ()


@pytest.mark.parametrize("name", ["UEFIExtract", "uefivars"])
def test_other_programs_read_what_firmware_wrote_as_efirt_does(machine: Edited, name: str, tmp_path: Path) -> None:
    path = tmp_path / "vars.fd"
    path.write_bytes(machine.seen.flash)
    wanted = read(machine.seen.flash)
    if name == "uefivars":
        del wanted[CERTDB]
    assert READERS[name](path) == wanted


def test_the_shell_prints_the_same(machine: Edited) -> None:
    for key, size in ((HERE, 2), (TWIN, 4)):
        assert f"Variable NV+RT+BS '{str(key.guid).upper()}:{key.name}' DataSize = 0x{size:02X}" in machine.seen.printed


def test_a_machine_that_was_moved_through_json_aws_and_xapi_keeps_all_it_had(machine: Edited, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.fd", "b.json", "c.fd", "d.aws", "e.fd", "f.xapi", "g.fd")]
    paths[0].write_bytes(machine.seen.flash)
    assert "the name of Größe" in efirt("image", "convert", str(paths[0]), str(paths[1])).stderr
    done("--driver", f"image:{paths[0]}", "delete", "--force", str(ODD))
    for source, target in pairwise(paths):
        done("image", "convert", str(source), str(target))
    seen = look("firmware", paths[-1].read_bytes(), tmp_path)
    wanted = settled(machine.seen.last)
    del wanted[ODD]
    assert settled(seen.first) == wanted


def test_an_image_of_the_small_layout_is_shown_as_it_was_left(tmp_path: Path) -> None:
    path = tmp_path / "vars.fd"
    done("image", "create", str(path), "--layout", "2m")
    wanted = edited(path)
    check_shows(look("firmware-2m", path.read_bytes(), tmp_path, *BY_SHELL).first, wanted)


def holds(*names: str, guid: Guid = BY_HAND, attributes: int = STORED) -> Variables:
    """Give variables whose value is their name."""
    return {Key(name, guid): (attributes, name.encode()) for name in names}


def a(name: str, state: int = ADDED, value: str = "", **more: int | bytes) -> bytes:
    """Lay a record by hand, whose value is its name unless another is given."""
    return record(name, (value or name).encode(), state, **more)  # type: ignore[arg-type]


def hole(name: str = "Never") -> bytes:
    """Give a header that was written before its state, its name and its value."""
    header = bytearray(record(name, b"")[:60])
    header[2] = 0xFF
    return bytes(header)


STATES = [
    a("Alone", DYING),
    a("Replaced", DYING, "older"),
    hole(),
    a("Replaced"),
    a("Twice", DYING, "older"),
    a("Twice", DYING),
    a("Same"),
    a("Same", guid=OURS.raw),
    a("Dead", DEAD),
    a("Deleted", DELETED),
    a("Announced", 0x7F),
    a("Boot", attributes=HIDDEN),
    a("Gone", DEAD, "older"),
    a("Gone"),
]
READ = {**holds("Alone", "Replaced", "Twice", "Same", "Gone"), **holds("Same", guid=OURS), **holds("Boot", attributes=HIDDEN)}


@on("firmware", "firmware-2m", "firmware-13", "firmware-secure", "firmware-2m-secure")
def test_records_in_every_state_are_read_as_firmware_reads_them(machine_name: str, tmp_path: Path) -> None:
    flash = image(STATES, layout_of(machine_name))
    assert read(flash) == READ
    check_shows(look(machine_name, flash, tmp_path).first, READ)


WAITING: Variables = {**holds("Kept", "Also kept")}


def waiting(layout: Layout, there: bytes) -> bytes:
    """Lay a write of all variables that was interrupted when the spare area was complete, and this was in their place."""
    spare = region([a("Kept"), a("Also kept")], layout)
    flash = bytearray(image([], layout, entries=entry(layout, 0xFC, 0xFD), spare=spare))
    flash[: layout.region] = there.ljust(layout.region, b"\xff")
    return bytes(flash)


def half_written(layout: Layout) -> bytes:
    """Lay it at the moment when the first of two variables was in its place."""
    return waiting(layout, region([a("Kept"), a("Also kept")], layout)[: 0x64 + len(a("Kept"))])


@on("firmware-13-secure", "firmware-secure", "firmware-2m-secure")
def test_variables_that_wait_in_the_spare_area_are_read_as_firmware_with_smm_reads_them(machine_name: str, tmp_path: Path) -> None:
    flash = half_written(layout_of(machine_name))
    assert read(flash) == WAITING
    check_shows(look(machine_name, flash, tmp_path).first, WAITING)


@on("firmware-13", "firmware", "firmware-2m")
def test_firmware_without_smm_reads_what_is_half_written_and_check_says_so_before(machine_name: str, tmp_path: Path) -> None:
    path = tmp_path / "vars.fd"
    path.write_bytes(half_written(layout_of(machine_name)))
    told = efirt("image", "check", str(path))
    assert (told.returncode, "takes what is half written" in told.stdout) == (1, True)
    check_shows(look(machine_name, path.read_bytes(), tmp_path, is_lossy=True).first, holds("Kept"))


@on("firmware-13", "firmware", "firmware-2m", "firmware-2m-secure")
def test_after_repair_any_firmware_shows_what_waited_even_where_all_else_was_erased(machine_name: str, tmp_path: Path) -> None:
    path, whole = tmp_path / "vars.fd", tmp_path / "whole.fd"
    path.write_bytes(waiting(layout_of(machine_name), b""))
    told = efirt("image", "check", str(path))
    assert (told.returncode, "OVMF erases the volume at its next boot" in told.stdout) == (1, True)
    done("image", "repair", str(path), str(whole))
    check_shows(look(machine_name, whole.read_bytes(), tmp_path).first, WAITING)


def test_with_secure_boot_on_all_certificates_are_as_efirt_wrote_them_and_let_a_program_start(tmp_path: Path) -> None:
    stock = Edk2Image.decode(shipped("firmware-13-secure", "usr/share/OVMF/OVMF_VARS_4M.ms.fd"))
    start = SignatureDatabase((SignatureList.of(SHA256, Signature(OURS, started_by("firmware-13-secure"))),)).encode()
    records = [one._replace(data=one.data + start) if one.key.name == "db" else one for one in stock.variables]
    flash = created(LAYOUTS["ovmf-4m"], [*records, Record(HERE, Attributes(STORED), b"hello")])
    wanted = settled(read(flash))
    seen = look("firmware-13-secure", flash, tmp_path)
    assert seen.first[Key("SecureBoot", GLOBAL)] == (6, b"\x01")
    assert {"PK", "KEK", "db", "dbx"} <= {key.name for key in wanted}
    assert {key: seen.first.get(key) for key in wanted} == wanted
    check_shows(seen.first, {key: one for key, one in wanted.items() if key not in OWN})
