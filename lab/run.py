"""Running something inside a machine."""

import contextlib
import shutil
import tarfile
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from lab import disk, hardware, kit, qemu, talk, tools
from lab.drives import Drive
from lab.errors import BootFailed, Missing
from lab.job import Job
from lab.machines import KITS, MACHINES, Machine

_RESERVE_SECONDS: Final = 15.0
_EXIT_SECONDS: Final = 1.0
_KILLED: Final = 128 + 9
_USUAL: Final = "TCG doesn't support requested feature"


class Result(NamedTuple):
    """What a run brought back.

    Attributes:
        exit_status: The command's; 128 and the signal's number when one killed it.
        stdout: All it printed.
        stderr: All it complained.
        files: Where each file or folder asked for is now, by its path in the guest; one that was not there is not here.
        vars_image: The firmware's variable store after the run.
        snapshots: The store as it was when the guest asked for it, by name.
        console: What the machine printed on its first serial port.
        seconds: How long the whole run took.
    """

    exit_status: int
    stdout: bytes
    stderr: bytes
    files: dict[str, Path]
    vars_image: Path
    snapshots: dict[str, Path]
    console: str
    seconds: float


def _machine(name: str) -> Machine:
    if name not in MACHINES:
        message = f"no machine is called {name!r}; there are {', '.join(MACHINES)}"
        raise ValueError(message)
    return MACHINES[name]


def missing(machine: str) -> str | None:
    """Say in one line why a machine cannot boot on this host and what to do about it, or nothing when it can.

    Nothing is fetched: a machine whose packages are not in the cache counts as missing here, though ``run`` would fetch them.

    Raises:
        ValueError: There is no such machine.
    """
    needed = KITS[_machine(machine).kit]
    if why := tools.absent():
        return why
    if not kit.is_built(needed):
        return f"the packages of machine {machine} are not in the cache: python -m lab fetch {machine}"
    return None


def _console(job: Job) -> str:
    return job.console.read_text(encoding="utf-8", errors="replace") if job.console.exists() else ""


def _unpack(job: Job) -> dict[str, Path]:
    """Unpack what the guest sent into the run's folder, and give where the files asked for are.

    Only folders and files, only below the run's folder, and with rights of ours: what comes from a guest is not trusted. (Debian 12's
    Python is too old for tarfile's own filters.)
    """
    root = job.out.resolve()
    with tarfile.open(job.work / "result", mode="r:gz") as archive:
        for member in archive:
            place = (root / member.name).resolve()
            content = archive.extractfile(member) if member.isreg() else None
            if content is not None and place.is_relative_to(root):
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content.read())
            elif member.isdir() and place.is_relative_to(root):
                place.mkdir(parents=True, exist_ok=True)
    places = {path: job.out / "files" / path.lstrip("/") for path in job.get}
    return {path: place for path, place in places.items() if place.exists()}


def _in_system(job: Job, running: qemu.Running) -> dict[str, Path]:
    """Talk with a guest that is a whole system until its result is here, and give the snapshots it asked for."""
    snapshots: dict[str, Path] = {}

    def snapshot(name: str) -> None:
        snapshots[name] = job.out / "snapshots" / f"{name}.fd"
        snapshots[name].parent.mkdir(exist_ok=True)
        running.save(job.flash, snapshots[name])

    size = talk.Talk(running.port, job.until).until_result(_RESERVE_SECONDS, snapshot)
    with job.shared.open("rb") as shared, (job.work / "result").open("wb") as result:
        result.write(shared.read(size))
    return snapshots


def _in_shell(job: Job, running: qemu.Running) -> dict[str, Path]:
    """Wait until the firmware's shell has gone through its script."""
    talk.Talk(running.port, job.until).until_end()
    if not (disk.read(job.disk, "lab.status", job.work / "status") and disk.read(job.disk, "lab.out", job.work / "out")):
        raise talk.Silence
    return {}


def _in_menu(job: Job, running: qemu.Running) -> dict[str, Path]:
    """Wait until what the boot menu started says what is waited for."""
    heard = talk.Talk(running.port, job.until).until_said(job.command[0])
    for name, data in {"stdout": heard, "stderr": b"", "status": b"0"}.items():
        (job.out / name).write_bytes(data)
    return {}


def _read_disk(job: Job) -> dict[str, Path]:
    """Read what the firmware's shell left on its disk, and give where the files asked for are."""
    # The shell redirects in UTF-16 with a byte order mark, and says EFI_NOT_FOUND as 0xE.
    (job.out / "stdout").write_bytes((job.work / "out").read_bytes().decode("utf-16").encode())
    (job.out / "stderr").write_bytes(b"")
    (job.out / "status").write_text(str(int((job.work / "status").read_bytes().decode("utf-16"), 0)))
    places = {path: job.out / "files" / path.lstrip("/") for path in job.get}
    return {path: place for path, place in places.items() if disk.read(job.disk, path.lstrip("/"), place)}


