"""The same operations on the real firmware behind the real Xen, and on the simulated pair that begins with the same store.

A reset is a reboot of the lab's machine with the flash it left; the simulated pair goes through its own, from what it holds itself.
"""

import json
from calendar import timegm
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import lab
from efirt import Attributes, EfiTime, Guid, HypervisorError, Key, Variable
from efirt.firmware import PROFILES, Profile
from efirt.firmware.limits import limits_of_store
from efirt.images.edk2 import Edk2Image
from efirt.ops import GetTime, GetWakeupTime, Op, QueryVariableInfo, Reply, ResetSystem, VariableInfo
from efirt.ops.notation import read_reply, write_op
from efirt.testing.explained import Answer, Comparison, Explanation, Step, compare
from efirt.testing.restarts import parts
from tests.real.boots import Boot, Memory
from tests.real.twin import CLOCK_LAG, Twin

ROOT: Final = Path(__file__).parents[2]
GUEST: Final = Path(__file__).parent / "guest"
PROFILE: Final = PROFILES["ovmf-2022.11"]
_CLOCK_SLACK_SECONDS: Final = CLOCK_LAG + 3
_TIMEOUT_SECONDS: Final = 1500
FIRST_LOOK: Final[tuple[Op, ...]] = (
    GetTime(),
    GetWakeupTime(),
    QueryVariableInfo(Attributes(0x7)),
    QueryVariableInfo(Attributes(0x6)),
)
"""What is asked after each boot, before the sequence goes on."""


def _clocks_are_not_set_alike(step: Step) -> bool:
    """Both clocks run, and neither was set by the other, nor is read in the same moment."""
    if not isinstance(step.op, GetTime) or not isinstance(step.one, Reply) or not isinstance(step.other, Reply):
        return False
    if step.one.time is None or step.other.time is None or step.one._replace(time=None) != step.other._replace(time=None):
        return False
    one, other = step.one.time, step.other.time
    return one[7:] == other[7:] and abs(timegm(one[:6]) - timegm(other[:6])) <= _CLOCK_SLACK_SECONDS


EXPLANATIONS: Final = (Explanation("two machines' clocks are not set alike, nor read in the same moment", _clocks_are_not_set_alike),)


class Asked(NamedTuple):
    """One question and what both sides said.

    Attributes:
        op: The question.
        real: What real firmware said.
        simulated: What the model said.
        outcome: What became of an authenticated write, by the model's account.
        is_drawn: Whether it is of the sequence; else it is a look at the store.
        place: Where in the sequence it stands; of a look, where the reset before it does, -1 before any.
    """

    op: Op
    real: Answer
    simulated: Answer
    outcome: str | None = None
    is_drawn: bool = False
    place: int = -1


class Difference(NamedTuple):
    """What a run found.

    Attributes:
        comparison: Of everything that was asked and looked at.
        asked: All of that, in order.
        boots: How often the machine booted.
    """

    comparison: Comparison
    asked: list[Asked]
    boots: int


def run_on_real(ops: list[Op], machine: str, out: Path) -> Iterator[Boot]:
    """Replay on the real firmware, which boots again with its flash after each reset.

    Raises:
        Missing: The machine does not boot here.
        BootFailed: It died.
    """
    flash = None
    for number, part in enumerate(with_first_looks(ops)):
        asked: list[Op] = [op for op in part if not isinstance(op, ResetSystem)]
        found, result = _boot(asked, machine, out / f"boot{number}", flash)
        flash = result.vars_image
        image = Edk2Image.decode(result.snapshots["start"].read_bytes())
        assert limits_of_store(image.store_size, image.record_header_size) == PROFILE.limits
        volatile = tuple(
            Variable(Key(name, Guid.parse(guid)), Attributes(bits), bytes.fromhex(data)) for name, guid, bits, data in found["volatile"]
        )
        snapshot = VariableInfo(*found["snapshot"])
        memory = Memory(tuple(image.variables), image.half_deleted, image.used, volatile, found["volatile_used"], snapshot)
        yield Boot(part, [read_answer(written) for written in found["answers"]], found["moments"], EfiTime(*found["clock"]), memory)


def with_first_looks(ops: list[Op]) -> list[list[Op]]:
    """The operations of each boot, the first look before them."""
    return [[*FIRST_LOOK, *part] for part in parts(ops)]


def _boot(ops: list[Op], machine: str, out: Path, flash: Path | None) -> tuple[dict[str, Any], lab.Result]:
    put: dict[str, Path | bytes] = {
        "/efirt/src": ROOT / "src",
        "/replay.py": GUEST / "replay.py",
        "/ops.json": json.dumps([write_op(op) for op in ops]).encode(),
    }
    command = ["python3", "/replay.py", "/ops.json", "/answers.json"]
    result = lab.run(machine, command, put=put, get=["/answers.json"], out=out, vars_image=flash, timeout_seconds=_TIMEOUT_SECONDS)
    assert result.exit_status == 0, result.stderr.decode()
    return json.loads(result.files["/answers.json"].read_text()), result


def read_answer(written: dict[str, Any]) -> Answer:
    """An answer as the guest wrote it down."""
    return HypervisorError("refused", errno=written["errno"]) if "errno" in written else read_reply(written)


def _looks(real: Memory, simulated: Memory, place: int) -> Iterator[Asked]:
    """What both machines hold after a boot."""
    stored, volatile = max(len(real.stored), len(simulated.stored)), max(len(real.volatile), len(simulated.volatile))
    for (op, one), (_, other) in zip(real.looks(stored, volatile), simulated.looks(stored, volatile), strict=True):
        yield Asked(op, one, other, place=place)


def differ(boots: Iterable[Boot], profile: Profile = PROFILE) -> Difference:
    """Let the model go through what a machine has gone through, and compare."""
    asked: list[Asked] = []
    twin: Twin | None = None
    count, place = 0, -1
    for boot in boots:
        if twin is None:
            twin = Twin(boot.memory, boot.clock, profile)
        else:
            twin.restart(boot.clock)
        count += 1
        asked += _looks(boot.memory, twin.memory(), place)
        said = zip(boot.ops, boot.answers, twin.answer(boot.ops, boot.moments), strict=False)
        for number, (op, real, mine) in enumerate(said, 1 - len(FIRST_LOOK)):
            asked.append(Asked(op, real, mine.answer, mine.outcome, number > 0, place + max(number, 0)))
        place += len(boot.ops) - len(FIRST_LOOK)
    comparison = compare([one.op for one in asked], [one.real for one in asked], [one.simulated for one in asked], EXPLANATIONS)
    return Difference(comparison, asked, count)
