"""Drivers of other packages, found through the entry point group ``efirt.drivers``, in a distribution that a test writes."""

import importlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import efirt
from efirt import NoDriver
from efirt.runtime.choice import reports
from tests.house.tree import SOURCE

pytestmark = pytest.mark.usefixtures("no_choice")

MODULE = Path(__file__).with_name("drivers_elsewhere.py")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_choice: None) -> Path:
    """Put a directory on sys.path where packages are installed; foreign drivers count as live, so xen alone is switched off."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("EFIRT_DISABLE", "xen")
    return tmp_path


def install(site: Path, package: str, points: str) -> None:
    info = site / f"{package}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[efirt.drivers]\n{points}\n", encoding="utf-8")
    importlib.invalidate_caches()


@pytest.fixture
def acme(site: Path) -> None:
    shutil.copy(MODULE, site / "acme_for_efirt.py")
    install(site, "acme-efirt", "acme = acme_for_efirt\nacme:tiny = acme_for_efirt")


@pytest.mark.usefixtures("acme")
def test_it_is_opened_by_name_with_its_argument_and_options() -> None:
    with efirt.open("acme:board?speed=9") as runtime:
        driver = getattr(runtime.driver, "_driver", None)
        assert (getattr(driver, "argument", None), getattr(driver, "options", None)) == ("board", {"speed": "9"})
        assert runtime.get("BootOrder").data == b"acme"


@pytest.mark.usefixtures("acme")
def test_a_name_with_a_colon_is_found_first() -> None:
    efirt.open("acme:tiny").close()


@pytest.mark.usefixtures("acme")
def test_it_can_be_attached() -> None:
    with efirt.attach("acme"):
        assert efirt.active().get("BootOrder").data == b"acme"


@pytest.mark.usefixtures("acme")
def test_it_is_listed_with_its_package_and_what_it_found() -> None:
    report = next(report for report in reports() if report.name == "acme")
    assert report.summary == "offered by the package acme-efirt"
    assert report.live
    assert report.finding == (False, "there is no ACME board", "buy one", None)


@pytest.mark.usefixtures("acme")
def test_an_unknown_name_lists_it_too() -> None:
    with pytest.raises(NoDriver, match=r"the drivers are xen, .*xen:simulated, .*simulated, image, replay, acme, acme:tiny"):
        efirt.open("plan9")


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("words", ["xen,acme", "live"])
def test_it_can_be_switched_off_and_is_then_not_even_loaded(words: str, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFIRT_DISABLE", words)
    (site / "acme_for_efirt.py").write_text("raise SystemExit('loaded')\n", encoding="utf-8")
    with pytest.raises(NoDriver, match="the driver acme is switched off"):
        efirt.open("acme")
    assert "switched off" in next(report for report in reports() if report.name == "acme").finding.reason


@pytest.mark.parametrize(
    ("contents", "why"),
    [
        (None, "No module named 'broken_for_efirt"),
        ("raise RuntimeError('no luck')", "no luck"),
        ("import nothing_of_this_name", "nothing_of_this_name"),
        ("x = 1", "no attribute"),
    ],
    ids=["missing", "raises", "imports what is missing", "no opener"],
)
def test_a_broken_one_is_one_line_of_the_list_and_one_clear_error(contents: str | None, why: str, site: Path) -> None:
    module = f"broken_for_efirt_{abs(hash(contents))}"
    if contents is not None:
        (site / f"{module}.py").write_text(contents, encoding="utf-8")
    install(site, "broken-efirt", f"broken = {module}")
    lines = {report.name: report.finding for report in reports()}
    assert {"xen", "xen:simulated", "simulated", "broken"} <= lines.keys()
    assert not lines["broken"].applies
    assert lines["broken"].reason.startswith("cannot be loaded: ")
    assert why in lines["broken"].reason
    assert lines["broken"].advice == "update or remove the package broken-efirt"
    with pytest.raises(NoDriver, match=r"the driver broken, offered by the package broken-efirt, cannot be loaded: .*; update or remove"):
        efirt.open("broken")
    efirt.open("simulated").close()


def test_a_finding_that_is_none_is_one_line_too(site: Path) -> None:
    (site / "odd_for_efirt.py").write_text("def find():\n    return None\n", encoding="utf-8")
    install(site, "odd-efirt", "odd = odd_for_efirt")
    assert "cannot be loaded" in next(report for report in reports() if report.name == "odd").finding.reason


def test_it_cannot_take_a_built_in_name(site: Path) -> None:
    shutil.copy(MODULE, site / "thief_for_efirt.py")
    install(site, "thief", "simulated = thief_for_efirt")
    with efirt.open("simulated") as runtime:
        assert "BootOrder" in [key.name for key in runtime.names()]


def run(code: str) -> str:
    # No site, so that nothing is there that a .pth file brought.
    command = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(SOURCE.parent)!r})\n{code}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("opened", ["simulated", "xen:simulated"])
def test_opening_a_built_in_driver_does_not_read_entry_points(opened: str) -> None:
    code = f"""
import sys
seen = set(name for name in sys.modules if name.startswith("importlib.metadata"))
import efirt
with efirt.open({opened!r}) as runtime:
    runtime.set("A-6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a11", b"x")
    list(runtime.variables())
print(sorted(name for name in sys.modules if name.startswith("importlib.metadata") and name not in seen))
"""
    assert run(code) == "[]\n"


SLOW = (
    "asyncio",
    "ctypes",
    "dataclasses",
    "datetime",
    "email",
    "importlib.metadata",
    "inspect",
    "json",
    "logging",
    "pathlib",
    "subprocess",
    "typing_extensions",
)


def test_importing_efirt_is_cheap() -> None:
    code = f"""
import sys
before = set(sys.modules)
import efirt
print(sorted(name for name in set(sys.modules) - before if name.startswith({SLOW!r})))
print(sorted(name for name in set(sys.modules) - before if name.startswith(("efirt.runtime", "efirt.drivers", "efirt.firmware"))))
"""
    assert run(code) == "[]\n[]\n"


def test_no_name_of_the_front_door_is_hidden_by_a_room() -> None:
    code = """
import efirt
for name in ("simulated", "xen:simulated"):
    efirt.open(name).close()
efirt.available_drivers()
print([name for name in efirt.__all__ if type(getattr(efirt, name)).__name__ == "module"])
"""
    assert run(code) == "[]\n"