def _went_silent(job: Job, running: qemu.Running) -> BootFailed:
    lines = (job.out / "qemu.log").read_text(errors="replace").splitlines()
    said = " / ".join(line for line in lines if _USUAL not in line)
    what = "ended without a result" if running.process.exited(_EXIT_SECONDS) else "gave no result within its time"
    why = f"machine {job.name} {what}"
    return BootFailed(f"{why}; QEMU says: {said}" if said else why, _console(job))


def _boot(job: Job) -> tuple[dict[str, Path], dict[str, Path]]:
    """Boot the machine, and give the files and the snapshots it brought back."""
    talk_with = {"shell": _in_shell, "menu": _in_menu}.get(job.machine.boots, _in_system)
    with qemu.boot(hardware.options(job), console=job.console, log=job.out / "qemu.log") as running:
        try:
            running.start()
            snapshots = talk_with(job, running)
        except (talk.Silence, OSError) as error:
            raise _went_silent(job, running) from error
        finally:
            with contextlib.suppress(OSError):
                running.save(job.flash, job.store)
        running.quit()
    if job.machine.boots == "menu":
        return {}, snapshots
    return _read_disk(job) if job.machine.boots == "shell" else _unpack(job), snapshots


def _check_time(job: Job) -> None:
    """Raise when the guest had to kill the command because the time was over."""
    killed = int((job.out / "status").read_text()) == _KILLED
    if killed and time.monotonic() > job.until - _RESERVE_SECONDS - 1:
        said = (job.out / "stdout").read_bytes()[-2000:] + (job.out / "stderr").read_bytes()[-2000:]
        message = f"machine {job.name} booted, but its command did not end in time; it last said:\n{said.decode(errors='replace')}"
        raise BootFailed(message, _console(job))


def _prepare(job: Job, vars_image: Path | None) -> None:
    job.out.mkdir(parents=True, exist_ok=True)
    size = job.variables.stat().st_size
    store = job.variables.read_bytes() if vars_image is None else vars_image.read_bytes()
    if len(store) != size:
        message = f"{vars_image} has {len(store)} bytes; the firmware of {job.name} wants {size}"
        raise ValueError(message)
    for name in ("console.log", "stdout", "stderr", "status"):
        (job.out / name).unlink(missing_ok=True)
    shutil.rmtree(job.out / "files", ignore_errors=True)
    job.store.write_bytes(store)


def run(  # noqa: PLR0913 - all but the first two have a default, and none stands without its name
    machine: str,
    command: Sequence[str],
    *,
    out: Path,
    put: Mapping[str, Path | bytes] | None = None,
    get: Sequence[str] = (),
    vars_image: Path | None = None,
    drives: Sequence[Drive] = (),
    timeout_seconds: float | None = None,
) -> Result:
    """Boot a machine, run a command in it, and bring back what it left. QEMU ends whatever happens.

    The command's working directory is /efirt where that was put; EFIRT_LAB names the machine, PYTHONPATH holds /efirt/src.
    In a machine that ends in the firmware's shell the command is the lines of a script, paths are those of its disk, and the
    exit status is the last EFI status the shell saw. In one that goes through its boot menu the command is what the started program
    says on the second serial port, and the run ends there.

    Args:
        machine: A key of ``MACHINES``.
        command: The program and its arguments.
        out: A folder for what comes back; made when it is not there. Files an earlier run left there are replaced.
        put: A file, a folder or contents, by the path it gets in the guest.
        get: Paths in the guest, of files or folders, to bring back after the command.
        vars_image: The variable store to start with, such as another run's; it is copied. The empty one when not given.
        drives: Disks beside the machine's own, in an order that the machine keeps.
        timeout_seconds: How long the whole run may take; the machine's own limit when not given.

    Raises:
        ValueError: There is no such machine, a path in the guest is not absolute, or the store has not the firmware's size.
        Missing: The host lacks something; the message says what to install.
        BootFailed: The machine died, hung, or was too slow.
    """
    began = time.monotonic()
    what = _machine(machine)
    if why := tools.absent():
        raise Missing(why)
    built = kit.build(KITS[what.kit])
    limit = what.timeout_seconds if timeout_seconds is None else timeout_seconds
    with tempfile.TemporaryDirectory(prefix="efirt-lab.") as work:
        until = time.monotonic() + limit
        job = Job(machine, what, built, command, put or {}, get, out, Path(work), until, drives)
        _prepare(job, vars_image)
        files, snapshots = _boot(job)
    _check_time(job)
    status = int((out / "status").read_text())
    stdout, stderr = (out / "stdout").read_bytes(), (out / "stderr").read_bytes()
    return Result(status, stdout, stderr, files, job.store, snapshots, _console(job), time.monotonic() - began)
