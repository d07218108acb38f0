"""The verbs behind ``image``."""

import fcntl
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from struct import pack

import pytest

from efirt.images.edk2 import Edk2Image
from efirt.images.edk2_write import LAYOUTS, created
from efirt.images.writers import gathered
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.key import Key
from tests.cli.conftest import Cli
from tests.cli.fakes import GUID, OURS
from tests.images.flash import ADDED, DYING, FIRST, OVMF_2M, OVMF_4M, image, record
from tests.images.test_edk2_stock import PACKAGES, stock
from tests.scan.conftest import LISTED

A, B = Key("A", GUID), Key("B", GUID)
SIGNED = Record(A, Attributes(0x27), b"signed", monotonic_count=3)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.fd").write_bytes(created(LAYOUTS["ovmf-4m"], [Record(A, Attributes(7), b"one"), Record(B, Attributes(3), b"two")]))
    return tmp_path


@pytest.mark.parametrize("layout", [*LAYOUTS, "4m", "2m"])
def test_create_makes_an_empty_image_of_each_layout_and_info_knows_it(efirt: Cli, place: Path, layout: str) -> None:
    assert efirt("image", "create", "new.fd", "--layout", layout).status == 0
    known = efirt("image", "info", "new.fd", "--json").json
    assert known["layout"] in {layout, f"ovmf-{layout}"}
    assert (known["format"], known["variables"], known["authenticated"], known["damage"]) == ("edk2", 0, True, [])


def test_create_makes_a_plain_one_and_overwrites_nothing(efirt: Cli, place: Path) -> None:
    assert efirt("image", "create", "new.fd", "--plain").status == 0
    assert efirt("image", "info", "new.fd", "--json").json["authenticated"] is False
    before = (place / "new.fd").read_bytes()
    refused = efirt("image", "create", "new.fd")
    assert (refused.status, refused.err.count("\n")) == (1, 1)
    assert (place / "new.fd").read_bytes() == before
    assert efirt("image", "create", "other.fd", "--layout", "8m").status == 2


def test_a_created_image_is_written_and_listed_as_any_driver(efirt: Cli, place: Path) -> None:
    efirt("image", "create", "new.fd")
    assert efirt("--driver", "image:new.fd", "set", f"A-{OURS}", "--text", "x").status == 0
    assert "1 variable, 1 bytes" in efirt("--driver", "image:new.fd", "list").out
    assert efirt("--driver", "image:new.fd", "get", f"A-{OURS}", "--json").json["data"] == "78"
    assert efirt("--driver", "image:new.fd", "delete", f"A-{OURS}", "--force").status == 0
    assert efirt("--driver", "image:new.fd", "list", "--json").json == []


@pytest.mark.parametrize("name", ["qemu-json", "xapi", "dmpstore"])
def test_convert_goes_there_and_back(efirt: Cli, place: Path, name: str) -> None:
    assert efirt("image", "convert", "a.fd", "other", "--to", name).status == 0
    assert efirt("image", "info", "other", "--json").json["format"] == name
    assert efirt("image", "convert", "other", "back.fd").status == 0
    assert (efirt("image", "diff", "a.fd", "back.fd").out, efirt("image", "diff", "a.fd", "back.fd", "--json").json) == ("", [])


def test_convert_refuses_to_lose_and_names_what_and_loses_it_when_told_to(efirt: Cli, place: Path) -> None:
    (place / "signed.fd").write_bytes(created(LAYOUTS["ovmf-4m"], [SIGNED]))
    refused = efirt("image", "convert", "signed.fd", "new.json")
    assert (refused.status, refused.err.count("\n")) == (1, 1)
    assert "the monotonic count of A-" in refused.err
    assert not (place / "new.json").exists()
    done = efirt("image", "convert", "signed.fd", "new.json", "--lossy", "--json")
    assert [what.partition(" of")[0] for what in done.json["lost"]] == ["the monotonic count"]


def test_convert_wants_to_know_the_format(efirt: Cli, place: Path) -> None:
    assert efirt("image", "convert", "a.fd", "new.bin").status == 2
    assert efirt("image", "convert", "a.fd", "new.bin", "--to", "nonsense").status == 2
    assert efirt("image", "convert", "a.fd", "new.json", "--layout", "4m").status == 2
    assert [entry.name for entry in place.iterdir()] == ["a.fd"]


