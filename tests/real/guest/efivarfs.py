"""Runs inside a Linux with variables: uses the driver efivarfs as an administrator would, and writes down what came of it.

Usage: efivarfs.py REPORT.json
"""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import efirt
from efirt import Attributes, EfirtError, Guid, Key
from efirt.cli.main import main
from efirt.drivers.efivarfs.files import Directory
from efirt.drivers.efivarfs.port import Port
from efirt.ops import GetNextVariableName, GetVariable, Op, SetVariable
from efirt.runtime.services import Runtime
from tests.real.guest import capsules

EFIVARS = Path("/sys/firmware/efi/efivars")
VENDOR = Guid.parse("6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a04")
KEY = Key("ThroughFile", VENDOR)
NOBODY = 65534
STORED = Attributes(0x7)


def process(*words: str, **options: object) -> dict[str, object]:
    """efirt as a process of its own."""
    done = subprocess.run(
        ["python3", "-m", "efirt", "--driver", "efivarfs", *words], capture_output=True, text=True, check=False, **options
    )  # type: ignore[call-overload] # passed on
    return {"status": done.returncode, "out": done.stdout, "err": done.stderr}


def scenario() -> dict[str, object]:
    options = ["-p", "no:cacheprovider", "--confcutdir=/tests/conformance", "--rootdir=/tests", "-q", "-W", "error", "/tests/conformance"]
    named = {"EFIRT_TEST_DRIVERS": "efivarfs", "EFIRT_REQUIRE": "efivarfs"}
    done = subprocess.run(["python3", "-m", "pytest", *options], capture_output=True, text=True, check=False, env=os.environ | named)
    return {"status": done.returncode, "out": done.stdout + done.stderr}


def mount(*options: str) -> None:
    subprocess.run(["mount", *options, str(EFIVARS)], check=True)


def remount() -> None:
    subprocess.run(["umount", str(EFIVARS)], check=True)
    mount("-t", "efivarfs", "efivarfs")


STEPS: dict[str, Op] = {
    "absent": GetVariable(Key("Absent", VENDOR)),
    "created": SetVariable(KEY, STORED, b"one"),
    "read": GetVariable(KEY),
    "overwritten": SetVariable(KEY, STORED, b"two"),
    "appended": SetVariable(KEY, Attributes(0x47), b"+"),
    "read again": GetVariable(KEY),
    "other attributes": SetVariable(KEY, Attributes(0x6), b"x"),
    "unknown attributes": SetVariable(KEY, Attributes(0x87), b"x"),
    "without access": SetVariable(Key("Odd", VENDOR), Attributes(0x1), b"x"),
    "volatile": SetVariable(Key("Odd", VENDOR), Attributes(0x6), b"x"),
    "signed by nobody": SetVariable(Key("Odd", VENDOR), Attributes(0x27), b"x"),
    "nothing left of it": GetVariable(Key("Odd", VENDOR)),
    "unknown global": SetVariable(Key.parse("NoSuchEfirtName"), STORED, b"x"),
    "odd boot option": SetVariable(Key.parse("Boot0042"), STORED, b"x"),
    "odd order": SetVariable(Key.parse("BootOrder"), STORED, b"x"),
    "too large": SetVariable(KEY, STORED, bytes(60_000)),
    "beyond ASCII": SetVariable(Key("Grüße", VENDOR), STORED, b"x"),
    "with a slash": SetVariable(Key("a/b", VENDOR), STORED, b"x"),
    "long": SetVariable(Key("L" * 219, VENDOR), STORED, b"x"),
    "longest": SetVariable(Key("L" * 218, VENDOR), STORED, b"x"),
    "longest gone": SetVariable(Key("L" * 218, VENDOR), Attributes(0), b""),
    "read-only to all": SetVariable(Key.parse("SecureBoot"), Attributes(0x6), b"\1"),
    "deleted": SetVariable(KEY, STORED, b""),
    "gone": GetVariable(KEY),
    "deleted again": SetVariable(KEY, Attributes(0), b""),
    "name after none": GetNextVariableName(KEY),
}


