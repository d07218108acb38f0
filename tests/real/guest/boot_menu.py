"""Runs inside a Linux with variables: the same changes of the boot menu by efibootmgr and by efirt, and what each shows of the other's.

Usage: boot_menu.py REPORT.json. /setting.json has the drivers, the disks, and what an entry that is booted later gets.
"""

import contextlib
import io
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import efirt
from efirt import Key
from efirt.cli.main import main

EFIVARS = Path("/sys/firmware/efi/efivars")
GLOBAL = "8be4df61-93ca-11d2-aa0d-00e098032b8c"
OURS = "6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a05"
OF_MENU = re.compile(rf"((Boot|Driver|SysPrep)([0-9A-F]{{4}}|Order)|BootNext|Timeout)-{GLOBAL}")
LOADER = r"\EFI\efirt\linux.efi"
OPTION = Path("/option")
BUSES = {
    "nvme": "/nvme/",
    "sata": r"/ata\d+/",
    "scsi": r"/virtio\d+/host",
    "usb": r"/usb\d+/[\d-]+/[\d-]+:",
    "usb-hub": r"/usb\d+/[\d-]+/[\d-]+\.",
    "virtio": r"/virtio\d+/block/",
}
SETTING = json.loads(Path("/setting.json").read_text())


class Change(NamedTuple):
    """One change, as words for each program."""

    efibootmgr: list[str]
    efirt: list[str]


PLAIN = Change([], [])


def run(*words: str) -> str:
    """One command of another's; its output."""
    done = subprocess.run(words, capture_output=True, check=False)
    assert done.returncode == 0, (words, done)
    return done.stdout.decode()


def tried(driver: str, *words: str) -> tuple[int, str, str]:
    """One command of efirt's, in this process; its status, its output and its errors."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(["--driver", driver, *words])
    return status, out.getvalue(), err.getvalue()


def ours(driver: str, *words: str) -> str:
    """One command of efirt's, in this process; its output."""
    status, out, err = tried(driver, *words)
    assert status == 0, (driver, words, err)
    return out


def remount() -> None:
    run("umount", str(EFIVARS))
    run("mount", "-t", "efivarfs", "efivarfs", str(EFIVARS))


def raw() -> dict[str, str]:
    """The menu's variables, read as files."""
    return {path.name: path.read_bytes().hex() for path in sorted(EFIVARS.iterdir()) if OF_MENU.fullmatch(path.name)}


def restore(before: dict[str, str]) -> None:
    """Make the menu what it was."""
    with efirt.open("efivarfs") as runtime:
        for name, value in raw().items():
            key = Key.parse(name)
            if name not in before:
                runtime.delete(key, force=True)
            elif value != before[name]:
                runtime.set(key, bytes.fromhex(before[name])[4:], force=True)


def looks(numbers: Sequence[str], drivers: Sequence[str]) -> dict[str, Any]:
    """What each program shows of the menu."""
    shown: dict[str, Any] = {"raw": raw(), "efibootmgr": run("efibootmgr", "-v")}
    shown["efibootmgr of drivers"] = run("efibootmgr", "-r", "-v")
    shown["efibootmgr of programs"] = run("efibootmgr", "-y", "-v")
    shown["efivar"] = run("efivar", "-l").split()
    shown["efivar of one"] = {name: run("efivar", "-p", "-n", f"{GLOBAL}-{name}") for name in numbers}
    for driver in drivers:
        listed = {kind: json.loads(ours(driver, "--json", "boot", "list", "--kind", kind)) for kind in ("boot", "driver", "sysprep")}
        listed["show"] = {name: json.loads(ours(driver, "--json", "show", name)) for name in numbers}
        listed["get"] = {name: json.loads(ours(driver, "--json", "get", name)) for name in numbers}
        listed["list"] = json.loads(ours(driver, "--json", "list"))
        shown[driver] = listed
    return shown


