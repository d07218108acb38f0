"""Drivers that hold a driver hold each other, in any order."""

from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import pytest

from efirt.drivers.faults.driver import Faults
from efirt.drivers.readonly import CHANGES, ReadOnly
from efirt.drivers.record import Record
from efirt.drivers.trace import Trace
from efirt.errors import NotCarried
from efirt.ops import Driver, GetTime, GetVariable, SetVariable
from efirt.runtime.active import Stack
from efirt.runtime.registry import open_driver
from efirt.values.status import Status
from tests.drivers.held import NAMES, NV_BS_RT, ORDER, answers_of, closed, key, replayed, sequence, told

READ = GetVariable(ORDER)
WRITE = SetVariable(key("A"), NV_BS_RT, b"x")
KINDS = ("faults", "trace", "record", "readonly")


class Held:
    """A driver held by others, and what they leave.

    Attributes:
        lines: What the trace told.
        path: The recording.
    """

    def __init__(self, inner: Driver, kinds: tuple[str, ...], path: Path, spec: str = "") -> None:
        self.lines: list[str] = []
        self.path = path
        hold: dict[str, Callable[[Driver], Driver]] = {
            "faults": lambda driver: Faults(driver, spec),
            "trace": lambda driver: Trace(driver, self.lines.append),
            "record": lambda driver: Record.open(driver, str(path)),
            "readonly": ReadOnly,
        }
        self.driver = inner
        for kind in kinds:
            self.driver = hold[kind](self.driver)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kinds", list(permutations(KINDS)), ids="-".join)
def test_in_any_order_answers_are_those_of_the_driver_without_its_changes(name: str, kinds: tuple[str, ...], tmp_path: Path) -> None:
    ops = [op for op in sequence(60) if not isinstance(op, GetTime)]
    inner = open_driver(name)
    times = closed(inner)
    held = Held(inner, kinds, tmp_path / "a.jsonl")
    assert held.driver.name == name
    assert held.driver.carried == inner.carried - CHANGES
    answers = answers_of(held.driver, ops)
    passed = [op for op in ops if type(op) not in CHANGES]
    assert told(answer for op, answer in zip(ops, answers, strict=True) if type(op) not in CHANGES) == told(
        answers_of(open_driver(name), passed)
    )
    assert all(isinstance(answer, NotCarried) for op, answer in zip(ops, answers, strict=True) if type(op) in CHANGES)
    assert len(held.lines) == len(ops if kinds.index("trace") > kinds.index("readonly") else passed)
    assert getattr(held.driver, "hypercalls", None) == getattr(inner, "hypercalls", None)
    held.driver.close()
    assert times == ["closed"]


@pytest.mark.parametrize("name", NAMES)
def test_what_stands_outside_of_the_faults_sees_them_and_what_stands_inside_does_not(name: str, tmp_path: Path) -> None:
    spec = "write:status=DEVICE_ERROR"
    outside = Held(open_driver(name), ("faults", "trace", "record"), tmp_path / "a.jsonl", spec)
    inside = Held(open_driver(name), ("trace", "record", "faults"), tmp_path / "b.jsonl", spec)
    for held in (outside, inside):
        assert held.driver.call(WRITE).status == Status.DEVICE_ERROR
        held.driver.call(READ)
        held.driver.close()
    assert [line.split()[0] for line in outside.lines] == ["SetVariable", "GetVariable"]
    assert [line.split()[0] for line in inside.lines] == ["GetVariable"]
    assert replayed(outside.path).call(WRITE).status == Status.DEVICE_ERROR
    assert replayed(inside.path).left == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_held_driver_is_attached_like_any_other(name: str, tmp_path: Path) -> None:
    inner = open_driver(name)
    times = closed(inner)
    held = Held(inner, KINDS, tmp_path / "a.jsonl")
    with Stack().attach(held.driver) as attachment:
        assert attachment.call(READ).status == Status.SUCCESS
        assert attachment.hypercalls == getattr(inner, "hypercalls", None)
    assert times == ["closed"]
