"""Random operations on real OVMF through real Xen, and on the simulated pair: the same replies, and after a reset the same store."""

from pathlib import Path

import pytest

import lab
from efirt.ops import Op
from efirt.testing.restarts import restarting
from efirt.testing.sequences import Generator
from tests.real.differential import EXPLANATIONS, differ, run_on_real
from tests.real.programs import started_by
from tests.real.summary import Summary

pytestmark = pytest.mark.lab

MACHINE = "xen-pvh"
MOST_OUT_OF_RESOURCES = 0.1
MOST_EXPLAINED = 0.01


def compared(ops: list[Op], machine: str, out: Path) -> Summary:
    """Compare, and demand what holds for any sequence."""
    try:
        summary = Summary().with_run(machine, differ(run_on_real(ops, machine, out)))
    except lab.Missing as why:
        pytest.skip(f"{machine} does not boot here: {why}")
    assert summary.reports == (), summary.report()
    assert summary.share_explained <= MOST_EXPLAINED, summary.report()
    assert all(summary.explained[explanation.reason] for explanation in EXPLANATIONS), summary.report()
    assert summary.full <= MOST_OUT_OF_RESOURCES * summary.operations, summary.report()
    return summary


def test_two_thousand_random_operations_get_the_same_replies_from_real_and_simulated_firmware(tmp_path: Path) -> None:
    assert compared(Generator(20261122).sequence(2000), MACHINE, tmp_path).operations == 2000


def test_authenticated_writes_get_the_same_replies_and_a_reset_leaves_the_same_store(tmp_path: Path) -> None:
    try:
        program = started_by(MACHINE)
    except lab.Missing as why:
        pytest.skip(f"{MACHINE} does not boot here: {why}")
    summary = compared(restarting(20261122, (600, 300), program), MACHINE, tmp_path)
    assert summary.boots == 2
    assert summary.authenticated >= 300
    for outcome in (
        "the first platform key signs itself",
        "no KEK signed this",
        "a private variable is created",
        "another one created the private variable",
    ):
        assert summary.outcomes[outcome] >= 4, summary.report()


@pytest.mark.soak
def test_the_same_holds_under_a_paravirtualized_dom0(tmp_path: Path) -> None:
    assert compared(Generator(1).sequence(2000), "xen-pv", tmp_path).operations == 2000
