"""Running cases: each by itself, cleaned up after whatever happens, and written down before it begins."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from efirt.errors import NotCarried
from efirt.testing.conformance import roads
from efirt.testing.conformance.bench import Bench, Forbidden
from efirt.testing.conformance.case import Case, Mismatch, Outcome, Phase, Unprepared
from efirt.testing.conformance.machine import Machine
from efirt.testing.conformance.needs import NEEDS
from efirt.testing.conformance.payloads import Nobody, NotSigned, Payloads, Signer
from efirt.testing.conformance.variants import AT_RUNTIME, NATURAL

EDK2_NAMES: Final = ("edk2", "ovmf")
_NOT_EDK2: Final = "what edk2 does is not demanded of this firmware"
_NOT_LISTED: Final = "none of the behaviours that are known"
_RIGHT: Final = frozenset({"passed", "deviates"})
NO_SIGNER: Final = "nothing here can sign: install efirt[secureboot], or give a payload book"


def _unheard(_line: str) -> None:
    pass


def _wrong(asked: str, got: str) -> str:
    return f"{asked}: {got}"


class Run(NamedTuple):
    """How the suite is run.

    Attributes:
        machine: On what.
        signer: Who signs authenticated writes.
        tell: Takes each line of the log before what it says is done.
        write: Whether cases may write the suite's own variables.
        destructive: Whether they may touch more than that.
    """

    machine: Machine
    signer: Signer = Nobody(NO_SIGNER)
    tell: Callable[[str], None] = lambda _line: None
    write: bool = True
    destructive: bool = True

    def outcomes(self, cases: Iterable[Case]) -> Iterator[Outcome]:
        """Run them, those that leave the store full last."""
        for case in sorted(cases, key=lambda case: case.fills):
            yield self.outcome(case)

    def outcome(self, case: Case) -> Outcome:
        """Run one, in each phase it holds in."""
        began = time.monotonic()
        first, *others = self._phases(case)
        result = self.in_phase(case, first)
        for phase in others:
            if result.outcome == "passed":
                result = self.in_phase(case, phase)
        self.tell(f"{case.id} {result.outcome}{': ' if result.reason else ''}{result.reason}")
        return result._replace(seconds=time.monotonic() - began)

    def _phases(self, case: Case) -> tuple[Phase, ...]:
        if case.phase == "boot" or "boot" in case.needs:
            return ("boot",)
        if case.phase == "both" and case.variant not in AT_RUNTIME and not self.machine.lacks("boot"):
            return "boot", "runtime"
        return ("runtime",)

    def in_phase(self, case: Case, phase: Phase) -> Outcome:
        """Run one, in this phase."""
        if case.absent:
            return Outcome(case, "skipped", case.absent)
        try:
            self.machine.start(phase, case)
        except Unprepared as why:
            return Outcome(case, "skipped", str(why))
        missing = self._missing(case, phase)
        if missing:
            return Outcome(case, "skipped", missing)
        self.tell(f"{case.id} begins ({phase})")
        payloads = Payloads(self.signer)
        bench = Bench(self.machine, payloads, self._asking(case), may_write=self.write, may_destroy=self.destructive)
        left: list[str] = []
        try:
            result = self._judged(case, phase, bench)
        except BaseException:
            self.tell(f"{case.id} was interrupted")
            raise
        finally:
            self.tell(f"{case.id} cleans up")
            left = bench.clean()
            for one in left:
                self.tell(f"{case.id} leaves: {one}")
        if left and self.machine.live:
            result = result._replace(reason="; ".join([*([result.reason] if result.reason else []), *left]))
        return result

    def _asking(self, case: Case) -> Callable[[str], None]:
        """Writes down each question of a case before it is asked."""
        return lambda line: self.tell(f"  {case.id} asks {line}")

    def _missing(self, case: Case, phase: Phase) -> str:
        if case.variant and case.variant not in NATURAL and self.machine.lacks("variant"):
            return NEEDS["variant"]
        needs = list(case.needs)
        if case.phase == "offline":
            needs.append("offline")
        if phase == "boot":
            needs.insert(0, "boot")
        if case.writes and case.phase != "offline":
            needs.append("write")
        if case.is_destructive:
            needs.append("destructive")
        return next((why for need in needs if (why := self.machine.lacks(need))), "")

    def _judged(self, case: Case, phase: Phase, bench: Bench) -> Outcome:
        steps, why = case.on(self.machine.profile)
        try:
            for step in steps:
                step.run(bench)
        except Mismatch as mismatch:
            return self._mismatched(case, phase, mismatch)
        except (Unprepared, NotSigned) as refusal:
            return Outcome(case, "skipped", str(refusal))
        except NotCarried as refusal:
            return Outcome(case, "skipped", refusal.message)
        except Forbidden as refusal:
            return Outcome(case, "failed", str(refusal))
        except Exception as cause:  # noqa: BLE001 - a driver that breaks is a result, and the next case is still asked
            why = f"{bench.last}: {type(cause).__name__}: {cause}"
            quirk = self._quirk(case, phase, bench.last, repr(cause))
            told = (bench.last, "an answer", repr(cause))
            return Outcome(case, "deviates", f"{quirk} ({why})", *told) if quirk else Outcome(case, "failed", why, *told)
        return Outcome(case, "passed", "; ".join([*bench.notes, *filter(None, [why])]))

    def _mismatched(self, case: Case, phase: Phase, mismatch: Mismatch) -> Outcome:
        told = (mismatch.asked, mismatch.expected, mismatch.got)
        for deviation in case.deviations:
            if deviation.explains(self.machine.profile, mismatch.status):
                return Outcome(case, "deviates", f"{deviation.name} ({mismatch})", *told)
        quirk = roads.known(self.machine.driver, case, mismatch, self._asking(case)) or self._quirk(
            case, phase, mismatch.asked, mismatch.got
        )
        if quirk:
            return Outcome(case, "deviates", f"{quirk} ({mismatch})", *told)
        if case.level == "EDK2" and not self.machine.profile.startswith(EDK2_NAMES):
            return Outcome(case, "deviates", f"{_NOT_EDK2} ({mismatch})", *told)
        if case.level == "INFO":
            return Outcome(case, "deviates", f"{_NOT_LISTED} ({mismatch})", *told)
        return Outcome(case, "failed", str(mismatch), *told)

    def _quirk(self, case: Case, phase: Phase, asked: str, got: str) -> str:
        return self.machine.quirk_of(_wrong(asked, got), lambda other: self._wrong_on(other, case, phase))

    def _wrong_on(self, machine: Machine, case: Case, phase: Phase) -> str:
        """The wrong answer of another machine; empty where it is right."""
        outcome = self._replace(machine=machine, tell=_unheard).in_phase(case, phase)
        return "" if outcome.outcome in _RIGHT else _wrong(outcome.asked, outcome.got)
