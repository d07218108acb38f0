"""How the suite runs cases: alone, cleaned up after, written down first, and never called passed when they are not."""

from pathlib import Path

import pytest

from efirt import Key
from efirt.errors import DriverError
from efirt.firmware.calendar import seconds_of
from efirt.ops import GetNextVariableName, GetTime, GetVariable, GetWakeupTime, Op, Reply, SetTime, SetVariable
from efirt.runtime.registry import open_driver
from efirt.testing.conformance import CASES, LiveMachine, Run, SimulatedMachine
from efirt.testing.conformance.bench import Bench
from efirt.testing.conformance.case import Case, Step
from efirt.testing.conformance.log import Log
from efirt.testing.conformance.payloads import Nobody, Payloads
from efirt.testing.conformance.steps import answers, get, have, reading, writing
from efirt.testing.conformance.words import NOT_FOUND, OK, STORED, TEN, THEIRS, T
from efirt.values.efi_time import EfiTime
from efirt.values.guid_names import GLOBAL
from tests.testing.conformance_fakes import Watched, case, keys

TIMEOUT = Key("Timeout", GLOBAL)
MOVES_ON = {"MTC", "RTC", "RTCALARM", "certdb"}


def own(*steps: Step) -> Case:
    return Case("OWN-001", "MUST", "runtime", "-", "asked", "expected", "source", steps)


def machine(driver: Watched, *, write: bool = True, destructive: bool = True) -> LiveMachine:
    return LiveMachine(driver, "ovmf-2022.11", write=write, destructive=destructive)


def names(driver: Watched) -> list[Key]:
    return Bench(machine(driver), Payloads(Nobody("no keys"))).names()


def left_behind(driver: Watched) -> list[Key]:
    return [key for key in names(driver) if key.guid in THEIRS]


# Reading only.


def test_a_run_that_may_only_read_writes_nothing_and_still_passes_some() -> None:
    driver = Watched()
    found = list(Run(machine(driver, write=False, destructive=False), write=False, destructive=False).outcomes(CASES))
    assert driver.writes == []
    assert sum(outcome.outcome == "passed" for outcome in found) > 25
    assert [outcome.case.id for outcome in found if outcome.outcome == "failed"] == []


def test_a_step_that_says_it_reads_and_writes_is_stopped() -> None:
    def lie(bench: Bench) -> None:
        bench.ask(SetVariable(T, STORED, TEN))

    driver = Watched()
    outcome = Run(machine(driver, write=False, destructive=False), write=False, destructive=False).outcome(own(reading(lie)))
    assert outcome.outcome == "failed"
    assert "may not change" in outcome.reason
    assert driver.writes == []


def test_writing_without_destruction_touches_nothing_but_the_suite_s_own() -> None:
    driver = Watched()
    found = list(Run(machine(driver, destructive=False), keys(), destructive=False).outcomes(CASES))
    assert [outcome.reason for outcome in found if outcome.outcome == "failed"] == []
    assert {op.key.guid for op in driver.writes if isinstance(op, SetVariable) and op.key.name} <= THEIRS
    assert left_behind(driver) == []


# Cleaning up.


def test_everything_is_put_back_after_a_destructive_run() -> None:
    driver = Watched()
    before = {key: driver.driver.call(GetVariable(key, 1 << 16)) for key in names(driver)}
    alarm = driver.driver.call(GetWakeupTime())
    found = list(Run(machine(driver), keys()).outcomes(one for one in CASES if not one.fills))
    assert [outcome.reason for outcome in found if outcome.outcome == "failed"] == []
    changed = {key.name for key, reply in before.items() if driver.driver.call(GetVariable(key, 1 << 16)) != reply}
    assert changed <= MOVES_ON
    assert {key.name for key in names(driver)} - {key.name for key in before} <= MOVES_ON
    assert driver.driver.call(GetWakeupTime()).enabled == alarm.enabled


@pytest.mark.parametrize(("quirk", "zone"), [("junk-zones", 0x7F00), ("zero-zones", 0)])
def test_a_clock_is_set_back_whatever_zone_it_tells(quirk: str, zone: int) -> None:
    driver = Watched(driver=open_driver(f"simulated?quirk={quirk}"))
    before = driver.driver.call(GetTime()).time
    assert before is not None
    assert before.time_zone == zone
    outcome = Run(machine(driver)).outcome(own(answers(SetTime(EfiTime(2050, 6, 15)), OK, writes=True)))
    after = driver.driver.call(GetTime()).time
    assert outcome.outcome == "passed"
    assert after is not None
    assert abs(seconds_of(after) - seconds_of(before)) < 60


