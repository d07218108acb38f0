"""Random operations on real OVMF through real Xen, and on the simulated pair: the same replies."""

from pathlib import Path

import pytest

import lab
from efirt import Status
from efirt.testing.sequences import Generator, share
from tests.real.differential import EXPLANATIONS, differ

pytestmark = pytest.mark.lab

MOST_OUT_OF_RESOURCES = 0.1
MOST_EXPLAINED = 0.01


def check(seed: int, count: int, machine: str, out: Path) -> None:
    try:
        comparison, real = differ(Generator(seed).sequence(count), machine, out)
    except lab.Missing as why:
        pytest.skip(f"{machine} does not boot here: {why}")
    assert not comparison.unexplained, comparison.report()
    assert comparison.count == count + 1
    assert comparison.share_explained <= MOST_EXPLAINED, comparison.report()
    assert share(real, Status.OUT_OF_RESOURCES) <= MOST_OUT_OF_RESOURCES
    assert len(comparison.explained) == len(EXPLANATIONS)
    assert all(comparison.explained.values()), f"an explanation that explains nothing: {comparison.report()}"


def test_two_thousand_random_operations_get_the_same_replies_from_real_and_simulated_firmware(tmp_path: Path) -> None:
    check(20261122, 2000, "xen-pvh", tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("machine", ["xen-pv", "xen-pvh"])
@pytest.mark.parametrize("seed", range(5))
def test_many_random_operations_get_the_same_replies(seed: int, machine: str, tmp_path: Path) -> None:
    check(seed, 4000, machine, tmp_path)
