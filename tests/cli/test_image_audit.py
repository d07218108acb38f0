"""``efirt image audit``, as a process: rows as they come, interrupted and continued, for people and for programs."""

import csv
import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from efirt.cli.screen import Screen
from efirt.scan.report import COLUMNS
from tests.cli.conftest import Cli
from tests.images.test_edk2_stock import stock
from tests.scan.conftest import IMAGE

SEVERAL = 300


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "vm").mkdir()
    for name in ("a.fd", "b.fd"):
        (tmp_path / "vm" / name).write_bytes(IMAGE)
    (tmp_path / "vm" / "notes.txt").write_text("none", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def process(*words: str, **given: Any) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "efirt", "image", "audit", *words]
    return subprocess.Popen(command, **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | given)


def paths(lines: str) -> Counter[str]:
    return Counter(json.loads(line)["path"] for line in lines.splitlines())


def test_rows_for_people_and_a_summary(efirt: Cli, place: Path) -> None:
    done = efirt("image", "audit", "vm", "missing")
    assert done.status == 1
    assert sorted(done.out.splitlines()) == [
        "blocked           missing: it cannot be read: No such file or directory",
        "ok                vm/a.fd: PK vendor, Secure Boot on",
        "ok                vm/b.fd: PK vendor, Secure Boot on",
    ]
    assert done.err == "3 images: 1 blocked, 2 ok; 1 not looked at as images: 1 of other kinds\n"


def test_the_status_is_0_where_nothing_is_to_be_done(efirt: Cli, place: Path) -> None:
    assert efirt("image", "audit", "vm").status == 0
    (place / "none").mkdir()
    nothing = efirt("image", "audit", "none")
    assert (nothing.status, nothing.out, nothing.err) == (0, "", "0 images\n")


def test_rows_for_programs_are_a_value_on_each_line(efirt: Cli, place: Path) -> None:
    done = efirt("image", "audit", "vm", "--json")
    assert paths(done.out) == {"vm/a.fd": 1, "vm/b.fd": 1}
    summary = json.loads(done.err)
    assert summary == {"summary": {"images": 2, "verdicts": {"ok": 2}, "skipped": {"of other kinds": 1}, "before": 0}}


def test_comma_separated_values_have_a_header(efirt: Cli, place: Path) -> None:
    found = list(csv.DictReader(io.StringIO(efirt("image", "audit", "vm", "--csv").out)))
    assert [*found[0]] == [*COLUMNS]
    assert {row["path"]: row["verdict"] for row in found} == {"vm/a.fd": "ok", "vm/b.fd": "ok"}
    (place / "none").mkdir()
    assert efirt("image", "audit", "none", "--csv").out == ",".join(COLUMNS) + "\n"


def test_a_pattern_in_quotes_is_expanded(efirt: Cli, place: Path) -> None:
    assert paths(efirt("image", "audit", "v*/**/[a]*.fd", "--json").out) == {"vm/a.fd": 1}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--json", "--csv"], "two ways to write the same"),
        (["--jobs", "0"], "--jobs '0' is no number of processes"),
        (["--jobs", "many"], "--jobs 'many' is no number of processes"),
        (["--limit=-1"], "--limit '-1' is no number of seconds"),
        (["--limit", "nan"], "--limit 'nan' is no number of seconds"),
        (["--resume", "vm/notes.txt"], "this is not what an audit wrote down of itself"),
    ],
)
def test_a_line_that_makes_no_sense_is_refused(efirt: Cli, place: Path, words: list[str], said: str) -> None:
    done = efirt("image", "audit", "vm", *words)
    assert done.status in {1, 2}
    assert said in done.err.replace('\\"', '"')
    assert done.out == ""


def test_without_a_path_it_is_refused(efirt: Cli) -> None:
    assert efirt("image", "audit").status == 2


def test_a_second_audit_looks_at_what_is_new_and_has_no_second_header(efirt: Cli, place: Path) -> None:
    first = efirt("image", "audit", "vm", "--csv", "--resume", "state")
    (place / "vm" / "c.fd").write_bytes(IMAGE)
    second = efirt("image", "audit", "vm", "--csv", "--resume", "state")
    assert len(first.out.splitlines()) == 3
    assert [line.split(",")[0] for line in second.out.splitlines()] == ["vm/c.fd"]
    assert "3 of these had been looked at before" in second.err


@pytest.fixture
def fleet(place: Path) -> Path:
    for number in range(SEVERAL):
        os.link(place / "vm" / "a.fd", place / "vm" / f"machine-{number}.fd")
    return place


def begun(out: Path, *words: str) -> "subprocess.Popen[str]":
    """An audit whose first rows are written."""
    with out.open("a", encoding="utf-8") as file:
        first = process(*words, stdout=file)
    while not out.stat().st_size and first.poll() is None:
        time.sleep(0.01)
    return first


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_it_says_how_to_go_on_and_then_all_is_there_once(fleet: Path, number: signal.Signals, status: int) -> None:
    words = ("vm", "--json", "--jobs", "1", "--resume", "the state")
    first = begun(fleet / "rows", *words)
    first.send_signal(number)
    _, error = first.communicate()
    assert first.returncode == status
    note = json.loads(error)["note"]["message"]
    assert note.endswith("; to go on: efirt image audit vm --resume 'the state' --json --jobs 1")
    assert re.match(r"interrupted after \d+ files", note)
    second = begun(fleet / "rows", *words)
    _, error = second.communicate()
    assert second.returncode == 0
    found = paths((fleet / "rows").read_text(encoding="utf-8"))
    assert set(found.values()) == {1}
    assert len(found) == SEVERAL + 2
    assert json.loads(error)["summary"]["before"] > 0