def changes(free: Sequence[str]) -> list[Change]:
    """A list of changes; what is added gets the numbers that are free."""
    disks: list[dict[str, Any]] = SETTING["disks"]

    def added(label: str, disk: dict[str, Any], both: Change = PLAIN, how: str = "-c") -> Change:
        device, number = disk["device"], str(disk["number"])
        peer = [how, "-q", "-d", device, "-p", number, "-l", LOADER, "-L", label, *both.efibootmgr]
        return Change(peer, ["boot", "add", "--label", label, "--disk", device, "--partition", number, "--loader", LOADER, *both.efirt])

    first = disks[0]
    return [
        *(added(f"on {disk['device']}", disk) for disk in disks),
        *(added(f"all the way to {disk['device']}", disk, Change(["-e", "3"], ["--full"])) for disk in disks if disk["full"]),
        added("UCS-2", first, Change(["-u", "arg one"], ["--args-hex", "arg one".encode("utf-16-le").hex()])),
        added("ASCII", first, Change(["arg two"], ["--args-ascii", "arg two"])),
        added("of a file", first, Change(["-@", str(OPTION)], ["--args-file", str(OPTION)])),
        added("Grün, größer", first),
        added("in no order", first, Change([], ["--at", "none"]), "-C"),
        added("a driver", first, Change(["-r"], ["--kind", "driver"])),
        added("a program", first, Change(["-y"], ["--kind", "sysprep"])),
        Change(["-q", "-b", free[0], "-A"], ["boot", "inactive", free[0]]),
        Change(["-q", "-b", free[1], "-A"], ["boot", "inactive", free[1]]),
        Change(["-q", "-b", free[1], "-a"], ["boot", "active", free[1]]),
        Change(["-q", "-b", free[2], "-B"], ["boot", "remove", free[2]]),
        Change(["-q", "-n", free[0]], ["boot", "next", free[0]]),
        Change(["-q", "-o", f"{free[1]},{free[3]},{free[0]}"], ["boot", "order", free[1], free[3], free[0]]),
        Change(["-q", "-t", "9"], ["boot", "timeout", "9"]),
    ]


def whole() -> dict[str, Any]:
    """What efirt calls each disk from the hardware on; of those that efibootmgr does not know, what both say, efirt without debugfs."""
    driver, disks = SETTING["drivers"][0], [disk for disk in SETTING["disks"] if disk["bus"] != "loop"]

    def added(disk: dict[str, Any]) -> tuple[int, str, str]:
        where = ["--disk", disk["device"], "--partition", str(disk["number"]), "--loader", LOADER]
        return tried(driver, "--json", "boot", "add", "--label", "whole", *where, "--full", "--dry-run")

    found: dict[str, Any] = {"without debugfs": {disk["bus"]: added(disk) for disk in disks if not disk["full"]}, "by efibootmgr": {}}
    for disk in disks:
        if not disk["full"]:
            words = ["efibootmgr", "-c", "-d", disk["device"], "-p", str(disk["number"]), "-l", LOADER, "-L", "whole", "-e", "3"]
            done = subprocess.run(words, capture_output=True, check=False)
            found["by efibootmgr"][disk["bus"]] = [done.returncode, done.stderr.decode()]
    if found["by efibootmgr"]:
        run("mount", "-t", "debugfs", "debugfs", "/sys/kernel/debug")
    return found | {"by efirt": {disk["bus"]: added(disk) for disk in disks}}


def reads(*words: str) -> list[int]:
    """What each read(2) of a variable's file gave, when a command reads the variable."""
    log = Path("/strace")
    calls = "trace=read,readv,pread64,preadv,preadv2"
    subprocess.run(["strace", "-f", "-P", f"{EFIVARS}/BootOrder-{GLOBAL}", "-e", calls, "-o", str(log), *words], check=True)
    return [int(size) for size in re.findall(r"read\w*\(.* = (\d+)$", log.read_text(), re.MULTILINE)]


