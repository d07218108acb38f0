import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from efirt.drivers.xen.devices import is_control_domain, open_first
from efirt.errors import DriverError, NoDriver
from tests.house.tree import ROOT

NOBODY = 65534


def test_the_first_device_that_is_there_is_opened_for_both_and_not_inherited(tmp_path: Path) -> None:
    device = tmp_path / "privcmd"
    device.write_bytes(b"here")
    fd = open_first((str(tmp_path / "absent"), str(device)))
    try:
        assert os.fstat(fd).st_ino == device.stat().st_ino
        assert os.write(fd, b"both") == 4
        assert not os.get_inheritable(fd)
    finally:
        os.close(fd)


def test_where_none_is_there_the_first_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoDriver, match=r"not a Xen domain.*: .*/first is missing"):
        open_first((str(tmp_path / "first"), str(tmp_path / "second")))


def test_a_node_without_a_driver_behind_it_counts_as_absent(tmp_path: Path) -> None:
    pipe = tmp_path / "socket"
    os.mknod(pipe, stat.S_IFSOCK | 0o600)
    device = tmp_path / "privcmd"
    device.write_bytes(b"")
    os.close(open_first((str(pipe), str(device))))
    with pytest.raises(NoDriver, match="socket is missing"):
        open_first((str(pipe),))


def test_a_device_that_fails_in_another_way_is_not_passed_over(tmp_path: Path) -> None:
    device = tmp_path / "privcmd"
    device.write_bytes(b"")
    with pytest.raises(DriverError, match="cannot be opened: Is a directory"):
        open_first((str(tmp_path), str(device)))


def test_a_device_that_is_closed_to_this_user_is_permission_denied(tmp_path: Path) -> None:
    device = tmp_path / "privcmd"
    device.write_bytes(b"")
    device.chmod(0)
    for folder in (tmp_path, *list(tmp_path.parents)[:2]):
        folder.chmod(0o755)
    code = (
        f"import os, sys; sys.path.insert(0, {str(ROOT / 'src')!r})\n"
        "from efirt.drivers.xen.devices import open_first\n"
        "from efirt.errors import PermissionDenied\n"
        f"if os.getuid() == 0: os.setuid({NOBODY})\n"
        f"try: open_first(({str(device)!r},))\n"
        "except PermissionDenied as refusal: print(refusal)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (run.stdout, run.stderr) == (f"{device} cannot be opened: Permission denied; run this as root\n", "")


@pytest.mark.parametrize(("text", "said"), [("control_d\n", True), ("control_d,other\n", True), ("", False), ("\n", False)])
def test_the_kernel_says_whether_this_is_dom0(text: str, said: bool, tmp_path: Path) -> None:
    capabilities = tmp_path / "capabilities"
    capabilities.write_text(text, encoding="ascii")
    assert is_control_domain(str(capabilities)) is said


def test_where_the_kernel_says_nothing_neither_do_we(tmp_path: Path) -> None:
    assert is_control_domain(str(tmp_path / "absent")) is None
    assert is_control_domain(str(tmp_path)) is None
