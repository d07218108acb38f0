"""The same operations on the real firmware behind the real Xen, and on the simulated pair that begins with the same store."""

import json
from calendar import timegm
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import lab
from efirt import Attributes, EfiTime, Guid, HypervisorError, Key, Status, Variable
from efirt.drivers.simulated import firmware_from_image
from efirt.firmware import PROFILES
from efirt.ops import GetTime, Op, Reply, VariableInfo
from efirt.ops.notation import read_reply, write_op
from efirt.runtime.xen_simulated import behind_xen
from efirt.testing.explained import Answer, Comparison, Explanation, Step, compare
from efirt.testing.sequences import replay

GUEST: Final = Path(__file__).parent / "guest"
PROFILE: Final = "ovmf-2022.11"
_CLOCK_LAG: Final = 5
"""Seconds by which the simulated machine's clock is behind at first: nothing sets two machines' clocks alike."""
_CLOCK_SLACK: Final = timedelta(seconds=_CLOCK_LAG + 3)


def _clocks_are_not_set_alike(step: Step) -> bool:
    """Both clocks run, and neither was set by the other, nor is read in the same moment."""
    if not isinstance(step.op, GetTime) or not isinstance(step.one, Reply) or not isinstance(step.other, Reply):
        return False
    if step.one.time is None or step.other.time is None or step.one._replace(time=None) != step.other._replace(time=None):
        return False
    one, other = step.one.time, step.other.time
    return one[7:] == other[7:] and abs(one.to_datetime() - other.to_datetime()) <= _CLOCK_SLACK


EXPLANATIONS: Final = (Explanation("two machines' clocks are not set alike, nor read in the same moment", _clocks_are_not_set_alike),)


def run_on_real(ops: list[Op], machine: str, out: Path) -> tuple[dict[str, Any], lab.Result]:
    """Replay on the real firmware."""
    put: dict[str, Path | bytes] = {
        "/efirt/src": Path("src"),
        "/replay.py": GUEST / "replay.py",
        "/ops.json": json.dumps([write_op(op) for op in ops]).encode(),
    }
    command = ["python3", "/replay.py", "/ops.json", "/answers.json"]
    result = lab.run(machine, command, put=put, get=["/answers.json"], out=out, timeout_seconds=400)
    assert result.exit_status == 0, result.stderr.decode()
    return json.loads(result.files["/answers.json"].read_text()), result


def _answer(written: dict[str, Any]) -> Answer:
    return HypervisorError("refused", errno=written["errno"]) if "errno" in written else read_reply(written)


def run_on_simulated(ops: list[Op], found: dict[str, Any], image: bytes) -> list[Answer]:
    """Replay on the simulated pair, whose clock shows at each step what the real one can have shown."""
    volatile = [
        Variable(Key(name, Guid.parse(guid)), Attributes(bits), bytes.fromhex(data)) for name, guid, bits, data in found["volatile"]
    ]
    start = timegm(EfiTime(*found["clock"]).to_datetime().timetuple()) - _CLOCK_LAG
    moment = iter(found["moments"])
    now = start

    def clock() -> int:
        return now

    firmware = firmware_from_image(image, volatile, PROFILES[PROFILE], now=clock, volatile_used=found["volatile_used"])
    snapshot = Reply(Status.SUCCESS, storage=VariableInfo(*found["snapshot"]))
    answers: list[Answer] = []
    with_xen = behind_xen(firmware, snapshot=snapshot)
    for op in ops:
        now = start + int(next(moment))
        answers += replay(with_xen, [op])
    return answers


def differ(ops: list[Op], machine: str, out: Path) -> tuple[Comparison, list[Answer]]:
    """Run both sides and compare, after one look at the clock; also what the real side answered to the operations given."""
    ops = [GetTime(), *ops]
    found, result = run_on_real(ops, machine, out)
    real = [_answer(written) for written in found["answers"]]
    simulated = run_on_simulated(ops, found, result.snapshots["start"].read_bytes())
    return compare(ops, real, simulated, EXPLANATIONS), real[1:]