def values(driver: str) -> dict[str, Any]:
    """Variables of no menu: written by efivar and read by efirt, and the other way round."""
    Path("/value").write_bytes(b"by efivar\0\xff")
    run("efivar", "-w", "-n", f"{OURS}-ByEfivar", "-f", "/value", "-t", "7")
    found: dict[str, Any] = {"by efivar": json.loads(ours(driver, "--json", "get", f"ByEfivar-{OURS}"))}
    ours(driver, "set", f"ByEfirt-{OURS}", "--text", "by efirt")
    if driver == "xen":
        found["before the remount"] = f"{OURS}-ByEfirt" in run("efivar", "-l").split()
        remount()
    found["by efirt"] = run("efivar", "-p", "-n", f"{OURS}-ByEfirt")
    for name in ("ByEfivar", "ByEfirt"):
        ours(driver, "delete", f"{name}-{OURS}", "--force")
    if driver == "xen":
        remount()
    return found


def booted_later(driver: str) -> None:
    """Entries for the next start of this machine, and its variables as they are then."""
    where = ["--disk", SETTING["disks"][0]["device"], "--partition", str(SETTING["disks"][0]["number"]), "--loader", LOADER]
    ours(driver, "boot", "add", "--label", "once", "--at", "last", *where, "--args", SETTING["once"])
    number = json.loads(ours(driver, "--json", "boot", "list"))["order"][-1]
    ours(driver, "boot", "add", "--label", "always", *where, "--args", SETTING["always"])
    run("lab-snapshot", "always")
    ours(driver, "boot", "next", f"{number:04X}")


def everything() -> dict[str, Any]:
    before = raw()
    taken = {name[4:8] for name in before}
    free = [number for number in (f"{n:04X}" for n in range(40)) if number not in taken]
    usual = sum(1 + disk["full"] for disk in SETTING["disks"])
    numbers = [f"Boot{free[0]}", f"Boot{free[usual]}"]
    report: dict[str, Any] = {"free": free, "before": before, "calls": {}}
    all_changes = changes(free)
    for change in all_changes:
        run("efibootmgr", *change.efibootmgr)
    report["by efibootmgr"] = looks(numbers, SETTING["drivers"])
    for driver in SETTING["drivers"]:
        restore(before)
        if driver == "xen":
            remount()
        for change in all_changes:
            ours(driver, *change.efirt)
        if driver == "xen":
            report["before the remount"] = raw()
            remount()
        report[f"by efirt, {driver}"] = looks(numbers, [driver])
        ours(driver, "boot", "edit", free[0], "--label", "edited", "--args", "quiet", "--force")
        report[f"edited, {driver}"] = run("efibootmgr", "-v")
        report[f"values, {driver}"] = values(driver)
    restore(before)
    name = f"BootOrder-{GLOBAL}"
    programs: dict[str, Callable[[], list[int]]] = {
        "efirt": lambda: reads("python3", "-m", "efirt", "--driver", "efivarfs", "get", "BootOrder"),
        "cat": lambda: reads("cat", str(EFIVARS / name)),
        "efivar": lambda: reads("efivar", "-p", "-n", f"{GLOBAL}-BootOrder"),
    }
    report["whole"] = whole()
    report["calls"] = {program: count() for program, count in programs.items()} if SETTING["count"] else {}
    booted_later(SETTING["drivers"][0])
    return report


def found(bus: re.Pattern[str]) -> str:
    """The disk with partitions on a bus, when it is there; some take their time."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        for disk in Path("/sys/block").iterdir():
            if bus.search(str(disk.readlink())) and [*disk.glob("*/partition")]:
                return f"/dev/{disk.name}"
        time.sleep(0.05)
    raise FileNotFoundError(bus.pattern)


def prepare() -> None:
    """The disks."""
    OPTION.write_bytes(b"\0of a file\xff")
    if "loop" in SETTING:
        image, start, end = Path("/disk.img"), Path("/disk.start").read_bytes(), Path("/disk.end").read_bytes()
        with image.open("wb") as file:
            file.write(start)
            file.seek(SETTING["loop"] - len(end))
            file.write(end)
        run("losetup", "/dev/loop0", str(image))
        return
    run("lab-disks")
    for disk in SETTING["disks"]:
        disk["device"] = found(re.compile(BUSES[disk["bus"]]))


prepare()
Path(sys.argv[1]).write_text(json.dumps(everything()))
