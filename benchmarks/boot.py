"""Boot menus: listing 30 and 1,000 entries in a directory of variable files, whole processes, beside efibootmgr where it is installed.

What is compared takes turns, so that what else runs adds to both. As another user than root, efibootmgr waits before each read, as if the
kernel would make it wait.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import efirt
from benchmarks.measure import Row, best_seconds
from benchmarks.startup import BARE, compiled
from efirt.payloads.device_path.media import FilePath, HardDrive
from efirt.payloads.device_path.path import DevicePath
from efirt.payloads.load_option import LoadOption
from efirt.payloads.order import Order
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL

COUNTS = (30, 1000)
ROUNDS = 7
NOBODY = 65534
ENVIRONMENT = {**BARE, "PYTHONPATH": str(Path(efirt.__file__).parent.parent)}
ATTRIBUTES = b"\7\0\0\0"
DISK = HardDrive.gpt(1, 0x800, 0x100000, Guid.parse("a1b2c3d4-1111-2222-3333-444455556666"))


def menu(folder: Path, count: int) -> None:
    """Write a menu of so many entries, a file for each variable."""
    for number in range(count):
        path = DevicePath.of(DISK, FilePath(rf"\EFI\entry{number}\shimx64.efi"))
        option = LoadOption.of(f"entry {number}", path).with_arguments("quiet splash")
        (folder / f"Boot{number:04X}-{GLOBAL}").write_bytes(ATTRIBUTES + option.encode())
    (folder / f"BootOrder-{GLOBAL}").write_bytes(ATTRIBUTES + Order(tuple(range(count))).encode())
    folder.chmod(0o755)


def interpreter(user: int | None) -> str:
    """A Python that a user can run, with its bytecode written by us; empty where there is none."""
    for one in (sys.executable, "/usr/bin/python3"):
        command = [one, "-B", "-c", "import efirt.cli.main"]
        try:
            if subprocess.run(command, check=False, stderr=subprocess.DEVNULL, env=ENVIRONMENT, user=user).returncode == 0:
                return one
        except OSError:
            continue
    return ""


def seconds(command: list[str], folder: Path, user: int | None, rounds: int) -> float | None:
    """The best of several rounds; None where this user cannot run it."""
    environment = {**ENVIRONMENT, "EFIVARFS_PATH": f"{folder}/"}

    def once() -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, user=user)

    try:
        return best_seconds(once, rounds)
    except (OSError, subprocess.CalledProcessError):
        return None


def compared(folder: Path, count: int, user: int | None) -> Row:
    """One line: efirt, and efibootmgr beside it."""
    who = "" if user is None else ", not root"
    what = f"boot list of {count} entries{who}"
    peer = shutil.which("efibootmgr")
    python = interpreter(user)
    own: list[float] = []
    others: list[float] = []
    for _ in range(ROUNDS if user is None or count < COUNTS[-1] else 1):
        mine = seconds([python, "-m", "efirt", "--driver", f"efivarfs:{folder}", "boot", "list"], folder, user, 1)
        own += [] if mine is None else [mine]
        other = seconds([peer, "-v"], folder, user, 1) if peer else None
        others += [] if other is None else [other]
    if not own:
        return Row(what, "not measured", "this user can run no Python of ours")
    value = f"{min(own) * 1e3:.1f} ms"
    if not others:
        return Row(what, value, "efibootmgr is not here: apt-get install efibootmgr")
    return Row(what, value, f"{min(own) / min(others):.2f} x efibootmgr -v, which took {min(others) * 1e3:.1f} ms")


def measure() -> list[Row]:
    compiled()
    rows = []
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        for count in COUNTS:
            folder = Path(name) / str(count)
            folder.mkdir()
            menu(folder, count)
            rows += [compared(folder, count, user) for user in ((None, NOBODY) if os.geteuid() == 0 else (None,))]
    return rows
