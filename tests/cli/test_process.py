"""The whole program: what it imports, and streams that break."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.cli.fakes import OURS
from tests.house.tree import SOURCE

SLOW = {"asyncio", "ctypes", "dataclasses", "importlib.metadata", "json", "logging", "pathlib", "shutil", "subprocess", "tempfile"}
if sys.version_info >= (3, 14):
    SLOW -= {"dataclasses"}  # argparse itself brings it, for its colours


def efirt(*words: str, **given: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "EFIRT_DRIVER": "xen:simulated", **dict(given.pop("environment", {}))}  # type: ignore[call-overload]
    command = [sys.executable, "-m", "efirt", *words]
    options = {"capture_output": True, "text": True} | given
    return subprocess.run(command, env=environment, check=False, **options)  # type: ignore[call-overload,no-any-return]


def shell(script: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "EFIRT_DRIVER": "xen:simulated", "PYTHON": sys.executable}
    return subprocess.run(["sh", "-c", script], env=environment, capture_output=True, text=True, check=False)


def modules_after(*words: str) -> set[str]:
    code = textwrap.dedent(f"""
        import sys
        sys.path[:0] = [{str(SOURCE.parent)!r}]
        from efirt.cli.main import main
        status = main({list(words)!r})
        print(*sys.modules, file=sys.stderr)
        raise SystemExit(status)
    """)
    run = subprocess.run([sys.executable, "-I", "-S", "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return set(run.stderr.split())


@pytest.mark.parametrize("words", [("--help",), ("--driver", "xen:simulated", "list"), ("set", "--help")])
def test_plain_commands_import_the_standard_library_only_and_nothing_slow_of_it(words: tuple[str, ...]) -> None:
    modules = modules_after(*words)
    assert {name for name in modules if name.partition(".")[0] not in {*sys.stdlib_module_names, "efirt", "__main__"}} == set()
    assert modules & SLOW == set()


def test_help_imports_no_driver_and_no_verb() -> None:
    rooms = ("efirt.ops", "efirt.runtime", "efirt.drivers", "efirt.firmware", "efirt.cli.verbs")
    assert {name for name in modules_after("--help") if name.startswith(rooms)} == set()


def test_a_verb_imports_no_other_verb() -> None:
    verbs = {name for name in modules_after("--driver", "xen:simulated", "list") if name.startswith("efirt.cli.verbs.")}
    assert verbs == {"efirt.cli.verbs.list_"}


def test_the_module_is_the_program() -> None:
    run = efirt("list")
    assert (run.returncode, run.stderr) == (0, "")
    assert "BootOrder" in run.stdout
    assert efirt("nonesuch").returncode == 2


def test_a_reader_that_leaves_ends_it_quietly() -> None:
    run = shell('{ "$PYTHON" -m efirt list --data; echo $? >&2; } | true')
    assert run.stderr in {"141\n", "0\n"}  # 0 where all was written before the reader left


def test_a_reader_that_left_before_ends_it_quietly() -> None:
    read, write = os.pipe()
    os.close(read)
    run = efirt("list", capture_output=False, stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert (run.returncode, run.stderr) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("words", ["list", "--help", "get BootOrder --raw", "info --json"])
def test_a_full_disk_is_one_line(words: str) -> None:
    run = shell(f'"$PYTHON" -m efirt {words} > /dev/full')
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1
    assert "No space left on device" in run.stderr


def test_closed_streams_break_nothing() -> None:
    assert shell('"$PYTHON" -m efirt list >&-').stderr == ""
    run = shell('"$PYTHON" -m efirt get Nonesuch 2>&-')
    assert (run.returncode, run.stdout) == (1, "")


def test_a_terminal_that_knows_ascii_only_gets_escapes() -> None:
    run = efirt("get", f"Größe-{OURS}", environment={"PYTHONIOENCODING": "ascii:strict", "LC_ALL": "C"})
    assert run.returncode == 1
    assert "Gr\\xf6\\xdfe-" in run.stderr
    run = efirt("set", f"Größe-{OURS}", "--text", "x", environment={"PYTHONIOENCODING": "ascii:strict", "LC_ALL": "C"})
    assert (run.returncode, run.stderr) == (0, "")
    assert "created Gr\\xf6\\xdfe-" in run.stdout


def test_bytes_of_an_argument_that_are_no_text_are_one_error() -> None:
    run = shell(f'"$PYTHON" -m efirt get "$(printf "a\\377b")-{OURS}"')
    assert (run.returncode, run.stdout, run.stderr.count("\n")) == (2, "", 1)


def test_raw_bytes_do_not_go_to_a_terminal() -> None:
    pty = pytest.importorskip("pty", reason="needs pseudo terminals")
    try:
        ours, theirs = pty.openpty()
    except OSError as cause:
        pytest.skip(f"this machine has no terminals to give: {cause}")
    run = efirt("get", "BootOrder", "--raw", capture_output=False, stdout=theirs, stderr=subprocess.PIPE)
    os.close(theirs)
    os.close(ours)
    assert run.returncode == 2
    assert "redirect it to a file" in run.stderr