def test_a_case_that_fails_is_cleaned_up_after() -> None:
    driver = Watched()
    outcome = Run(machine(driver)).outcome(own(have(), have(TIMEOUT, b"\x09\0"), get(T, NOT_FOUND)))
    assert outcome.outcome == "failed"
    assert left_behind(driver) == []
    assert driver.driver.call(GetVariable(TIMEOUT)).data == b"\x03\0"


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_a_case_that_is_interrupted_is_cleaned_up_after(stop: type[BaseException]) -> None:
    driver, told = Watched(), list[str]()

    def interrupt(_bench: Bench) -> None:
        raise stop

    with pytest.raises(stop):
        Run(machine(driver), tell=told.append).outcome(own(have(), writing(interrupt)))
    assert left_behind(driver) == []
    assert told[-2:] == ["OWN-001 was interrupted", "OWN-001 cleans up"]


def test_what_cannot_be_removed_is_named() -> None:
    class Stuck(Watched):
        """Deletes nothing, and says it did."""

        def call(self, op: Op) -> Reply:
            return Reply(OK) if isinstance(op, SetVariable) and not op.data else super().call(op)

    outcome = Run(machine(Stuck())).outcome(own(have()))
    assert outcome.outcome == "passed"
    assert outcome.reason.endswith("is left behind")


def test_what_cannot_be_looked_at_when_it_is_put_back_is_named_with_the_reason() -> None:
    class Cut(Watched):
        """Answers nothing more once something is written."""

        def call(self, op: Op) -> Reply:
            if self.writes:
                raise DriverError("the power went")
            return super().call(op)

    outcome = Run(machine(Cut())).outcome(own(have()))
    assert outcome.outcome == "passed"
    assert outcome.reason == f"{T} could not be put back: the power went"


def test_what_was_left_is_in_the_log_also_where_somebody_interrupted() -> None:
    def interrupt(_bench: Bench) -> None:
        raise KeyboardInterrupt

    class Stuck(Watched):
        """Deletes nothing, and says it did."""

        def call(self, op: Op) -> Reply:
            return Reply(OK) if isinstance(op, SetVariable) and not op.data else super().call(op)

    told = list[str]()
    with pytest.raises(KeyboardInterrupt):
        Run(machine(Stuck()), tell=told.append).outcome(own(have(), writing(interrupt)))
    assert told[-1] == f"OWN-001 leaves: {T} is left behind"


def test_a_clock_without_a_time_prepares_no_case_about_what_comes_later() -> None:
    junk = SimulatedMachine(quirks="junk-zones")
    for name in ("TIME-WAK-014", "TIME-GET-005"):
        found = Run(junk).outcome(case(name))
        assert (found.outcome, found.reason[:38]) == ("skipped", "the clock shows what is no time: time ")
    assert Run(junk).outcome(case("TIME-GET-006")).reason.startswith("junk-zones: ")


# The log.


def test_a_crash_leaves_a_log_whose_last_question_is_its_cause(tmp_path: Path) -> None:
    class Crash(BaseException):
        pass

    def crash(op: Op) -> None:
        if isinstance(op, GetNextVariableName):
            raise Crash

    path = tmp_path / "check.log"
    log = Log(str(path))
    with pytest.raises(Crash):
        list(Run(machine(Watched(crash)), tell=log.tell).outcomes([case("VAR-GET-006"), case("VAR-NEXT-012")]))
    lines = path.read_text(encoding="ascii").splitlines()  # as the disk has it: the log was not closed
    assert [line for line in lines if " begins " in line] == ["VAR-GET-006 begins (runtime)", "VAR-NEXT-012 begins (runtime)"]
    assert next(line for line in reversed(lines) if "asks" in line).startswith("  VAR-NEXT-012 asks GetNextVariableName(")
    log.close()


def test_a_line_of_the_log_is_ascii_and_one_line(tmp_path: Path) -> None:
    path = tmp_path / "check.log"
    with Log(str(path)) as log:
        log.tell("one\ntwo \x1b[31m \ud800 ü")
    assert path.read_bytes() == b"one\\ntwo \\x1b[31m \\ud800 \\xfc\n"


# A driver that breaks.


def test_a_driver_that_breaks_fails_the_case_and_the_next_one_is_asked() -> None:
    def breaks(op: Op) -> None:
        if isinstance(op, GetNextVariableName):
            raise RuntimeError("broken")  # noqa: TRY004 - what a driver should never raise

    found = list(Run(machine(Watched(breaks))).outcomes([case("VAR-NEXT-012"), case("VAR-GET-006")]))
    assert [outcome.outcome for outcome in found] == ["failed", "passed"]
    assert "RuntimeError: broken" in found[0].reason


def test_without_keys_signed_cases_are_skipped_and_say_what_to_install() -> None:
    outcome = Run(SimulatedMachine()).outcome(case("AUTH-PRV-001"))
    assert outcome.outcome == "skipped"
    assert "efirt[secureboot]" in outcome.reason
