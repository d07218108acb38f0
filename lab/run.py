"""Running something inside a machine."""

import io
import shlex
import shutil
import tarfile
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from lab import carry, compiled, cpio, disk, guest, kit, qemu, talk, tools
from lab.errors import BootFailed, Missing
from lab.machines import KITS, MACHINES, Machine

_RESERVE_SECONDS: Final = 15.0
_KILLED: Final = 128 + 9


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


class _Job(NamedTuple):
    """One run: what to do, and where."""

    name: str
    machine: Machine
    built: kit.Built
    command: Sequence[str]
    put: Mapping[str, Path | bytes]
    get: Sequence[str]
    out: Path
    work: Path
    until: float

    @property
    def store(self) -> Path:
        return self.out / "vars.fd"

    @property
    def console(self) -> Path:
        return self.out / "console.log"


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


def _console(job: _Job) -> str:
    return job.console.read_text(encoding="utf-8", errors="replace") if job.console.exists() else ""


def _initramfs(job: _Job) -> Path:
    """Write the guest's system and, after it, what this run carries in: the kernel reads one archive after the other."""
    carried = [*carry.entries(job.put)]
    modules = compiled.bytecode(carry.sources(carried), job.built.root, job.built.python)
    own = (
        cpio.file(guest.COMMAND, guest.command(job.name, shlex.join(job.command))),
        cpio.file("lab/get", "".join(f"{path}\n" for path in job.get)),
    )
    entries = (*carried, *(cpio.file(name, data) for name, data in modules.items()), *own)
    path = job.work / "initrd"
    with path.open("wb") as file:
        base = job.built.base.read_bytes()
        file.write(base + bytes(-len(base) % 4))
        file.write(cpio.archive(cpio.with_parents(entries)))
    return path


def _xen(job: _Job) -> tuple[str, ...]:
    """Put Xen, its configuration, the kernel and the guest's system on a disk."""
    configuration = job.work / "xen.cfg"
    configuration.write_text(
        "[global]\ndefault=xen\n[xen]\n"
        f"options=console=com1 com1=115200,8n1 noreboot=0 {job.machine.xen_options}\n"
        "kernel=vmlinuz console=hvc0 earlyprintk=xen panic=1\nramdisk=initrd\n",
    )
    files = {
        "EFI/BOOT/BOOTX64.EFI": job.built.hypervisor,
        "EFI/BOOT/BOOTX64.cfg": configuration,
        "EFI/BOOT/vmlinuz": job.built.kernel,
        "EFI/BOOT/initrd": _initramfs(job),
    }
    disk.make(job.work / "disk", files)
    return ("-drive", f"format=raw,file={job.work / 'disk'}")


def _linux(job: _Job) -> tuple[str, ...]:
    return ("-kernel", str(job.built.kernel), "-initrd", str(_initramfs(job)), "-append", "console=ttyS0 panic=1")


def _shell(job: _Job) -> tuple[str, ...]:
    """Put a script for the firmware's shell on a disk, beside the files it works on."""
    lines = ("@echo -off", "fs0:", r"\lab.nsh > \lab.out", r"echo %lasterror% > \lab.status", "reset -s", "")
    own = {"/startup.nsh": "\r\n".join(lines).encode(), "/lab.nsh": "\r\n".join(("@echo -off", *job.command, "")).encode()}
    files: dict[str, Path] = {}
    for number, entry in enumerate(carry.entries({**job.put, **own})):
        files[entry.name] = job.work / f"put{number}"
        files[entry.name].write_bytes(entry.data)
    disk.make(job.work / "disk", files)
    return ("-drive", f"format=raw,file={job.work / 'disk'}")


_BOOTS: Final = {"xen": _xen, "linux": _linux, "shell": _shell}


def _flash(job: _Job) -> tuple[str, ...]:
    code = f"if=pflash,format=raw,readonly=on,file={job.built.code}"
    return ("-machine", "q35", "-drive", code, "-drive", f"if=pflash,format=raw,file={job.store}")


def _shared(job: _Job) -> tuple[str, ...]:
    """Give the machine memory it shares with the host: a file, which takes room only where it is written."""
    memory = f"memory-backend-file,id=shared,share=on,mem-path={job.work / 'shared'},size={guest.SHARED_SIZE}"
    return ("-object", memory, "-device", "ivshmem-plain,memdev=shared")


def _unpack(job: _Job, result: bytes) -> dict[str, Path]:
    """Unpack what the guest sent into the run's folder, and give where the files asked for are."""
    with tarfile.open(fileobj=io.BytesIO(result), mode="r:gz") as archive:
        for member in archive:
            if member.isdir() or member.isreg():
                member.mode = 0o755 if member.isdir() else 0o644
                archive.extract(member, job.out, filter="data")
    places = {path: job.out / "files" / path.lstrip("/") for path in job.get}
    return {path: place for path, place in places.items() if place.exists()}