def test_interrupted_without_a_state_it_says_that_there_could_be_one(fleet: Path) -> None:
    first = begun(fleet / "rows", "vm", "--jobs", "1")
    first.send_signal(signal.SIGINT)
    _, error = first.communicate()
    assert first.returncode == 130
    assert "with --resume FILE, an audit can go on" in error


def test_killed_outright_nothing_is_lost_and_no_process_stays(fleet: Path) -> None:
    words = ("vm", "--json", "--jobs", "2", "--resume", "state")
    first = begun(fleet / "rows", *words)
    children = Path(f"/proc/{first.pid}/task/{first.pid}/children").read_text(encoding="ascii").split()
    first.kill()
    first.wait()  # and not for the end of its output, which a process that stays would hold open
    assert first.stderr is not None
    first.stderr.close()
    second = begun(fleet / "rows", *words)
    second.communicate()
    assert second.returncode == 0
    assert len(paths((fleet / "rows").read_text(encoding="utf-8"))) == SEVERAL + 2
    assert len(children) == 2
    end = time.monotonic() + 30
    while any(map(is_alive, children)) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(map(is_alive, children))


def is_alive(pid: str) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def test_who_reads_may_leave(fleet: Path) -> None:
    first = process("vm", "--json", "--jobs", "2")
    assert first.stdout is not None
    first.stdout.readline()
    first.stdout.close()
    assert first.stderr is not None
    with first.stderr:
        assert first.stderr.read() == ""
    assert first.wait() == 141


def test_on_a_terminal_there_is_a_bar_and_it_does_not_stay(fleet: Path) -> None:
    ours, theirs = pty.openpty()
    run = process("vm", "--jobs", "1", stderr=theirs, env={**os.environ, "TERM": "xterm", "COLUMNS": "100"})
    os.close(theirs)
    out, _ = run.communicate()
    shown = b""
    while True:
        try:
            shown += os.read(ours, 65536)
        except OSError:
            break
    os.close(ours)
    assert run.returncode == 0
    assert len(out.splitlines()) == SEVERAL + 2
    assert re.search(rb"\r\[#*\.*\] \d+ of 303 files, [\d,]+/s", shown)
    assert shown.rpartition(b"\r")[2].startswith(b"\x1b[K") or b"\r\x1b[K302 images" in shown
    assert b"302 images: 302 ok" in shown


def test_where_nobody_watches_there_is_no_bar(fleet: Path) -> None:
    run = process("vm")
    _, error = run.communicate()
    assert error == "302 images: 302 ok; 1 not looked at as images: 1 of other kinds\n"


def test_a_bar_is_for_who_watches_and_gives_way_to_a_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen(as_json=False)
    screen.progress("[##..]")
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("efirt.cli.screen.is_watched", lambda: True)
    screen.progress("[##..]")
    screen.tell("a line")
    screen.tell("another")
    assert capsys.readouterr().err == "\r[##..]\x1b[K\r\x1b[Ka line\nanother\n"


def test_nothing_is_written(efirt: Cli, place: Path) -> None:
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in (place / "vm").iterdir()}
    efirt("image", "audit", "vm")
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in (place / "vm").iterdir()} == before


def test_debian_s_images_lack_the_certificates_of_2023(efirt: Cli) -> None:
    found = [path for path in stock("bookworm") if "ms" in path.name or "snakeoil" in path.name]
    done = efirt("image", "audit", *map(str, found), "--json")
    for row in map(json.loads, done.out.splitlines()):
        kinds = {certificate["kind"] for one in ("pk", "kek", "db") for certificate in row[one]["certificates"]}
        assert row["verdict"] == "update_available"
        if "snakeoil" in row["path"]:
            assert (row["pk"]["kind"], kinds) == ("test", {"test"})
        else:
            assert (row["pk"]["kind"], kinds) == ("vendor", {"distribution", "microsoft-2011"})
            assert [update["variable"] for update in row["updates"]] == ["KEK", "db", "db", "db"]
            assert all(update["changes_pcr7"] for update in row["updates"])


def test_without_the_extra_packages_it_is_the_same(place: Path) -> None:
    code = "import sys; sys.path[:0] = sys.argv[1:2]; from efirt.cli.main import main; raise SystemExit(main(sys.argv[2:]))"
    source = Path(__file__).resolve().parent.parent.parent / "src"
    command = [sys.executable, "-I", "-S", "-c", code, str(source), "image", "audit", "vm", "--json"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert [json.loads(line)["pk"]["certificates"][0]["subject"] for line in run.stdout.splitlines()] == ["CN=vendor,O=efirt tests"] * 2
