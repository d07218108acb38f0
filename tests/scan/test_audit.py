"""An audit from its names to its rows."""

from pathlib import Path

import pytest

from efirt.scan.audit import Options, Tally, audited, cores
from efirt.scan.look import Manner
from efirt.scan.state import State
from tests.scan.conftest import IMAGE

MANNER = Manner("2026-11-23T00:00:00Z")


def rows(*paths: Path | str, state: Path | None = None, tally: Tally | None = None) -> list[str]:
    opened = None if state is None else State.open(str(state))
    options = Options(MANNER, "text", jobs=2, state=opened)
    try:
        return sorted(line for lines in audited([str(path) for path in paths], options, tally or Tally(), lambda: False) for line in lines)
    finally:
        if opened is not None:
            opened.close()


def test_there_is_a_row_for_each_image_and_for_each_name_that_is_none(place: Path) -> None:
    tally = Tally()
    found = rows(place, place / "missing", place / "notes.txt", tally=tally)
    assert [line.split(":")[0].split() for line in found] == [
        ["blocked", f"{place}/missing"],
        ["damaged", f"{place}/notes.txt"],
        ["ok", f"{place}/a.fd"],
        ["ok", f"{place}/deeper/b.fd"],
    ]
    assert (tally.verdicts, tally.skipped) == ({"ok": 2, "blocked": 1, "damaged": 1}, {"of other kinds": 1})
    assert (tally.images, tally.files, tally.is_ok, tally.before) == (4, 5, False, 0)


def test_names_alone_are_rows_too(tmp_path: Path) -> None:
    assert len(rows(*(tmp_path / str(number) for number in range(600)))) == 600


def test_nothing_at_all_is_well() -> None:
    assert Tally().is_ok
    assert rows() == []


def test_what_was_looked_at_is_left_out_and_counted(place: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert len(rows(place, state=state)) == 2
    tally = Tally()
    assert rows(place, state=state, tally=tally) == []
    assert (tally.verdicts, tally.skipped, tally.before) == ({"ok": 2}, {"of other kinds": 1}, 3)


def test_what_changed_and_what_is_new_is_looked_at(place: Path, tmp_path: Path) -> None:
    rows(place, state=tmp_path / "state")
    (place / "a.fd").write_bytes(IMAGE[:-1])
    (place / "c.fd").write_bytes(IMAGE)
    assert [line.split()[1] for line in rows(place, state=tmp_path / "state")] == [f"{place}/a.fd:", f"{place}/c.fd:"]


def test_what_could_not_be_read_is_looked_at_again(place: Path, tmp_path: Path) -> None:
    assert len(rows(place / "later.fd", state=tmp_path / "state")) == 1
    (place / "later.fd").write_bytes(IMAGE)
    assert rows(place / "later.fd", state=tmp_path / "state")[0].startswith("ok")
    (place / "over.qcow2").write_bytes(b"QFI\xfb\0\0\0\2" + bytes(7) + b"\x99" + bytes(90))
    for _ in range(2):
        assert "takes its contents from another file" in rows(place / "over.qcow2", state=tmp_path / "state")[0]


def test_a_directory_of_variables_is_looked_at_each_time(place: Path, tmp_path: Path) -> None:
    (place / "vars").mkdir()
    (place / "vars" / "BootOrder-8be4df61-93ca-11d2-aa0d-00e098032b8c").write_bytes(b"\7\0\0\0\0\0")
    for _ in range(2):
        assert len(rows(place / "vars", state=tmp_path / "state")) == 1


def test_rows_that_nobody_took_are_not_written_down(place: Path, tmp_path: Path) -> None:
    state = State.open(str(tmp_path / "state"))
    for lines in audited([str(place)], Options(MANNER, "text", state=state), Tally(), lambda: False):
        if lines:
            break
    state.close()
    assert len(rows(place, state=tmp_path / "state")) == 2


def test_it_stops_when_it_is_told_to(place: Path) -> None:
    tally = Tally()
    assert [lines for lines in audited([str(place)], Options(MANNER, "text"), tally, lambda: True) if lines] == []
    assert tally.files == 0


def test_there_is_at_least_one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    assert cores() >= 1
    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    assert cores() >= 1