def _in_system(job: _Job, running: qemu.Running) -> tuple[dict[str, Path], dict[str, Path]]:
    """Talk with a guest that is a whole system: until its result is here."""
    snapshots: dict[str, Path] = {}

    def snapshot(name: str) -> None:
        snapshots[name] = job.out / "snapshots" / f"{name}.fd"
        snapshots[name].parent.mkdir(exist_ok=True)
        with running.stopped():
            shutil.copyfile(job.store, snapshots[name])

    size = talk.Talk(running.port, job.until).until_result(_RESERVE_SECONDS, snapshot)
    with (job.work / "shared").open("rb") as shared:
        result = shared.read(size)
    running.quit()
    return _unpack(job, result), snapshots


def _in_shell(job: _Job, running: qemu.Running) -> tuple[dict[str, Path], dict[str, Path]]:
    """Wait until the firmware's shell has gone through its script and ended the machine, then read its disk."""
    if not running.process.exited(max(0.0, job.until - time.monotonic())):
        raise talk.Silence
    image = job.work / "disk"
    if not disk.read(image, "lab.status", job.work / "status") or not disk.read(image, "lab.out", job.work / "stdout"):
        raise talk.Silence
    # The shell redirects in UTF-16 with a byte order mark, and says EFI_NOT_FOUND as 0xE.
    (job.out / "stdout").write_bytes((job.work / "stdout").read_bytes().decode("utf-16").encode())
    (job.out / "stderr").write_bytes(b"")
    (job.out / "status").write_text(str(int((job.work / "status").read_bytes().decode("utf-16"), 0)))
    places = {path: job.out / "files" / path.lstrip("/") for path in job.get}
    return {path: place for path, place in places.items() if disk.read(image, path.lstrip("/"), place)}, {}


def _went_silent(job: _Job, running: qemu.Running) -> BootFailed:
    log = (job.out / "qemu.log").read_text(errors="replace").strip()
    if running.process.exited():
        why = f"machine {job.name} ended without a result"
    else:
        why = f"machine {job.name} gave no result within its time"
    return BootFailed(f"{why}; QEMU says: {log}" if log else why, _console(job))


def _boot(job: _Job) -> tuple[dict[str, Path], dict[str, Path]]:
    """Boot the machine, and give the files and the snapshots it brought back."""
    options = (*_flash(job), *_shared(job), *job.machine.qemu, *_BOOTS[job.machine.boots](job))
    with qemu.boot(options, console=job.console, log=job.out / "qemu.log") as running:
        try:
            return _in_shell(job, running) if job.machine.boots == "shell" else _in_system(job, running)
        except (talk.Silence, OSError, tarfile.TarError) as error:
            raise _went_silent(job, running) from error


def _check_time(job: _Job) -> None:
    """Raise when the guest had to kill the command because the time was over."""
    killed = int((job.out / "status").read_text()) == _KILLED
    if killed and time.monotonic() > job.until - _RESERVE_SECONDS - 1:
        said = (job.out / "stdout").read_bytes()[-2000:] + (job.out / "stderr").read_bytes()[-2000:]
        message = f"machine {job.name} booted, but its command did not end in time; it last said:\n{said.decode(errors='replace')}"
        raise BootFailed(message, _console(job))


def _prepare(job: _Job, vars_image: Path | None) -> None:
    job.out.mkdir(parents=True, exist_ok=True)
    store = job.built.variables.read_bytes() if vars_image is None else vars_image.read_bytes()
    if len(store) != job.built.variables.stat().st_size:
        message = f"{vars_image} has {len(store)} bytes; the firmware of {job.name} wants {job.built.variables.stat().st_size}"
        raise ValueError(message)
    for name in ("console.log", "stdout", "stderr", "status"):
        (job.out / name).unlink(missing_ok=True)
    job.store.write_bytes(store)


def run(  # noqa: PLR0913 - all but the first two have a default, and none stands without its name
    machine: str,
    command: Sequence[str],
    *,
    out: Path,
    put: Mapping[str, Path | bytes] | None = None,
    get: Sequence[str] = (),
    vars_image: Path | None = None,
    timeout_seconds: float | None = None,
) -> Result:
    """Boot a machine, run a command in it, and bring back what it left. QEMU ends whatever happens.

    The command's working directory is /efirt where that was put; EFIRT_LAB names the machine, PYTHONPATH holds /efirt/src.
    In a machine that ends in the firmware's shell the command is the lines of a script, paths are those of its disk, and the
    exit status is the last EFI status the shell saw.

    Args:
        machine: A key of ``MACHINES``.
        command: The program and its arguments.
        out: A folder for what comes back; made when it is not there.
        put: A file, a folder or contents, by the path it gets in the guest.
        get: Paths in the guest, of files or folders, to bring back after the command.
        vars_image: The variable store to start with, such as another run's; it is copied. The empty one when not given.
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
        job = _Job(machine, what, built, command, put or {}, get, out, Path(work), until)
        _prepare(job, vars_image)
        files, snapshots = _boot(job)
    _check_time(job)
    status = int((out / "status").read_text())
    stdout, stderr = (out / "stdout").read_bytes(), (out / "stderr").read_bytes()
    return Result(status, stdout, stderr, files, job.store, snapshots, _console(job), time.monotonic() - began)
