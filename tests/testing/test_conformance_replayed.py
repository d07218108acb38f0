"""A recorded run of the suite is a machine: each case is asked again of its answers, and what differs is told with its place."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from efirt.drivers.record import Record
from efirt.drivers.replay import open_driver as open_replay
from efirt.errors import DecodeError, ReplayMismatch
from efirt.firmware import PROFILES
from efirt.ops import Driver, GetVariable, Op, Reply, SetVariable
from efirt.runtime.registry import open_driver
from efirt.testing.conformance import CASES, Case, LiveMachine, Outcome, Run, SimulatedMachine
from efirt.testing.conformance.book import Author
from efirt.testing.conformance.case import Unprepared
from efirt.testing.conformance.held import HeldMachine, RecordedMachine
from efirt.testing.conformance.payloads import Signer
from efirt.testing.conformance.replayed import ReplayedMachine
from efirt.testing.conformance.words import OURS
from tests.testing.conformance_fakes import Watched, case, keys

GROUPS = {"VAR-GET", "VAR-RT", "VAR-QRY", "AUTH-PRV", "SB", "TIME-SET", "TIME-WAK", "MISC", "STORE"}
SOME = [one for one in CASES if one.group in GROUPS]
FEW = [case(name) for name in ("VAR-GET-001", "VAR-GET-012", "VAR-GLB-005", "TIME-SET-025", "SB-057", "MISC-024")]


def told(outcomes: Iterable[Outcome]) -> list[tuple[str, str, str]]:
    return [(one.case.id, one.outcome, one.reason) for one in outcomes]


def record(machine: Any, record: Record, cases: list[Case], *, write: bool = True, ends: bool = True) -> list[Outcome]:
    """Run and record the cases."""
    pytest.importorskip("cryptography", reason="some of these cases are signed, by efirt[secureboot]")
    recorded = RecordedMachine(machine, record)
    recorded.begin(cases, write=write, destructive=write)
    author = Author(keys())
    author.note = recorded.note
    found = list(Run(recorded, author, write=write, destructive=write).outcomes(cases))
    if ends:
        recorded.end()
    record.close()
    return found


def recorded(path: Path, simulated: SimulatedMachine, cases: list[Case], *, ends: bool = True) -> list[Outcome]:
    """Run the cases on a simulated machine that is held by a recording."""
    kept: list[Record] = []

    def hold(driver: Driver) -> Driver:
        kept.append(Record.open(driver, str(path)))
        return kept[0]

    machine = HeldMachine(simulated, hold, "simulated")
    return record(machine, kept[0], cases, ends=ends)


def replayed(path: Path, profile: str = "") -> ReplayedMachine:
    replay = open_replay(str(path))
    return ReplayedMachine(replay.recording, replay.where, profile)


def again(path: Path, cases: list[Case], signer: Signer | None = None) -> list[Outcome]:
    machine = replayed(path)
    return list(Run(machine, signer or machine.signer, write=machine.write, destructive=machine.destructive).outcomes(cases))


def changed(path: Path, change: Callable[[list[Any]], None]) -> None:
    """Change a recording's lines."""
    lines = [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]
    change(lines)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="ascii")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.jsonl"


@pytest.mark.parametrize(
    ("profile", "quirks", "xen"), [("ovmf-2022.11", "", False), ("edk2", "", True), ("edk2", "duplicate-names,no-counter", False)]
)
def test_a_run_is_played_back_with_all_its_outcomes(path: Path, profile: str, quirks: str, xen: bool) -> None:
    found = recorded(path, SimulatedMachine(PROFILES[profile], xen=xen, quirks=quirks), SOME)
    assert told(again(path, SOME)) == told(found)
    machine = replayed(path)
    assert (machine.profile, machine.live) == ("+".join([profile, *filter(None, quirks.split(","))]), False)
    assert machine.cases == tuple(one.id for one in SOME)


class Slow(LiveMachine):
    """A machine on which everything takes five seconds."""

    seconds = 0.0

    def elapsed(self) -> float:
        self.seconds += 5
        return self.seconds


def test_so_is_one_of_a_machine_that_goes_on_and_the_clock_of_then_counts(path: Path) -> None:
    driver = Record.open(open_driver("simulated"), str(path))
    cases = [one for one in CASES if not one.fills and one.group in {"VAR-SET", "VAR-QRY", "TIME-GET", "TIME-SET", "SB", "AUTH-PRV"}]
    found = record(Slow(driver, "ovmf-2022.11", write=True, destructive=True), driver, cases)
    assert sum(one.outcome == "passed" for one in found) > 100
    assert told(again(path, cases)) == told(found)
    assert replayed(path).live
    assert every_question_is_asked_again(path, cases)


