"""The suite on machines that go on when it has ended: what it leaves, what it may not do, and a store that is full."""

import contextlib
import importlib.util
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

import efirt
from efirt.cli.main import main
from efirt.ops import QueryVariableInfo, SetVariable
from efirt.testing.conformance import CASES, LiveMachine, Outcome, Run
from efirt.testing.conformance.signing import Keys
from efirt.testing.conformance.words import STORED, ours
from efirt.values.status import Status

PROFILE = "ovmf-2022.11"
HAS_SIGNATURES = importlib.util.find_spec("cryptography") is not None
pytestmark = pytest.mark.skipif(not HAS_SIGNATURES, reason="signatures are made by efirt[secureboot]")


def run(driver: efirt.Runtime, *, destructive: bool, wanted: Iterable[str] = ()) -> dict[str, Outcome]:
    names = set(wanted)
    machine = LiveMachine(driver.driver, PROFILE, live=True, write=True, destructive=destructive)
    asked = Run(machine, Keys(), write=True, destructive=destructive)
    return {one.case.id: one for one in asked.outcomes(case for case in CASES if not names or case.id in names)}


def failed(found: dict[str, Outcome]) -> dict[str, str]:
    return {name: one.reason for name, one in found.items() if one.outcome == "failed"}


@pytest.mark.parametrize("driver", ["simulated", "efi_test:simulated"])
def test_a_run_that_may_only_write_its_own_asks_nothing_else(driver: str) -> None:
    with efirt.open(driver) as runtime:
        found = run(runtime, destructive=False)
    assert failed(found) == {}
    assert [name for name, one in found.items() if "was not asked" in one.reason] == []


def fill(runtime: efirt.Runtime, leave: int) -> None:
    """Write until so many bytes are left."""
    for number in range(1000):
        reply = runtime.driver.call(QueryVariableInfo(STORED))
        assert reply.storage is not None
        size = min(reply.storage.remaining_storage_size - leave, 20000) - 80
        if size < 1:
            return
        assert runtime.driver.call(SetVariable(ours(f"F{number:03}"), STORED, bytes(size))).status == Status.SUCCESS
    pytest.fail("the store never fills")


@pytest.mark.parametrize("leave", [0, 90, 700, 4000])
def test_a_full_store_is_no_fault_of_firmware_s(leave: int) -> None:
    with efirt.open(f"simulated?profile={PROFILE}") as runtime:
        fill(runtime, leave)
        found = run(runtime, destructive=False)
        assert failed(found) == {}
        assert sum("no room left" in one.reason for one in found.values()) > 5
        assert found["VAR-QRY-015"].outcome == "passed"


def test_a_second_whole_run_meets_a_full_store_and_says_so() -> None:
    with efirt.open(f"simulated?profile={PROFILE}") as runtime:
        run(runtime, destructive=True)
        found = run(runtime, destructive=True)
    assert failed(found) == {}
    assert "no room left" in found["MISC-002"].reason


def test_firmware_that_says_it_is_full_and_is_not_still_fails() -> None:
    with efirt.open(f"simulated?profile={PROFILE}&quirk=runtime-writes-out-of-resources") as runtime:
        found = run(runtime, destructive=False, wanted=[case.id for case in CASES if case.id.startswith("VAR-SET")])
    assert "VAR-SET-012" in failed(found)


def test_a_second_run_says_that_the_first_one_s_note_is_still_there() -> None:
    with efirt.open(f"simulated?profile={PROFILE}") as runtime:
        first = run(runtime, destructive=False, wanted=["AUTH-PRV-046"])["AUTH-PRV-046"]
        second = run(runtime, destructive=False, wanted=["AUTH-PRV-046"])["AUTH-PRV-046"]
    assert (first.outcome, second.outcome) == ("passed", "skipped")
    assert "when the machine boots again" in second.reason


def report(*words: str) -> dict[str, Any]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        main([*words, "--json"])
    return json.loads(out.getvalue())  # type: ignore[no-any-return]


@pytest.mark.parametrize("driver", ["simulated", "xen:simulated"])
def test_a_run_that_was_held_read_only_plays_back(tmp_path: Path, driver: str) -> None:
    path = tmp_path / "run.jsonl"
    first = report("--driver", driver, "--read-only", "--record", str(path), "check", "--group", "VAR-SET")
    second = report("--driver", f"replay:{path}", "check")
    assert [case["outcome"] for case in second["cases"]] == [case["outcome"] for case in first["cases"]]
    assert first["skipped"] > 30


def test_without_the_library_for_signatures_what_needs_it_is_skipped() -> None:
    hidden = (
        "import sys\n"
        "class Hidden:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in ('cryptography', 'asn1crypto'):\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Hidden())\n"
        "from efirt.cli.main import main\n"
        "sys.exit(main(['--driver', 'simulated', 'check', '--json', '--group', 'SB', '--group', 'AUTH-PRV']))\n"
    )
    made = subprocess.run([sys.executable, "-c", hidden], capture_output=True, text=True, check=False, env=os.environ)
    found = json.loads(made.stdout)
    assert (made.returncode, found["failed"]) == (0, 0), [case for case in found["cases"] if case["outcome"] == "failed"]
    assert found["skipped"] > 50