def test_diff_tells_each_difference_and_ends_with_1(efirt: Cli, place: Path) -> None:
    (place / "b.fd").write_bytes(
        created(LAYOUTS["ovmf-2m"], [Record(A, Attributes(7), b"other"), Record(Key("C", GUID), Attributes(7), b"")])
    )
    found = efirt("image", "diff", "a.fd", "b.fd")
    assert found.status == 1
    assert found.out.splitlines() == [
        f"! A-{OURS}: data of 3 bytes, now 5",
        f"- B-{OURS}: NV+BS, 3 bytes",
        f"+ C-{OURS}: NV+BS+RT, 0 bytes",
    ]
    told = efirt("image", "diff", "a.fd", "b.fd", "--json").json
    assert [(row["name"], row["old"] and row["old"]["data"], row["new"] and row["new"]["data"]) for row in told] == [
        ("A", b"one".hex(), b"other".hex()),
        ("B", b"two".hex(), None),
        ("C", None, ""),
    ]


def test_diff_compares_with_a_machine_what_that_can_show(efirt: Cli, place: Path) -> None:
    assert efirt("--driver", "simulated:m.fd", "list").status == 0
    assert efirt("image", "diff", "m.fd", "driver:simulated:m.fd").status == 0
    assert efirt("--driver", "simulated:m.fd", "set", f"A-{OURS}", "--text", "x").status == 0
    assert efirt("image", "diff", "a.fd", "driver:simulated:m.fd").out.splitlines()[0] == f"! A-{OURS}: data of 3 bytes, now 1"


def test_check_and_repair_of_two_copies_that_are_about_to_die(efirt: Cli, place: Path) -> None:
    (place / "bad.fd").write_bytes(image([record("A", b"old", DYING), record("B", b"b", ADDED), record("A", b"new", DYING)]))
    before = (place / "bad.fd").read_bytes()
    found = efirt("image", "check", "bad.fd")
    assert found.status == 1
    assert "about to die" in found.out
    done = efirt("image", "repair", "bad.fd", "good.fd", "--json").json
    assert ([one["name"] for one in done["recovered"]], done["left"]) == (["B", "A"], [])
    assert [one.data for one in Edk2Image.decode((place / "good.fd").read_bytes()).variables] == [b"b", b"new"]
    assert efirt("image", "check", "good.fd").out == "good.fd: edk2, 2 variables, nothing is wrong\n"
    assert (place / "bad.fd").read_bytes() == before
    assert efirt("image", "repair", "bad.fd", "good.fd").status == 1


def test_info_counts_the_problems_and_check_tells_that_firmware_in_memory_would_begin_anew(efirt: Cli, place: Path) -> None:
    data = bytearray((place / "a.fd").read_bytes())
    data[44] ^= 0x10  # one of the volume's attributes, and the checksum with it
    data[50] = (data[50] - (0x10 if data[44] & 0x10 else -0x10)) & 0xFF
    (place / "odd.fd").write_bytes(data)
    told = efirt("image", "info", "odd.fd")
    assert "problems          1, of which efirt image check odd.fd tells\n" in told.out
    assert efirt("image", "info", "a.fd", "--json").json["problems"] == 0
    found = efirt("image", "check", "odd.fd")
    assert found.status == 1
    assert "the volume's attributes are not 0x4feff" in found.out
    assert "QEMU's -bios" in found.out


@pytest.mark.skipif(not hasattr(fcntl, "F_OFD_SETLK"), reason="this system has no locks of open files")
def test_info_and_check_say_that_a_running_machine_uses_it(efirt: Cli, place: Path) -> None:
    assert "in use" not in efirt("image", "check", "a.fd").err
    with (place / "a.fd").open("rb") as machine:
        fcntl.fcntl(machine, fcntl.F_OFD_SETLK, pack("hhqqi0q", fcntl.F_RDLCK, 0, 101, 1, 0))
        for verb in ("info", "check"):
            found = efirt("image", verb, "a.fd")
            assert (found.status, found.err.count("\n")) == (0, 1)
            assert "a.fd is in use: the running machine may change it" in found.err


def test_map_covers_every_byte_and_draws(efirt: Cli, place: Path) -> None:
    told = efirt("image", "map", "a.fd", "--svg", "a.svg", "--json").json
    assert sum(span["size"] for span in told["spans"]) == (place / "a.fd").stat().st_size
    ends = [span["offset"] + span["size"] for span in told["spans"]]
    assert [span["offset"] for span in told["spans"]] == [0, *ends[:-1]]
    assert told["bytes"]["spare"] == 0x42000
    assert (place / "a.svg").read_text(encoding="utf-8").startswith("<svg ")
    lines = efirt("image", "map", "a.fd").out.splitlines()
    assert lines[0].startswith("|#...")
    assert any(line.startswith("s spare") for line in lines)