def every_question_is_asked_again(path: Path, cases: list[Case]) -> bool:
    """Whether the machine's last words are the recorded ones, the putting back included."""
    machine = replayed(path)
    run = Run(machine, machine.signer, write=machine.write, destructive=machine.destructive)
    return all(run.outcome(one).outcome and not machine.replay.parted and not machine.replay.left for one in cases)


def test_one_that_only_read_is_one_that_only_reads(path: Path) -> None:
    driver = Record.open(open_driver("simulated"), str(path))
    found = record(LiveMachine(driver, "ovmf-2022.11"), driver, SOME, write=False)
    assert {one.outcome for one in found} == {"passed", "skipped"}
    assert told(again(path, SOME)) == told(found)
    assert not replayed(path).write


def test_another_answer_than_the_firmware_s_fails_the_case_and_no_other(path: Path) -> None:
    def lie(lines: list[Any]) -> None:
        at = lines.index({"note": {"case": "VAR-GET-012", "phase": "runtime"}})
        place = next(place for place in range(at, len(lines)) if lines[place].get("op", {}).get("op") == "GetVariable")
        lines[place]["reply"]["data"] = "00"

    recorded(path, SimulatedMachine(), FEW)
    changed(path, lie)
    found = again(path, FEW)
    assert [one.case.id for one in found if one.outcome == "failed"] == ["VAR-GET-012"]


def test_another_question_says_in_which_case_and_where_and_the_next_case_goes_on(path: Path) -> None:
    def other(lines: list[Any]) -> None:
        at = lines.index({"note": {"case": "VAR-GET-012", "phase": "runtime"}})
        place = next(place for place in range(at, len(lines)) if "op" in lines[place])
        lines[place]["op"]["data"] = "ff" + lines[place]["op"]["data"][2:]

    recorded(path, SimulatedMachine(), FEW)
    changed(path, other)
    found = {one.case.id: one for one in again(path, FEW)}
    assert [name for name, one in found.items() if one.outcome == "failed"] == ["VAR-GET-012"]
    reason = found["VAR-GET-012"].reason
    assert f"{path}, VAR-GET-012 (runtime), line " in reason
    assert ", call 1: the recording has SetVariable T-" in reason
    assert "was asked (differs in data at byte 0)" in reason


def test_a_question_that_differs_is_not_a_quirk_s_doing(path: Path) -> None:
    def other(lines: list[Any]) -> None:
        place = next(place for place, line in enumerate(lines) if line.get("op", {}).get("op") == "GetNextVariableName")
        lines[place]["op"]["room"] += 2

    cases = [case("VAR-NEXT-012")]
    assert recorded(path, SimulatedMachine(quirks="duplicate-names"), cases)[0].outcome == "deviates"
    changed(path, other)
    found = again(path, cases)[0]
    assert (found.outcome, "differs in room" in found.reason) == ("failed", True)


def test_a_question_that_was_not_asked_then_is_told_too(path: Path) -> None:
    def shorten(lines: list[Any]) -> None:
        at = lines.index({"note": {"case": "VAR-GET-012", "phase": "boot"}})
        end = lines.index({"note": {"case": "VAR-GET-012", "phase": "runtime"}})
        first = next(place for place in range(at, end) if "op" in lines[place])
        del lines[first + 1 : end]

    recorded(path, SimulatedMachine(), FEW)
    changed(path, shorten)
    reason = next(one.reason for one in again(path, FEW) if one.outcome == "failed")
    assert f"{path}, VAR-GET-012 (boot) has no call 2, and GetVariable T-" in reason


def test_a_case_that_was_not_run_is_skipped_with_the_reason(path: Path) -> None:
    recorded(path, SimulatedMachine(), FEW)
    found = again(path, [case("VAR-DEL-001")])[0]
    assert (found.outcome, found.reason) == ("skipped", f"the recording {path} does not have this case in this phase")


def test_a_run_that_was_interrupted_is_played_back_up_to_there(path: Path) -> None:
    recorded(path, SimulatedMachine(), FEW, ends=False)
    found = again(path, FEW)
    assert [one.outcome for one in found] == ["passed"] * 5 + ["skipped"]
    assert found[-1].reason == f"the recording {path} ends in the middle of this case"