def answers(runtime: Runtime) -> dict[str, object]:
    said: dict[str, object] = {}
    for step, op in STEPS.items():
        try:
            reply = runtime.call(op)
            said[step] = [reply.status.name, reply.data.hex() if reply.data else None, reply.attributes, reply.os_errno]
        except EfirtError as refusal:
            said[step] = [type(refusal).__name__, str(refusal)]
    return said


def flags() -> list[int]:
    files = Directory(str(EFIVARS))
    name = str(KEY).encode()

    def shown() -> int:
        descriptor = files.open(name, os.O_RDONLY)
        try:
            return files.flags(descriptor)
        finally:
            files.close(descriptor)

    before = shown()
    Port(files).write(name, b"\7\0\0\0" + b"through a file")
    after = shown()
    files.leave()
    return [before, after]


def reads() -> int:
    """How often a variable's file is read for one value."""
    counted = 0

    class Counting(Directory):
        def read(self, descriptor: int, size: int) -> bytes:
            nonlocal counted
            counted += 1
            return super().read(descriptor, size)

    files = Counting(str(EFIVARS))
    Port(files).read(b"BootOrder-8be4df61-93ca-11d2-aa0d-00e098032b8c")
    files.leave()
    return counted


def full() -> dict[str, object]:
    """What is said of the first value for which there is no room."""
    size = 30_000
    for number in range(20):
        said = process("--json", "set", f"Large{number}-{VENDOR}", "--hex", "00" * size, "--force")
        if said["status"]:
            return said
    return {}


def in_a_chroot() -> dict[str, dict[str, object]]:
    """What efirt says in a root of its own, the more of the system is mounted there."""
    root = Path("/newroot")
    root.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "none", str(root)], check=True)
    for name in ("usr", "bin", "sbin", "lib", "lib64", "efirt"):
        if Path("/", name).is_symlink():
            (root / name).symlink_to(Path("/", name).readlink())
        elif Path("/", name).is_dir():
            (root / name).mkdir()
            subprocess.run(["mount", "--bind", f"/{name}", str(root / name)], check=True)

    def listed() -> dict[str, object]:
        command = ["chroot", str(root), "python3", "-m", "efirt", "--driver", "efivarfs", "boot", "list", "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return {"status": done.returncode, "out": done.stdout, "err": done.stderr}

    (root / "proc").mkdir()
    (root / "sys").mkdir()
    said = {"nothing": listed()}
    subprocess.run(["mount", "--rbind", "/sys", str(root / "sys")], check=True)
    said["sys"] = listed()
    subprocess.run(["mount", "-t", "proc", "proc", str(root / "proc")], check=True)
    said["sys and proc"] = listed()
    subprocess.run(["umount", "-l", str(root)], check=True)
    return said


def everything() -> dict[str, object]:
    report: dict[str, object] = {"scenario": scenario()}
    with efirt.open("efivarfs") as runtime:
        report["real"] = answers(runtime)
    profile = "ovmf-2022.11" if os.uname().release.startswith("6.1.") else "edk2&quirk=no-authentication"
    with efirt.open(f"efivarfs:simulated?profile={profile}") as runtime:
        report["simulated"] = answers(runtime)
    process("set", str(KEY), "--text", "not yet")
    remount()
    report["flags"] = flags()
    report["reads"] = reads()
    remount()
    report["after remount"] = (EFIVARS / str(KEY)).read_bytes().hex()
    report["full"] = full()
    report["chroot"] = in_a_chroot()
    report["menu"] = process("boot", "list", "--json")
    report["nobody reads"] = process("get", "BootOrder", user=NOBODY)
    report["nobody writes"] = process("set", str(KEY), "--text", "no", user=NOBODY)
    mount("-o", "remount,ro")
    report["read-only"] = process("set", str(KEY), "--text", "no")
    mount("-o", "remount,rw")
    subprocess.run(["umount", str(EFIVARS)], check=True)
    report["unmounted"] = process("list")
    mount("-t", "efivarfs", "efivarfs")
    report["capsules"] = capsules.everything()
    return report


if __name__ == "__main__":
    with contextlib.suppress(FileNotFoundError):
        (EFIVARS / str(KEY)).unlink()
    assert main(["drivers"]) == 0
    Path(sys.argv[1]).write_text(json.dumps(everything()))
