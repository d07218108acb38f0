"""The pytest plugin, in a pytest of its own where warnings are errors."""

import os
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.house.tree import ROOT
from tests.images.flash import image, record

Run = Callable[..., "subprocess.CompletedProcess[str]"]
HEADER = "import os, subprocess, sys\nimport efirt, pytest\n"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run pytest over a test file, with the plugin and nothing else of ours."""

    def run_(code: str, *options: str, plugin: tuple[str, ...] = ("-p", "efirt.testing.plugin"), **environment: str) -> object:
        (tmp_path / "test_it.py").write_text(HEADER + textwrap.dedent(code), encoding="utf-8")
        command = [sys.executable, "-W", "error", "-m", "pytest", "-p", "no:cacheprovider", "-v", "--strict-markers", "--rootdir=."]
        outside = {name: text for name, text in os.environ.items() if not name.startswith(("PYTEST_", "EFIRT_"))}
        alone = {} if not plugin else {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        return subprocess.run(
            [*command, *plugin, *options, "test_it.py"],
            cwd=tmp_path,
            env=outside | alone | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run_  # type: ignore[return-value]


def passes(result: "subprocess.CompletedProcess[str]", count: int) -> None:
    assert result.returncode == 0, result.stdout + result.stderr
    assert f" {count} passed in " in result.stdout


def test_the_machine_is_fresh_for_each_test(run: Run) -> None:
    code = """
        def test_one(efi):
            efi.set("BootNext", b"\\2\\0")
        def test_other(efi):
            with pytest.raises(efirt.NotFound):
                efi.get("BootNext")
            assert efi.name == "xen:simulated"
            assert efi.hypercalls > 0
    """
    passes(run(code), 2)


def test_it_is_the_active_driver_and_what_opens_without_a_name(run: Run) -> None:
    code = """
        from efirt.cli.main import main
        def test_it(efi, capsys):
            efi.set("BootNext", b"\\2\\0")
            assert efirt.active().get("BootNext").data == b"\\2\\0"
            for name in (None, "xen:simulated"):
                with efirt.open(name) as opened:
                    assert opened.get("BootNext").data == b"\\2\\0"
                    opened.set("Timeout", bytes([len(name or ""), 0]))
            assert efi.get("Timeout").data == b"\\r\\0"
            with efirt.attach("xen:simulated"):
                assert efirt.active().get("BootNext").data == b"\\2\\0"
            assert main(["get", "BootNext"]) == 0
            assert "02 00" in capsys.readouterr().out
            with efirt.open("simulated") as other, pytest.raises(efirt.NotFound):
                other.get("BootNext")
            with efirt.open("xen:simulated?rs=on") as other, pytest.raises(efirt.NotFound):
                other.get("BootNext")
    """
    passes(run(code), 1)


def test_afterwards_nothing_of_it_is_left(run: Run) -> None:
    code = """
        kept = []
        def test_during(efi):
            kept.extend([efi, efirt.open()])
            assert os.environ["EFIRT_DRIVER"] == "xen:simulated"
        def test_after():
            assert {name for name in os.environ if name.startswith("EFIRT_")} == {"EFIRT_DRIVER", "EFIRT_DISABLE"}
            assert os.environ["EFIRT_DRIVER"] == "mine"
            assert os.environ["EFIRT_DISABLE"] == "simulated"
            for runtime in kept:
                with pytest.raises(efirt.NoDriver):
                    runtime.get("BootOrder")
            with pytest.raises(efirt.NoDriver, match="no driver is attached"):
                efirt.active().get("BootOrder")
            with pytest.raises(efirt.NoDriver, match="there is no driver 'mine'"):
                efirt.open()
            with efirt.open("xen:simulated") as fresh:
                assert fresh.get("BootOrder").data
    """
    passes(run(code, EFIRT_DRIVER="mine", EFIRT_DISABLE="simulated"), 2)


def test_live_drivers_are_out_of_reach_here_and_in_processes_that_begin_with_a_machine_like_it(run: Run) -> None:
    code = """
        def test_it(efi):
            with pytest.raises(efirt.NoDriver, match="EFIRT_DISABLE=other,live"):
                efirt.open("xen")
            efi.set("BootNext", b"\\2\\0")
            code = "import efirt; print(efirt.open().name, [key.name for key in efirt.open().names()].count('BootNext'))"
            run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
            assert run.stdout == "xen:simulated 0\\n"
            code = "import efirt; efirt.open('xen')"
            run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
            assert run.returncode == 1
            assert "switched off with every driver that reaches this machine's firmware" in run.stderr
    """
    passes(run(code, EFIRT_DISABLE="other"), 1)


def test_the_marker_says_what_the_machine_begins_with(run: Run, tmp_path: Path) -> None:
    (tmp_path / "vars.fd").write_bytes(image([record("Kept", b"1")]))
    code = """
        from pathlib import Path
        kept = "Kept-6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a11"
        @pytest.mark.efi(vars="vars.fd", revision="1.10")
        def test_content(efi, tmp_path, monkeypatch):
            assert "Kept" in {key.name for key in efi.names()}
            assert efi.info().revision == 0x1000A
            monkeypatch.chdir(tmp_path)
            code = "import efirt; print('Kept' in {key.name for key in efirt.open().names()})"
            assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "True\\n"
            assert "Kept" in {key.name for key in efirt.open().names()}
        @pytest.mark.efi(rs=False)
        class TestOff:
            def test_switches(self, efi):
                assert os.environ["EFIRT_DRIVER"] == "xen:simulated?rs=off"
                with pytest.raises(efirt.HypervisorError, match="efi=no-rs"):
                    efi.get("BootOrder")
                with pytest.raises(efirt.NoDriver, match="does not apply here"):
                    efirt.open()
            @pytest.mark.efi(rs="on")
            def test_the_nearest_marker_counts(self, efi):
                assert efi.get("BootOrder")
    """
    passes(run(code), 3)


@pytest.mark.parametrize(
    ("marker", "said"),
    [
        ("'vars.fd'", "ValueError: the marker efi takes options by name, such as efi(rs='off'), and not 'vars.fd'"),
        ("rs='maybe'", "ValueError: the switch rs of xen:simulated is on or off, not 'maybe'"),
        ("colour='red'", "xen:simulated has no option 'colour': it takes dom0, policy, efi, rs, revision, abi, vars, profile, quirk"),
        ("vars='absent.fd'", "absent.fd cannot be read: No such file or directory"),
    ],
)
def test_a_marker_that_makes_no_sense_is_an_error_of_its_test(run: Run, marker: str, said: str) -> None:
    result = run(f"@pytest.mark.efi({marker})\ndef test_it(efi):\n    pass\n")
    assert result.returncode == 1
    assert said in result.stdout
    assert "1 error in" in result.stdout


def test_faults_are_added_and_cleared_during_the_test(run: Run) -> None:
    code = """
        def test_it(efi, efi_faults):
            efi_faults("get:nth=2:status=DEVICE_ERROR")
            assert efi.get("BootOrder")
            with pytest.raises(efirt.DeviceError):
                efirt.open().get("BootOrder")
            efi_faults("write:errno=5")
            with pytest.raises(efirt.HypervisorError):
                efirt.active().set("BootNext", b"\\2\\0")
            with pytest.raises(ValueError, match="is not a fault"):
                efi_faults("nonesuch")
            efi_faults.clear()
            efi.set("BootNext", b"\\2\\0")
        def test_next_one_has_none(efi):
            assert efi.get("BootOrder").data and efi.get("BootOrder").data
        def test_alone(efi_faults):
            efi_faults("power-cut:after=0")
            with pytest.raises(efirt.DriverError, match="power lost"):
                efirt.open(inactive=True).get("BootOrder")
    """
    passes(run(code), 3)


def test_without_its_fixtures_nothing_of_it_is_imported(run: Run) -> None:
    code = """
        def test_it():
            assert "efirt.testing.plugin" in sys.modules
            rooms = ("efirt.ops", "efirt.runtime", "efirt.drivers", "efirt.firmware", "efirt.testing.machine")
            assert [name for name in sys.modules if name.startswith(rooms)] == []
    """
    passes(run(code), 1)


def test_the_marker_is_listed(run: Run) -> None:
    assert "@pytest.mark.efi(vars=PATH, profile=NAME, rs='off', ...): what the fixture efi begins with" in run("", "--markers").stdout


def test_pytest_finds_it_by_the_entry_point_of_the_package(run: Run, tmp_path: Path) -> None:
    point = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]["pytest11"]
    info = tmp_path / "here" / "efirt_as_installed-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: efirt-as-installed\nVersion: 1.0\n", encoding="utf-8")
    lines = "".join(f"{name} = {module}\n" for name, module in point.items())
    (info / "entry_points.txt").write_text(f"[pytest11]\n{lines}", encoding="utf-8")
    path = os.pathsep.join([str(tmp_path / "here"), os.environ["PYTHONPATH"]])
    passes(run("def test_it(efi):\n    assert efi.get('BootOrder')\n", "-p", "no:xdist", plugin=(), PYTHONPATH=path), 1)
