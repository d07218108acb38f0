"""A boot that two files of tests share: their tests have one group of xdist's, so that one process has them."""

import contextlib
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import lab
from tests.real import machine

MACHINES = ["linux", "linux-13", "xen-pvh"]


class Linux(NamedTuple):
    """A machine where the scenario ran, and then the guest's script."""

    name: str
    report: dict[str, Any]
    result: lab.Result


@pytest.fixture(scope="session", params=MACHINES)
def linux(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Linux:
    """Each machine, booted once."""
    name: str = request.param
    put: dict[str, Path | bytes] = {
        "/tests/conformance": machine.ROOT / "tests/conformance",
        "/tests/real/guest/capsules.py": machine.GUEST / "capsules.py",
        **machine.pytest_itself(),
    }
    if name == "linux":  # its compiler is at hand, and under Xen efi_test asks nothing about capsules
        with contextlib.suppress(lab.Missing):
            put["/efi_test.ko"] = lab.efi_test(name)
    found, result = machine.report(name, "efivarfs.py", put, tmp_path_factory.mktemp(name), timeout_seconds=300)
    return Linux(name, found, result)
