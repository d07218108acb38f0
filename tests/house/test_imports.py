"""What importing efirt brings along."""

import subprocess
import sys
import textwrap

import pytest

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


def test_a_listing_loads_neither_typing_nor_argparse_nor_the_rules_of_writing() -> None:
    code = textwrap.dedent(f"""
        import sys
        sys.path[:0] = [{str(SOURCE.parent)!r}]
        from efirt.cli.main import main
        assert main(["--driver", "xen:simulated", "list", "--data"]) == 0
        print(*sys.modules, file=sys.stderr)
    """)
    run = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    heavy = {
        "typing",
        "re",
        "argparse",
        "json",
        "pathlib",
        "datetime",
        "efirt.firmware.profiles",
        "efirt.firmware.variables",
        "efirt.firmware.model",
    }
    assert "BootOrder" in run.stdout
    assert {*run.stderr.split()} & heavy == set()
