"""Images for the tests of the driver that opens them, and efirt in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

from efirt.drivers.image.driver import ImageDriver, open_driver
from efirt.images.edk2 import Edk2Image
from efirt.images.edk2_write import LAYOUTS, created
from efirt.ops import GetNextVariableName, SetVariable
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.values.status import Status
from tests.house.tree import SOURCE

OURS = Guid.parse("12345678-1234-1234-1234-123456789abc")
THEIRS = Guid.parse("12345678-1234-1234-1234-123456789abd")
A, B, TWIN = Key("A", OURS), Key("B", OURS), Key("A", THEIRS)
STORED, FOR_BOOT, VOLATILE = Attributes(7), Attributes(3), Attributes(6)


def made(path: Path, *records: Record, layout: str = "ovmf-4m") -> Path:
    path.write_bytes(created(LAYOUTS[layout], records))
    return path


def three(path: Path, layout: str = "ovmf-4m") -> Path:
    return made(path, Record(A, STORED, b"ours"), Record(TWIN, STORED, b"theirs"), Record(B, FOR_BOOT, b"boot"), layout=layout)


def opened(path: Path, **options: str) -> ImageDriver:
    return open_driver(str(path), {name.replace("_", "-"): value for name, value in options.items()})


def written(driver: ImageDriver, key: Key, data: bytes, attributes: Attributes = STORED) -> None:
    assert driver.call(SetVariable(key, attributes, data)).status == Status.SUCCESS


def values(path: Path) -> dict[Key, bytes]:
    return {one.key: one.data for one in Edk2Image.decode(path.read_bytes()).variables}


def names(driver: ImageDriver) -> list[Key]:
    found, key = [], Key("", Guid(bytes(16)))
    while (reply := driver.call(GetNextVariableName(key))).status == Status.SUCCESS:
        assert reply.key is not None
        found.append(key := reply.key)
    return found


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "efirt", *words]


def environment() -> dict[str, str]:
    paths = os.pathsep.join([*os.environ.get("PYTHONPATH", "").split(os.pathsep), str(SOURCE.parent)])
    return {**os.environ, "PYTHONPATH": paths, "EFIRT_DISABLE": "live"}


def efirt(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*words), env={**environment(), **more}, capture_output=True, text=True, check=False)
