"""Real Xen, PV and PVH dom0, over real OVMF: efirt's command line against the kernel's efivarfs and the image on disk."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import lab
from efirt import Key
from efirt.images.edk2 import Edk2Image
from tests.real.machine import ROOT, boot, pytest_itself, report

pytestmark = pytest.mark.lab

VENDOR = "6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a03"
MACHINES = ["xen-pv", "xen-pvh", "xen-pv-13", "xen-pvh-13"]


class Dom0(NamedTuple):
    name: str
    report: dict[str, Any]
    result: lab.Result


@pytest.fixture(scope="module")
def pyz(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pyz") / "efirt.pyz"
    subprocess.run([sys.executable, ROOT / "tools/make_pyz.py", path], check=True)
    return path


@pytest.fixture(scope="module", params=MACHINES)
def dom0(request: pytest.FixtureRequest, pyz: Path, tmp_path_factory: pytest.TempPathFactory) -> Dom0:
    name: str = request.param
    found, result = report(name, "dom0.py", {"/efirt.pyz": pyz}, tmp_path_factory.mktemp(name), timeout_seconds=300)
    return Dom0(name, found, result)


def as_json(step: dict[str, Any], stream: str = "out") -> Any:
    return json.loads(step[stream])


def test_the_xen_driver_applies_and_says_so(dom0: Dom0) -> None:
    xen = next(line for line in as_json(dom0.report["drivers"]) if line["name"] == "xen")
    assert xen["applies"] is True
    assert "dom0 of a Xen booted through EFI" in xen["reason"]


def test_a_listing_by_hypercall_equals_what_efivarfs_holds(dom0: Dom0) -> None:
    listed = as_json(dom0.report["list"])
    ours = {f"{one['name'].replace('/', '!')}-{one['guid']}": one["attributes"].to_bytes(4, "little").hex() + one["data"] for one in listed}
    assert len(listed) == len(ours) > 20
    assert ours == dom0.report["efivarfs"]


def test_the_one_file_edition_lists_the_same(dom0: Dom0) -> None:
    step = dom0.report["pyz"]
    assert step["status"] == 0, step["err"]
    assert as_json(step) == [{name: one[name] for name in one if name != "data"} for one in as_json(dom0.report["list"])]


def test_a_variable_is_written_appended_to_and_read_back(dom0: Dom0) -> None:
    assert [dom0.report[step]["status"] for step in ("set", "append", "get")] == [0, 0, 0]
    assert bytes.fromhex(as_json(dom0.report["get"])["data"]) == b"left behind and more"


def test_efivarfs_is_stale_until_it_is_mounted_again_and_the_command_says_so(dom0: Dom0) -> None:
    file = f"Left-{VENDOR}"
    assert file not in dom0.report["efivarfs stale"]
    assert dom0.report["efivarfs fresh"][file] == "07000000" + b"left behind and more".hex()
    assert "mount" in dom0.report["set"]["err"]
    assert "efivarfs" in dom0.report["set"]["err"]
    assert dom0.report["append"]["err"] == ""


def test_the_written_variable_is_in_the_image_on_disk(dom0: Dom0) -> None:
    image = Edk2Image.decode(dom0.result.vars_image.read_bytes())
    stored = {record.key: record for record in image.variables}
    assert stored[Key.parse(f"Left-{VENDOR}")].data == b"left behind and more"
    assert Key.parse(f"Gone-{VENDOR}") not in stored


def test_every_non_volatile_variable_of_the_listing_is_in_the_image_on_disk(dom0: Dom0) -> None:
    stored = {record.key for record in Edk2Image.decode(dom0.result.vars_image.read_bytes()).variables}
    listed = {Key.parse(f"{one['name']}-{one['guid']}") for one in as_json(dom0.report["list"]) if "NV" in one["flags"]}
    assert listed <= stored


def test_a_deletion_is_guarded_and_done_by_force(dom0: Dom0) -> None:
    assert dom0.report["delete guarded"]["status"] == 1
    assert "--force" in dom0.report["delete guarded"]["err"]
    assert dom0.report["delete gone"]["status"] == 0
    assert as_json(dom0.report["not found"], "err")["error"]["status"] == "EFI_NOT_FOUND"


def test_an_unknown_global_name_is_refused_by_firmware_itself(dom0: Dom0) -> None:
    step = dom0.report["unknown global"]
    error = as_json(step, "err")["error"]
    assert step["status"] == 1
    assert (error["kind"], error["status"]) == ("firmware", "EFI_INVALID_PARAMETER")


def test_info_tells_who_the_firmware_is(dom0: Dom0) -> None:
    assert dom0.report["info"]["status"] == 0
    assert as_json(dom0.report["info"])["vendor"] == ("Debian distribution of EDK II" if dom0.name.endswith("-13") else "EDK II")
    assert dom0.report["time"]["status"] == 0


def test_without_rights_there_is_one_clear_line(dom0: Dom0) -> None:
    step = dom0.report["nobody"]
    assert step["status"] == 1
    assert "privcmd cannot be opened" in step["err"]
    assert "root" in step["err"]
    assert step["err"].count("\n") == 1


def test_without_libxencall_the_kernels_device_serves_unless_the_library_is_named(dom0: Dom0) -> None:
    named, found = dom0.report["no library, named"], dom0.report["no library, found"]
    assert named["status"] == 1
    assert "libxencall.so.1 cannot be loaded" in named["err"]
    assert named["err"].count("\n") == 1
    assert found["status"] == 0, found["err"]
    assert len(as_json(found)) > 20


def test_switched_off_it_says_so(dom0: Dom0) -> None:
    step = dom0.report["switched off"]
    assert step["status"] == 1
    assert "EFIRT_DISABLE=xen" in step["err"]


@pytest.mark.parametrize("machine", ["xen-pv", "xen-pvh"])
def test_the_scenario_of_the_simulated_drivers_holds_on_the_real_one(machine: str, tmp_path: Path) -> None:
    put = {"/efirt/tests/conformance": ROOT / "tests/conformance", **pytest_itself()}
    options = ["-p", "no:cacheprovider", "--confcutdir=tests/conformance", "-q", "-W", "error", "tests/conformance"]
    drivers = "xen:libxencall" if machine == "xen-pv" else "xen:libxencall,xen:privcmd"
    command = ["env", f"EFIRT_TEST_DRIVERS={drivers}", f"EFIRT_REQUIRE={drivers}", "python3", "-m", "pytest", *options]
    result = boot(machine, command, put, tmp_path, timeout_seconds=300)
    assert result.exit_status == 0, result.stdout.decode() + result.stderr.decode()
    assert b" skipped" not in result.stdout