def test_a_recording_of_something_else_says_that_it_is_none(path: Path) -> None:
    driver = Record.open(open_driver("simulated"), str(path))
    driver.call(GetVariable(case_key()))
    driver.close()
    with pytest.raises(ReplayMismatch, match=r"is not one of a run of efirt check, .*; record one: efirt --record FILE check"):
        replayed(path)


def case_key() -> Any:
    from efirt import Key

    return Key("T", OURS)


NONSENSE: list[tuple[dict[str, Any], str]] = [
    ({"check": 5}, "does not say which cases"),
    ({"check": {"cases": []}}, "profile is not text"),
    ({"case": 1, "phase": "boot"}, "case is not text"),
    ({"need": "boot", "why": None, "calls": 0}, "why is not text"),
    ({"need": "boot", "why": "", "calls": 10**9}, "is not a number of calls"),
    ({"need": "boot", "why": "", "calls": -1}, "is not a number of calls"),
    ({"elapsed": "x"}, "is not a number of seconds"),
    ({"elapsed": 1e300}, "is not a number of seconds"),
    ({"signature": "x", "data": "zz"}, "non-hexadecimal"),
    ({"certificate": [], "data": ""}, "certificate is not text"),
    ({"cannot": {}}, "cannot is not text"),
    ({"quirk": 1}, "quirk is not text"),
]


@pytest.mark.parametrize(("note", "why"), NONSENSE, ids=[next(iter(note)) for note, _ in NONSENSE])
def test_notes_that_make_no_sense_are_one_error(path: Path, note: dict[str, Any], why: str) -> None:
    recorded(path, SimulatedMachine(), FEW[:1])

    def spoil(lines: list[Any]) -> None:
        if "check" in note:
            lines[1] = {"note": note}
        else:
            lines.insert(4, {"note": note})

    changed(path, spoil)
    with pytest.raises((DecodeError, ValueError), match=why):
        replayed(path)


def test_what_the_machine_could_not_do_then_it_cannot_do_now(path: Path) -> None:
    driver = Record.open(open_driver("simulated"), str(path))
    machine = RecordedMachine(LiveMachine(driver, write=True), driver)
    machine.begin(FEW[:1], write=True, destructive=False)
    machine.start("runtime", FEW[0])
    for step in (machine.reset, machine.exit_boot_services):
        with pytest.raises(Unprepared):
            step()
    machine.end()
    driver.close()
    again = replayed(path)
    again.start("runtime", FEW[0])
    for step in (again.reset, again.exit_boot_services):
        with pytest.raises(Unprepared):
            step()


def test_the_name_of_the_driver_that_was_recorded_decides_nothing(path: Path) -> None:
    driver = Record.open(Watched(name="xen"), str(path))
    record(LiveMachine(driver, "edk2", live=False, write=True, destructive=True), driver, FEW)
    assert replayed(path).driver.name == "xen"
    assert not replayed(path).live


def test_each_thing_is_signed_once_and_the_signature_is_in_the_recording(path: Path) -> None:
    class Counting:
        def __init__(self) -> None:
            self.signed: list[tuple[bytes, str, Any]] = []

        def certificate(self, who: str) -> bytes:
            return bytes(keys().certificate(who))

        def sign(self, content: bytes, who: str, form: Any) -> bytes:
            self.signed.append((content, who, form))
            return bytes(keys().sign(content, who, form))

    recorded(path, SimulatedMachine(), [case("AUTH-PRV-009")])
    counting = Counting()
    assert again(path, [case("AUTH-PRV-009")])[0].outcome == "passed"
    other = again(path, [case("AUTH-PRV-009")], Author(counting))[0]
    assert counting.signed
    assert other.outcome == "passed", "a signature by the same key is the same"
    author = Author(counting)
    counting.signed.clear()
    for _ in range(2):
        Run(SimulatedMachine(), author).outcome(case("AUTH-PRV-009"))
    assert len(counting.signed) == len(set(counting.signed))


def test_nothing_is_asked_of_the_machine_between_the_cases(path: Path) -> None:
    asked: list[Op] = []

    class Silent(Watched):
        def call(self, op: Op) -> Reply:
            asked.append(op)
            return super().call(op)

    driver = Record.open(Silent(), str(path))
    record(LiveMachine(driver, "ovmf-2022.11", write=True, destructive=True), driver, FEW)
    calls = len(open_replay(str(path)).recording.steps)
    assert calls == len(asked)
    assert sum(isinstance(op, SetVariable) for op in asked) > 0
