"""What notices that a row is broken: the conformance cases on each firmware, the recorded answers of real firmware, and looks at quirks."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from efirt.firmware import DEFAULT, Firmware, Profile
from efirt.firmware.profiles import EDK2
from efirt.firmware.quirks import QUIRKS
from efirt.store import Record
from efirt.testing.conformance import CASES, Case, Run, SimulatedMachine
from efirt.testing.conformance.payloads import Form, Signer
from tests.firmware.quirk_looks import LOOKS
from tests.firmware.recorded import answers, expected, read, recorded
from tools.mutation.rows import Alter, Mutant, Row, firmwares
from tools.mutation.witness import UNSEEN, Witness, instead

RECORDED_ON: Final = DEFAULT.name
_BY_ID: Final = {case.id: case for case in CASES}
_SILENT: Final = "skipped"


class Known(NamedTuple):
    """What the cases say of a firmware whose rows are whole.

    Attributes:
        verdicts: The outcome of each case, by its id.
        rows: The rows that decided something in it.
        seconds: How long it took.
    """

    verdicts: dict[str, str]
    rows: dict[str, frozenset[Row]]
    seconds: dict[str, float]


class Altered(SimulatedMachine):
    """A simulated machine whose firmware is changed after it was built as a case needs it."""

    def __init__(self, profile: Profile, alter: Alter) -> None:
        self._alter = alter
        super().__init__(profile)

    def _built(self, profile: Profile, *, runtime: bool, stored: tuple[Record, ...] | None) -> Firmware:
        return super()._built(self._alter(profile), runtime=runtime, stored=stored)


class Remembering:
    """Signs each thing once."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self._signed: dict[tuple[bytes, str, Form], bytes] = {}

    def certificate(self, who: str) -> bytes:
        """Somebody's certificate."""
        return self._signer.certificate(who)

    def sign(self, content: bytes, who: str, form: Form) -> bytes:
        """A detached signature of somebody's."""
        asked = content, who, form
        if asked not in self._signed:
            self._signed[asked] = self._signer.sign(*asked)
        return self._signed[asked]


class Suite:
    """The cases and the recordings.

    Args:
        signer: Who signs.
        profiles: On which firmwares, by name; all of them where none is given.
    """

    def __init__(self, signer: Signer, profiles: Iterable[str] = ()) -> None:
        every = firmwares()
        self.profiles = {name: every[name] for name in profiles or every}
        self.signer = Remembering(signer)
        self.witness = Witness()
        self.known = {name: self._learned(profile) for name, profile in self.profiles.items()}
        self.traces = self._traces() if RECORDED_ON in self.profiles else {}

    def _learned(self, profile: Profile) -> Known:
        run = Run(Altered(profile, self.witness.watched), self.signer)
        known = Known({}, {}, {})
        with self.witness.in_modules():
            for outcome in run.outcomes(CASES):
                known.verdicts[outcome.case.id] = outcome.outcome
                known.rows[outcome.case.id] = frozenset(self.witness.rows)
                known.seconds[outcome.case.id] = outcome.seconds
                self.witness.begin()
        return known

    def _traces(self) -> dict[str, frozenset[Row]]:
        found = {}
        for name in recorded():
            if "answers" in read(name):
                self.witness.begin()
                with self.witness.in_modules():
                    answers(self.witness.watched(DEFAULT), name)
                found[name] = frozenset(self.witness.rows)
        return found

    def noticed_by(self, mutant: Mutant) -> str:
        """The first case or recording that notices, with its firmware, or the look at a quirk; empty where nothing does."""
        if mutant.quirk:
            look, seen = LOOKS[mutant.quirk]
            return "" if look(mutant.alter(QUIRKS[mutant.quirk](EDK2))) == seen else f"look at {mutant.quirk}"
        with instead({} if mutant.place is None else {mutant.table: mutant.place}):
            return next(self._noticing(mutant), "")

    def _noticing(self, mutant: Mutant) -> Iterator[str]:
        for name, profile in self.profiles.items():
            known = self.known[name]
            run = Run(Altered(profile, mutant.alter), self.signer)
            for case in self._concerned(known, mutant):
                verdict = run.outcome(case).outcome
                if verdict not in (known.verdicts[case.id], _SILENT):
                    yield f"{case.id} on {name}"
        for name, rows in self.traces.items():
            concerned = mutant.table in UNSEEN or (mutant.table, mutant.row) in rows
            if concerned and answers(mutant.alter(DEFAULT), name) != list(expected(name)):
                yield f"recording {name}"

    @staticmethod
    def _concerned(known: Known, mutant: Mutant) -> list[Case]:
        """The cases that may notice, the quick ones first."""
        ids = [
            one
            for one, verdict in known.verdicts.items()
            if verdict != _SILENT and (mutant.table in UNSEEN or (mutant.table, mutant.row) in known.rows[one])
        ]
        return [_BY_ID[one] for one in sorted(ids, key=known.seconds.__getitem__)]
