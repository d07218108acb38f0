"""Files of a real QEMU: qcow2 as its qemu-img writes it, and images that a running machine holds."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import lab
from efirt.drivers.image.writing import writing
from efirt.errors import DriverError
from lab import qemu, tools
from tests.drivers.image.images import TWIN, A, B, efirt, opened, three, values, written
from tests.real.programs import shipped

pytestmark = pytest.mark.lab

MACHINE = "firmware"
SIZE = 0x84000
KINDS = {
    "usual": (),
    "of version 2": ("-o", "compat=0.10"),
    "compressed": ("-c",),
    "of small clusters": ("-o", "cluster_size=512"),
    "of large clusters": ("-o", "cluster_size=2M"),
}


def img(*words: str | Path) -> str:
    """Run the real qemu-img."""
    if shutil.which("qemu-img") is None:
        pytest.skip("qemu-img is NOT here, so qcow2 is not shown with the real one: apt-get install --no-install-recommends qemu-utils")
    return subprocess.run(["qemu-img", *words], check=True, capture_output=True, text=True).stdout


def packed(tmp_path: Path, *options: str) -> Path:
    """Pack an image of three variables as qcow2."""
    path = tmp_path / "vars.qcow2"
    img("convert", "-f", "raw", "-O", "qcow2", *options, three(tmp_path / "raw.fd"), path)
    return path


def unpacked(path: Path) -> Path:
    """Unpack one, and see that it is whole."""
    img("check", path)
    target = path.with_suffix(".unpacked")
    img("convert", "-f", "qcow2", "-O", "raw", path, target)
    return target


@pytest.mark.parametrize("kind", KINDS)
def test_an_image_that_qemu_img_packed_is_read_and_written_back(tmp_path: Path, kind: str) -> None:
    path = packed(tmp_path, *KINDS[kind])
    told = json.loads(efirt("image", "info", "--json", str(path)).stdout)
    assert (told["format"], told["variables"], told["layout"]) == ("qcow2", 3, "ovmf-4m")
    assert efirt("--driver", f"image:{path}", "set", str(A), "--text", "new").returncode == 0
    assert values(unpacked(path)) == {A: b"new", TWIN: b"theirs", B: b"boot"}
    assert json.loads(img("info", "--output=json", path))["virtual-size"] == SIZE


def test_an_image_that_is_converted_here_is_the_same_to_qemu_img(tmp_path: Path) -> None:
    source, path, back = three(tmp_path / "raw.fd"), tmp_path / "vars.qcow2", tmp_path / "back.fd"
    assert efirt("image", "convert", str(source), str(path)).returncode == 0
    assert json.loads(img("info", "--output=json", path))["format"] == "qcow2"
    assert img("compare", "-f", "raw", "-F", "qcow2", source, path) == "Images are identical.\n"
    assert efirt("image", "convert", str(path), str(back)).returncode == 0
    assert back.read_bytes() == source.read_bytes()


def test_an_image_that_names_another_file_is_refused(tmp_path: Path) -> None:
    base, path, data = three(tmp_path / "raw.fd"), tmp_path / "vars.qcow2", tmp_path / "data.qcow2"
    img("create", "-f", "qcow2", "-b", base, "-F", "raw", path)
    img("create", "-f", "qcow2", "-o", f"data_file={tmp_path / 'data'}", data, str(SIZE))
    for one in (path, data):
        with pytest.raises(DriverError, match="takes its contents from another file"):
            opened(one)
    flat = tmp_path / "flat.fd"
    img("convert", "-O", "raw", path, flat)
    assert values(flat) == values(base)


def test_an_image_that_is_encrypted_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vars.qcow2"
    options = "encrypt.format=aes,encrypt.key-secret=key"
    img("create", "--object", "secret,id=key,data=1234", "-f", "qcow2", "-o", options, path, str(SIZE))
    with pytest.raises(DriverError, match="is encrypted"):
        opened(path)


def test_an_image_with_snapshots_is_read_and_not_written(tmp_path: Path) -> None:
    path = packed(tmp_path)
    img("snapshot", "-c", "before", path)
    before = path.read_bytes()
    driver = opened(path)
    assert efirt("--driver", f"image:{path}", "list").returncode == 0
    with pytest.raises(DriverError, match="keeps 1 snapshots"):
        written(driver, A, b"new")
    assert path.read_bytes() == before


@contextmanager
def running(path: Path, form: str) -> Iterator[None]:
    """Hold a machine before its first instruction, with a file for its variables."""
    if tools.absent():
        pytest.skip(f"no QEMU holds the file here: {tools.absent()}")
    code = path.parent / "code.fd"
    try:
        code.write_bytes(shipped(MACHINE, (lab.MACHINES[MACHINE].flash or ("", ""))[0]))
    except lab.Missing as why:
        pytest.skip(f"no QEMU holds the file here: {why}")
    options = [
        *("-S", "-machine", "q35", "-drive", f"if=pflash,format=raw,readonly=on,file={code}"),
        *("-drive", f"if=pflash,format={form},file={path}"),
    ]
    with qemu.boot(options, console=path.parent / "console", log=path.parent / "log") as machine:
        machine._control.execute("query-status")
        yield


@pytest.mark.parametrize("form", ["raw", "qcow2"])
def test_what_a_running_qemu_holds_is_read_and_not_written_unless_forced(tmp_path: Path, form: str) -> None:
    path = three(tmp_path / "vars.fd") if form == "raw" else packed(tmp_path)
    before, driver = path.read_bytes(), f"image:{path}"
    with running(path, form):
        assert efirt("--driver", driver, "get", str(TWIN)).returncode == 0
        assert efirt("image", "check", str(path)).returncode == 0
        for option in ("", "?in-place=yes") if form == "raw" else ("",):
            refused = efirt("--driver", driver + option, "set", str(A), "--text", "new")
            assert refused.returncode == 1
            assert "is in use: another process has locked it" in refused.stderr
        assert path.read_bytes() == before
        assert efirt("--driver", f"{driver}?force=yes", "set", str(A), "--text", "forced").returncode == 0
    assert values(path if form == "raw" else unpacked(path))[A] == b"forced"
    assert efirt("--driver", driver, "set", str(A), "--text", "later").returncode == 0
    assert values(path if form == "raw" else unpacked(path)) == {A: b"later", TWIN: b"theirs", B: b"boot"}


def test_qemu_does_not_start_with_what_is_being_written_here(tmp_path: Path) -> None:
    path = three(tmp_path / "vars.fd")
    with writing(str(path), None), pytest.raises(OSError, match=r"QEMU did not|reset by peer|Broken pipe"), running(path, "raw"):
        pass
    assert 'Failed to get "write" lock' in (tmp_path / "log").read_text()
    with running(path, "raw"):
        pass
