"""What a machine is made of for one run, as options of QEMU: its flash, its shared memory, and what its firmware starts."""

import shlex
from pathlib import Path
from typing import Final

from lab import carry, compiled, cpio, disk, drives, guest
from lab.job import Job
from lab.qemu import FLASH, NOWHERE, quoted
from lab.talk import END


def _initramfs(job: Job) -> Path:
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


def _xen(job: Job) -> tuple[str, ...]:
    """Put Xen, its configuration, the kernel and the guest's system on a disk."""
    configuration = job.work / "xen.cfg"
    configuration.write_text(
        "[global]\ndefault=xen\n[xen]\n"
        f"options=console=com1 com1=115200,8n1 noreboot=0 {job.machine.xen_options}\n"
        f"kernel=vmlinux console=hvc0 loglevel=4 panic=1 {job.machine.linux_options}\nramdisk=initrd\n",
    )
    files = {
        "EFI/BOOT/BOOTX64.EFI": job.built.hypervisor,
        "EFI/BOOT/BOOTX64.cfg": configuration,
        "EFI/BOOT/vmlinux": job.built.dom0,
        "EFI/BOOT/initrd": _initramfs(job),
    }
    disk.make(job.disk, files)
    return ("-drive", f"format=raw,file={quoted(job.disk)}")


def _linux(job: Job) -> tuple[str, ...]:
    words = f"console=ttyS0 panic=1 {job.machine.linux_options}"
    return ("-kernel", str(job.built.kernel), "-initrd", str(_initramfs(job)), "-append", words)


def _shell(job: Job) -> tuple[str, ...]:
    """Put a script for the firmware's shell on a disk, beside the files it works on."""
    lines = ("@echo -off", "fs0:", r"\lab.nsh > \lab.out", r"echo %lasterror% > \lab.status", f"echo {END}", "")
    own = {"/startup.nsh": "\r\n".join(lines).encode(), "/lab.nsh": "\r\n".join(("@echo -off", *job.command, "")).encode()}
    files: dict[str, Path] = {}
    for number, entry in enumerate(carry.entries({**job.put, **own})):
        files[entry.name] = job.work / f"put{number}"
        files[entry.name].write_bytes(entry.data)
    if job.machine.shell:
        files["EFI/BOOT/BOOTX64.EFI"] = job.built.root / job.machine.shell
    disk.make(job.disk, files)
    return ("-drive", f"format=raw,file={quoted(job.disk)}")


def _menu(_job: Job) -> tuple[str, ...]:
    """Nothing: firmware goes through its boot menu."""
    return ()


_STARTS: Final = {"xen": _xen, "linux": _linux, "shell": _shell, "menu": _menu}


def _flash(job: Job) -> tuple[str, ...]:
    """Give the machine its firmware and its variables, of which it begins with those in the file."""
    code = f"if=pflash,format=raw,readonly=on,file={quoted(job.code)}"
    store = f"driver=raw,node-name={FLASH},file.driver=file,file.filename={quoted(job.store)}"
    nowhere = f"driver=null-co,node-name={NOWHERE},size={job.store.stat().st_size}"
    return ("-S", "-machine", f"q35,pflash1={FLASH}", "-drive", code, "-blockdev", store, "-blockdev", nowhere)


def _shared(job: Job) -> tuple[str, ...]:
    """Give the machine memory it shares with the host: a file, which takes room only where it is written."""
    memory = f"memory-backend-file,id=shared,share=on,mem-path={quoted(job.shared)},size={guest.SHARED_SIZE}"
    return ("-object", memory, "-device", "ivshmem-plain,memdev=shared")


def options(job: Job) -> tuple[str, ...]:
    """Write what the machine starts from, and give the options that make it of what is written."""
    return (*_flash(job), *_shared(job), *job.machine.qemu, *_STARTS[job.machine.boots](job), *drives.options(job.drives))