def test_space_tells_who_uses_it_and_what_would_fit(efirt: Cli, place: Path) -> None:
    (place / "dead.fd").write_bytes(image([record("A", b"x" * 240000, 0x3D), record("A", b"y")]))
    told = efirt("image", "space", "dead.fd", "--would-fit", "30000", "--json").json
    assert (told["fits"], told["needed"]) == ("compacted", 30060)
    assert told["reclaimable"] > 100000
    assert sum(one["size"] for one in told["by_vendor"]) + told["reclaimable"] == told["used"]
    assert efirt("image", "space", "dead.fd", "--would-fit", "100").status == 0
    assert efirt("image", "space", "dead.fd", "--would-fit", "300000").status == 1
    assert efirt("image", "space", "dead.fd", "--would-fit", "many").status == 2


@pytest.mark.parametrize(("layout", "most", "reserve"), [("4m", 33792 - 60, 5120), ("2m", 8192 - 60, 5120)])
def test_space_knows_what_firmware_takes_at_most_and_what_linux_keeps_free(
    efirt: Cli, place: Path, layout: str, most: int, reserve: int
) -> None:
    assert efirt("image", "create", "new.fd", "--layout", layout).status == 0
    assert efirt("image", "space", "new.fd", "--would-fit", str(most)).status == 0
    refused = efirt("image", "space", "new.fd", "--would-fit", str(most + 1))
    assert (refused.status, "firmware takes" in refused.out) == (1, True)
    room = efirt("image", "space", "new.fd", "--json").json["room"]
    raws = [record(str(number), bytes(8000)) for number in range((room - 6000) // 8064)]
    left = room - sum(map(len, raws)) - 64
    (place / "full.fd").write_bytes(image(raws, OVMF_2M if layout == "2m" else OVMF_4M))
    assert "Linux" in efirt("image", "space", "full.fd", "--would-fit", str(left - reserve + 8)).out
    assert "Linux" not in efirt("image", "space", "full.fd", "--would-fit", str(left - reserve - 8)).out


def broken(place: Path) -> bytes:
    flash = bytearray((place / "a.fd").read_bytes())
    flash[FIRST] ^= 1
    (place / "broken.fd").write_bytes(flash)
    return bytes(flash)


@pytest.mark.parametrize("driver", ["image:broken.fd", "image:broken.fd?in-place=yes", "simulated:broken.fd"])
def test_nothing_is_set_where_that_erases_whole_records_unless_forced(efirt: Cli, place: Path, driver: str) -> None:
    before = broken(place)
    words = "set", f"C-{OURS}", "--text", "x"
    refused = efirt("--driver", driver, *words)
    assert (refused.status, "2 variables are not found" in refused.err, "repair" in refused.err) == (1, True, True)
    assert (place / "broken.fd").read_bytes() == before
    forced = f"{driver}{'&' if '?' in driver else '?'}force=yes"
    assert efirt("--driver", forced, *words).status == 0
    assert (place / "broken.fd").read_bytes() != before


def test_whole_records_behind_a_broken_one_are_told_by_every_verb_and_brought_back(efirt: Cli, place: Path) -> None:
    broken(place)
    listed = efirt("--driver", "image:broken.fd", "list")
    assert ("0 variables" in listed.out, "2 variables are not found, since a record is broken: A, B" in listed.err) == (True, True)
    assert "note" not in efirt("--driver", "image:a.fd", "list").err
    assert "2 variables are not found" in efirt("--driver", "image:broken.fd", "--read-only", "list").err
    assert "2 variables are not found" in efirt("image", "info", "broken.fd").out
    assert "2 variables are not found" in efirt("image", "check", "broken.fd").out
    refused = efirt("image", "convert", "broken.fd", "new.json")
    assert (refused.status, "2 variables that would be left out" in refused.err, "repair" in refused.err) == (1, True, True)
    assert len(efirt("image", "convert", "broken.fd", "new.json", "--lossy", "--json").json["lost"]) == 2
    repaired = efirt("image", "repair", "broken.fd", "new.fd")
    assert (repaired.status, repaired.out.count("brought back")) == (0, 2)
    assert efirt("image", "diff", "a.fd", "new.fd").status == 0


@pytest.mark.parametrize("offset", [0x12, 0x29, 0x30, 0x22])
def test_a_header_that_was_hit_is_made_anew(efirt: Cli, place: Path, offset: int) -> None:
    flash = bytearray((place / "a.fd").read_bytes())
    flash[offset] ^= 1
    (place / "hit.fd").write_bytes(flash)
    assert "efirt image repair hit.fd" in efirt("--driver", "image:hit.fd", "list").err
    assert efirt("image", "check", "hit.fd").status == 1
    assert efirt("image", "repair", "hit.fd", "new.fd").status == 0
    assert (place / "new.fd").read_bytes() == (place / "a.fd").read_bytes()


def test_what_was_cut_away_behind_the_variables_is_made_anew(efirt: Cli, place: Path) -> None:
    whole = (place / "a.fd").read_bytes()
    (place / "cut.fd").write_bytes(whole[:0x40000])
    assert "efirt image repair cut.fd" in efirt("--driver", "image:cut.fd", "list").err
    repaired = efirt("image", "repair", "cut.fd", "new.fd")
    assert (repaired.status, (place / "new.fd").read_bytes()) == (0, whole)
    for size in (71, 80):
        (place / "short.fd").write_bytes(whole[:size])
        assert "restore the file from a backup" in efirt("--driver", "image:short.fd", "list").err
        assert "restore the file from a backup" in efirt("image", "repair", "short.fd", "other.fd").err


def test_repair_ends_with_1_where_what_is_harmful_stays(efirt: Cli, place: Path) -> None:
    (place / "plain.fd").write_bytes(created(LAYOUTS["ovmf-4m"], [Record(A, Attributes(7), b"one")], authenticated=False))
    repaired = efirt("image", "repair", "plain.fd", "new.fd")
    assert repaired.status == 1
    assert repaired.out.splitlines()[-1] == "wrote new.fd: 1 variable of plain.fd, 0 problems solved, 1 left"


def test_a_record_that_reaches_too_far_is_something_to_repair(efirt: Cli, place: Path) -> None:
    flash = bytearray((place / "a.fd").read_bytes())
    flash[FIRST + 43] ^= 0x80
    (place / "far.fd").write_bytes(flash)
    refused = efirt("--driver", "image:far.fd", "list")
    assert ("efirt image repair far.fd" in refused.err, "strict" in refused.err) == (True, False)


def test_diff_with_an_image_as_a_machine_compares_what_both_show(efirt: Cli, place: Path) -> None:
    assert (efirt("image", "diff", "a.fd", "driver:image:a.fd").out, efirt("image", "diff", "a.fd", "driver:image:a.fd").status) == ("", 0)
    assert efirt("image", "diff", "a.fd", "driver:image:a.fd?phase=runtime").status == 0
    (place / "b.fd").write_bytes(created(LAYOUTS["ovmf-4m"], [Record(A, Attributes(7), b"one"), Record(B, Attributes(3), b"other")]))
    assert efirt("image", "diff", "a.fd", "driver:image:b.fd").out == f"! B-{OURS}: data of 3 bytes, now 5\n"


def test_diff_of_two_formats_compares_who_may_write_wherever_that_is_kept(efirt: Cli, place: Path) -> None:
    private = Record(A, Attributes(0x27), b"one", digest=b"d" * 32)
    (place / "private.fd").write_bytes(created(LAYOUTS["ovmf-4m"], gathered([private]).records))
    assert efirt("image", "convert", "private.fd", "private.json").status == 0
    for pair in (("private.fd", "private.json"), ("private.json", "private.fd"), ("private.json", "driver:image:private.fd")):
        assert (efirt("image", "diff", *pair).out, efirt("image", "diff", *pair).status) == ("", 0)
    other = gathered([private._replace(digest=b"e" * 32)]).records
    (place / "other.fd").write_bytes(created(LAYOUTS["ovmf-4m"], other))
    assert efirt("image", "diff", "private.json", "other.fd").out == f"! A-{OURS}: digest of 32 bytes, now 32\n"
    assert "certdb" in efirt("image", "diff", "private.fd", "other.fd").out


def test_convert_is_told_which_variable_a_file_of_lists_holds(efirt: Cli, place: Path) -> None:
    (place / "db.esl").write_bytes(LISTED)
    refused = efirt("image", "convert", "db.esl", "new.fd", "--lossy")
    assert (refused.status, "--as db" in refused.err, (place / "new.fd").exists()) == (2, True, False)
    assert efirt("image", "convert", "db.esl", "new.fd", "--as", "db").status == 0
    assert "d719b2cb" in efirt("--driver", "image:new.fd", "list").out
    assert efirt("image", "convert", "a.fd", "other.json", "--as", "db").status == 2
    assert "efirt set NAME --file db.esl" in efirt("--driver", "image:db.esl", "list").err


def test_a_variable_without_a_name_hides_no_other_and_is_not_dropped_in_silence(efirt: Cli, place: Path) -> None:
    entries = [{"guid": str(GUID), "name": name, "attr": 7, "data": "00"} for name in ("", "B", "B")]
    for number, kept in enumerate(([0, 1], [1, 2])):
        (place / "odd.json").write_text(json.dumps({"version": 2, "variables": [entries[one] for one in kept]}))
        checked = efirt("image", "check", "odd.json")
        assert (checked.status, ("a variable's name is empty" in checked.out) == (number == 0)) == (1, True)
        listed = efirt("--driver", "image:odd.json", "list", "--json")
        assert ([row["name"] for row in listed.json], listed.err) == (["B"], "")
        assert efirt("image", "convert", "odd.json", "new.fd").status == 1
        assert efirt("--driver", "image:odd.json", "set", f"C-{OURS}", "--text", "x").status == 1
        assert efirt("--driver", "image:odd.json?force=yes", "set", f"C-{OURS}", "--text", "x").status == 0
        assert efirt("image", "check", "odd.json").status == 0


def test_a_number_with_very_many_digits_is_refused_in_our_words(efirt: Cli, place: Path) -> None:
    (place / "big.json").write_text('{"version": 2, "variables": [{"guid": "", "name": "A", "attr": ' + "9" * 5000 + ', "data": ""}]}')
    refused = efirt("image", "check", "big.json")
    assert ("a number of 5000 digits" in refused.err, "sys." in refused.err) == (True, False)


def test_a_path_with_a_question_mark_is_written_with_an_escape(efirt: Cli, place: Path) -> None:
    (place / "a?%b.fd").write_bytes((place / "a.fd").read_bytes())
    assert "%3F" in efirt("--driver", "image:a?%b.fd", "list").err
    assert "2 variables" in efirt("--driver", "image:a%3F%25b.fd", "list").out
    assert "2 variables" in efirt("--driver", "image:a%3F%b.fd?phase=boot", "list").out


def bad(place: Path) -> list[str]:
    (place / "empty").touch()
    (place / "four").write_bytes(b"abcd")
    (place / "random").write_bytes(bytes(number * 7919 % 251 for number in range(70000)))
    with (place / "sparse").open("wb") as file:
        file.truncate(1 << 30)
    os.mkfifo(place / "pipe")
    return ["empty", "four", "random", "sparse", "missing", "pipe"]


def test_bad_input_is_one_line_and_ends_with_1_or_2(efirt: Cli, place: Path) -> None:
    for name in bad(place):
        commands: list[tuple[str, ...]] = [("image", verb, name) for verb in ("info", "check", "map", "space")]
        commands += [("image", "diff", "a.fd", name), ("image", "convert", name, "x.fd"), ("image", "repair", name, "x.fd")]
        commands += [("--driver", f"image:{name}", *rest) for rest in (["list"], ["get", "A"], ["set", "A", "--text", "x"])]
        commands += [("--driver", f"image:{name}?in-place=yes", "delete", "A", "--force")]
        for words in commands:
            found = efirt(*words)
            assert (found.status, found.out, found.err.count("\n")) == (1, "", 1), words
            assert "efirt: " in found.err
            assert "defect" not in found.err, words


def test_every_verb_says_no_to_a_verb_it_does_not_know_and_has_help(efirt: Cli) -> None:
    assert efirt("image").status == 2
    assert efirt("image", "nonsense").status == 2
    assert "convert" in efirt("image", "--help").out
    assert "--would-fit" in efirt("image", "space", "--help").out


def test_a_listing_of_an_image_loads_nothing_slow(place: Path) -> None:
    code = "import sys; from efirt.cli.main import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    words = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}", "--driver", "image:a.fd", "list"]
    run = subprocess.run(words, capture_output=True, text=True, check=True)
    heavy = {"typing", "re", "argparse", "json", "pathlib", "datetime", "fcntl", "mmap", "efirt.firmware.model", "efirt.images.detect"}
    assert "2 variables" in run.stdout
    assert {*run.stderr.split()} & heavy == set()


@pytest.mark.parametrize("suite", PACKAGES)
def test_each_stock_image_is_set_in_and_read_back(efirt: Cli, tmp_path: Path, suite: str) -> None:
    for number, source in enumerate(stock(suite)):
        path = tmp_path / f"{number}.fd"
        path.write_bytes(source.read_bytes())
        path.chmod(stat.S_IRUSR | stat.S_IWUSR)
        before = {one.key: one for one in Edk2Image.decode(source.read_bytes()).variables}
        assert efirt("--driver", f"image:{path}", "set", f"A-{OURS}", "--text", "x").status == 0, source
        after = {one.key: one for one in Edk2Image.decode(path.read_bytes()).variables}
        assert after.pop(A).data == b"x"
        assert after == before
        assert path.stat().st_size == source.stat().st_size
        path.unlink()
