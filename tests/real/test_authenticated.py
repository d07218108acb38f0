"""Authenticated writes, signed outside, on real OVMF through real Xen and on the simulated pair: the same replies."""

from collections import Counter
from pathlib import Path

import pytest

import lab
from efirt import Status
from efirt.ops import Op, Reply, SetVariable
from efirt.testing.authenticated_sequences import KEYS, AuthenticatedGenerator
from efirt.testing.explained import Answer
from efirt.testing.sequences import share
from tests.real.differential import differ

pytestmark = pytest.mark.lab

FEWEST_AUTHENTICATED = 0.15
MOST_OUT_OF_RESOURCES = 0.1
AUTHENTICATED = 0x20


def kind_of(op: SetVariable) -> str:
    if op.key not in KEYS:
        return "private"
    return op.key.name if op.key.name in {"PK", "KEK"} else "db, dbx, dbt"


def outcomes(ops: list[Op], answers: list[Answer]) -> Counter[tuple[str, str]]:
    """How often each kind of authenticated write got which status."""
    return Counter(
        (kind_of(op), str(answer.status))
        for op, answer in zip(ops, answers, strict=True)
        if isinstance(op, SetVariable) and op.attributes & AUTHENTICATED and isinstance(answer, Reply)
    )


def check(seed: int, count: int, machine: str, out: Path) -> None:
    ops = AuthenticatedGenerator(seed).sequence(count)
    try:
        comparison, real = differ(ops, machine, out)
    except lab.Missing as why:
        pytest.skip(f"{machine} does not boot here: {why}")
    counted = outcomes(ops, real)
    assert not comparison.unexplained, comparison.report()
    assert counted.total() >= FEWEST_AUTHENTICATED * count
    assert share(real, Status.OUT_OF_RESOURCES) <= MOST_OUT_OF_RESOURCES
    for kind in ("PK", "KEK", "db, dbx, dbt", "private"):
        assert counted[kind, "EFI_SUCCESS"] >= count // 250, counted
        assert counted[kind, "EFI_SECURITY_VIOLATION"] >= count // 250, counted


def test_authenticated_writes_get_the_same_replies_from_real_and_simulated_firmware(tmp_path: Path) -> None:
    check(20261122, 1000, "xen-pvh", tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(6))
def test_many_authenticated_writes_get_the_same_replies(seed: int, tmp_path: Path) -> None:
    check(seed, 1500, "xen-pvh", tmp_path)
