"""Tens of thousands of random operations on real OVMF through real Xen, and on the simulated pair: what all of them together have to show.

The counts are written to ``build/soak.txt``; beside it is each sequence that shows a difference, for ``python -m tests.real.shrink``.
"""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest

import lab
from efirt.ops import Op
from efirt.ops.notation import write_op
from efirt.testing.restarts import filling, restarting
from efirt.testing.sequences import Generator
from tests.real.differential import EXPLANATIONS, ROOT, Difference, differ, run_on_real
from tests.real.outcomes import OUTCOMES
from tests.real.programs import started_by
from tests.real.summary import Summary

pytestmark = [pytest.mark.lab, pytest.mark.soak]

MACHINE: Final = "xen-pvh"
MACHINES_AT_ONCE: Final = 2
REPORT: Final = ROOT / "build" / "soak.txt"

FEWEST_OPERATIONS: Final = 20_000
FEWEST_AUTHENTICATED: Final = 0.15
MOST_OUT_OF_RESOURCES: Final = 0.1
MOST_EXPLAINED: Final = 0.01
FEWEST_OF_AN_OUTCOME: Final = 50


def _sequences(program: bytes) -> dict[str, Callable[[], list[Op]]]:
    """Each sequence by its name; each begins with a fresh store."""
    plain = {f"plain-{seed}": lambda seed=seed: Generator(seed).sequence(3500) for seed in range(2)}
    restarted = {f"restarting-{seed}": lambda seed=seed: restarting(seed, (1150, 1150), program) for seed in range(6)}
    filled = {f"filling-{seed}": lambda seed=seed: filling(seed, 3, 320, program) for seed in range(2)}
    return {**restarted, **filled, **plain}


def _run(name: str, ops: list[Op], out: Path) -> Difference | lab.BootFailed:
    """What a sequence finds; a machine that dies of it is told apart from one that cannot boot here."""
    try:
        found: Difference | lab.BootFailed = differ(run_on_real(ops, MACHINE, out))
    except lab.BootFailed as died:
        found = died
    if isinstance(found, lab.BootFailed) or found.comparison.unexplained:
        (REPORT.parent / f"soak-{name}.json").write_text(json.dumps([write_op(op) for op in ops]))
    return found


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    out = tmp_path_factory.mktemp("soak")
    REPORT.parent.mkdir(exist_ok=True)
    try:
        sequences = _sequences(started_by(MACHINE))
        with ThreadPoolExecutor(MACHINES_AT_ONCE) as workers:
            runs = {name: workers.submit(_run, name, make(), out / name) for name, make in sequences.items()}
            found = {name: run.result() for name, run in runs.items()}
    except lab.Missing as why:
        pytest.skip(f"{MACHINE} does not boot here: {why}")
    counted = Summary()
    for name, one in found.items():
        if isinstance(one, Difference):
            counted = counted.with_run(name, one)
        else:
            counted = counted._replace(reports=(*counted.reports, f"{name}: {one}"))
    REPORT.write_text(counted.report())
    return counted


def test_no_difference_is_unexplained(summary: Summary) -> None:
    assert summary.reports == (), summary.report()


def test_they_are_many_and_enough_of_them_authenticated_writes(summary: Summary) -> None:
    assert summary.operations >= FEWEST_OPERATIONS, summary.report()
    assert summary.authenticated >= FEWEST_AUTHENTICATED * summary.operations, summary.report()


def test_each_outcome_of_an_authenticated_write_is_seen_often(summary: Summary) -> None:
    seldom = {name: summary.outcomes[name] for name in OUTCOMES if summary.outcomes[name] < FEWEST_OF_AN_OUTCOME}
    assert seldom == {}, summary.report()


def test_few_find_the_store_full(summary: Summary) -> None:
    assert 0 < summary.full <= MOST_OUT_OF_RESOURCES * summary.operations, summary.report()


def test_each_explanation_is_needed_and_all_of_them_seldom(summary: Summary) -> None:
    assert {explanation.reason for explanation in EXPLANATIONS if not summary.explained[explanation.reason]} == set(), summary.report()
    assert summary.share_explained <= MOST_EXPLAINED, summary.report()
