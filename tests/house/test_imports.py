"""What importing efirt brings along."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from efirt.images.edk2_write import LAYOUTS, created
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.key import Key
from tests.house.tree import SOURCE

# 38 ms for the first of these, 12 for the second; nothing of a plain call needs any.
SLOW = ("importlib.metadata", "dataclasses", "asyncio", "logging", "subprocess")


def modules_after(module: str) -> list[str]:
    """Import a module where no installed package is in sight, and list what came with it."""
    code = textwrap.dedent(f"""
        import sys
        before = {{*sys.modules}}
        sys.path[:0] = [{str(SOURCE.parent)!r}]
        import {module}
        print(*sorted({{*sys.modules}} - before))
    """)
    run = subprocess.run([sys.executable, "-I", "-S", "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout.split()


@pytest.mark.parametrize("module", ["efirt", "efirt.cli.main"])
def test_importing_brings_the_standard_library_only(module: str) -> None:
    assert [name for name in modules_after(module) if name.partition(".")[0] not in {*sys.stdlib_module_names, "efirt"}] == []


@pytest.mark.parametrize("module", ["efirt", "efirt.cli.main"])
def test_importing_brings_nothing_slow(module: str) -> None:
    assert [name for name in modules_after(module) if name in SLOW] == []


# What takes longer to load than all of a plain command: typing, argparse and json, whole rooms of the standard library, rules of writing.
HEAVY = {
    "typing",
    "re",
    "argparse",
    "json",
    "pathlib",
    "datetime",
    "enum",
    "collections",
    "contextlib",
    "functools",
    "importlib",
    "warnings",
}
RULES = {"efirt.firmware.profiles", "efirt.firmware.variables", "efirt.firmware.model"}


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("--driver xen:simulated list --data", "BootOrder"),
        ("--driver image:vars.fd list", "Kept"),
        ("--driver xen:simulated boot list", "debian"),
        ("--driver image:vars.fd get Kept-12345678-1234-1234-1234-123456789abc", "Kept"),
        ("--driver image:vars.fd set New-12345678-1234-1234-1234-123456789abc --text x", "created New"),
        ("--driver image:vars.fd?in-place=yes set New-12345678-1234-1234-1234-123456789abc --text x", "created New"),
        ("--driver image:vars.fd set Kept-12345678-1234-1234-1234-123456789abc --text kept", "overwrote Kept"),
    ],
)
def test_a_plain_command_loads_nothing_slow_and_no_rules_of_writing(tmp_path: Path, words: str, shown: str) -> None:
    key = Key("Kept", Guid.parse("12345678-1234-1234-1234-123456789abc"))
    (tmp_path / "vars.fd").write_bytes(created(LAYOUTS["ovmf-4m"], [Record(key, Attributes(7), b"kept")]))
    code = textwrap.dedent(f"""
        import sys
        sys.path[:0] = [{str(SOURCE.parent)!r}]
        from efirt.cli.main import main
        assert main(sys.argv[1:]) == 0
        print(*sys.modules, file=sys.stderr)
    """)
    run = subprocess.run([sys.executable, "-I", "-S", "-c", code, *words.split()], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert shown in run.stdout
    assert {*run.stderr.split()} & (HEAVY | RULES) == set()
