"""A write that fails leaves the driver as it was before it: its variables, its clock and its alarm, its locks and its counts."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import efirt
from efirt.drivers.image.driver import ImageDriver
from efirt.errors import DriverError
from efirt.firmware.memory_overwrite import LOCK, REQUEST
from efirt.firmware.moment import Moment
from efirt.images.contents import Contents
from efirt.images.detect import FORMATS
from efirt.images.directory import encode_entries, file_name
from efirt.images.edk2_write import LAYOUTS, created
from efirt.ops import (
    GetNextHighMonotonicCount,
    GetTime,
    GetVariable,
    GetWakeupTime,
    Op,
    QueryVariableInfo,
    ResetSystem,
    SetTime,
    SetVariable,
    SetWakeupTime,
)
from efirt.ops.miscellaneous import ResetType
from efirt.store import Record, Store
from efirt.values.efi_time import EfiTime
from efirt.values.status import Status
from tests.drivers.image.images import FOR_BOOT, STORED, TWIN, A, B, names, opened, three, written

NOON = EfiTime(2031, 5, 6, 12, 0, 0)
ALARM = EfiTime(2031, 5, 6, 13, 0, 0)
LATER = EfiTime(2031, 5, 6, 14, 30, 0)


@contextmanager
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def full(*_given: object) -> int:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", full)
        yield


def told(driver: ImageDriver) -> list[object]:
    """Give all that can be read of a firmware, but for the seconds its clock has run on meanwhile."""
    replies = [driver.call(GetVariable(key)) for key in names(driver)] + [driver.call(QueryVariableInfo(STORED))]
    clock, alarm = driver.call(GetTime()).time, driver.call(GetWakeupTime())
    assert clock is not None
    return [replies, clock._replace(minute=0, second=0, nanosecond=0), alarm]


def lived_in(path: Path, **options: str) -> ImageDriver:
    """Give a driver whose firmware holds more than its variables."""
    driver = opened(three(path), **options)
    assert driver.call(SetTime(NOON)).status == Status.SUCCESS
    assert driver.call(SetWakeupTime(True, ALARM)).status == Status.SUCCESS
    assert driver.call(GetNextHighMonotonicCount()).count == 1
    return driver


@pytest.mark.parametrize("in_place", ["no", "yes"])
@pytest.mark.parametrize(
    "op",
    [
        SetVariable(A, STORED, b"new"),
        SetVariable(TWIN, STORED, b""),
        SetVariable(B._replace(name="C"), FOR_BOOT, b"created"),
        SetWakeupTime(True, LATER),
        SetTime(LATER._replace(time_zone=60)),
        GetNextHighMonotonicCount(),
    ],
    ids=lambda op: type(op).__name__,
)
def test_whatever_was_asked(tmp_path: Path, in_place: str, op: Op, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = lived_in(tmp_path / "vars.fd", in_place=in_place)
    before = told(driver)
    with full_disk(monkeypatch), pytest.raises(DriverError, match="No space left"):
        driver.call(op)
    assert told(driver) == before
    assert driver.call(GetNextHighMonotonicCount()).count == 2
    assert driver.call(op).status == Status.SUCCESS


def test_a_reset_of_a_machine_that_keeps_its_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with efirt.open(f"simulated:{tmp_path / 'machine.fd'}") as machine:
        assert isinstance(machine.driver.call(GetTime()).time, EfiTime)
        machine.call(SetVariable(B, FOR_BOOT, b""))
        machine.call(SetTime(NOON))
        machine.call(SetWakeupTime(True, ALARM))
        before = [machine.call(GetWakeupTime()), [*machine.variables()]]
        with full_disk(monkeypatch), pytest.raises(DriverError, match="No space left"):
            machine.call(ResetSystem(ResetType.COLD))
        assert [machine.call(GetWakeupTime()), [*machine.variables()]] == before


def test_a_lock_of_the_memory_overwrite_request_stays_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "vars.fd"
    path.write_bytes(created(LAYOUTS["ovmf-4m"], [Record(REQUEST, STORED, b"\0"), Record(LOCK, STORED, b"\0")]))
    driver = opened(path, quirk="memory-overwrite-protected")
    key = b"12345678"
    written(driver, LOCK, key)
    with full_disk(monkeypatch), pytest.raises(DriverError):
        driver.call(SetVariable(A, STORED, b"new"))
    assert driver.call(SetVariable(REQUEST, STORED, b"\1")).status == Status.ACCESS_DENIED
    with full_disk(monkeypatch), pytest.raises(DriverError):
        driver.call(SetVariable(LOCK, STORED, key))
    assert driver.call(SetVariable(REQUEST, STORED, b"\1")).status == Status.ACCESS_DENIED
    written(driver, LOCK, key)
    written(driver, REQUEST, b"\1")


@pytest.mark.parametrize("kind", ["edk2", "qemu-json"])
@pytest.mark.parametrize("next_write", [SetVariable(B, FOR_BOOT, b""), SetVariable(A, STORED, b"ours"), SetVariable(B, FOR_BOOT, b"new")])
def test_a_file_whose_name_was_not_put_on_the_disk_is_put_in_order_by_the_next_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, next_write: SetVariable
) -> None:
    path = three(tmp_path / "vars.fd")
    if kind != "edk2":
        path = tmp_path / "vars.json"
        path.write_bytes(FORMATS[kind].codec.encode(Contents((Record(A, STORED, b"ours"), Record(B, FOR_BOOT, b"boot")))))
    driver = opened(path)

    def lost(_folder: str) -> None:
        raise OSError(5, os.strerror(5))

    with monkeypatch.context() as patched:
        patched.setattr("efirt.drivers.image.replacing.synchronize", lost)
        with pytest.raises(DriverError, match="Input/output error"):
            driver.call(SetVariable(A, STORED, b"lost?"))
    assert driver.call(GetVariable(A)).data == b"ours"
    assert driver.call(next_write).status == Status.SUCCESS
    again = opened(path)
    assert {key: again.call(GetVariable(key)) for key in names(again)} == {key: driver.call(GetVariable(key)) for key in names(driver)}
    assert again.call(GetVariable(A)).data == b"ours"


def test_a_directory_is_put_in_order_by_the_next_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = (Record(A, STORED, b"ours"), Record(B, FOR_BOOT, b"boot"))
    for name, data in encode_entries(Contents(records)):
        (tmp_path / name).write_bytes(data)
    driver = opened(tmp_path)

    def written_and_lost(descriptor: int) -> None:
        raise OSError(5, os.strerror(5))

    new, left = A._replace(name="New"), []
    for asked in (SetVariable(new, STORED, b"new"), SetVariable(A, STORED, b"new"), SetVariable(B, FOR_BOOT, b"")):
        with monkeypatch.context() as patched:
            patched.setattr("efirt.drivers.image.replacing.synchronize", written_and_lost)
            patched.setattr("efirt.drivers.image.folder.synchronize", written_and_lost)
            with pytest.raises(DriverError, match="Input/output error"):
                driver.call(asked)
        assert {key: driver.call(GetVariable(key)).data for key in names(driver)} == {A: b"ours", B: b"boot"}
        left.append((tmp_path / file_name(new)).exists())
    assert any(left)
    assert driver.call(SetVariable(new, STORED, b"")).status == Status.NOT_FOUND
    assert not (tmp_path / file_name(new)).exists()
    written(driver, TWIN, b"theirs")
    again = opened(tmp_path)
    assert {key: again.call(GetVariable(key)).data for key in names(again)} == {A: b"ours", B: b"boot", TWIN: b"theirs"}


def deep(part: object, seen: dict[int, object], path: str = "firmware") -> Iterator[tuple[str, object]]:
    """Give every value that is reached from a firmware through attributes, by an own walk."""
    if id(part) in seen or isinstance(part, str | bytes | int | float | frozenset | type | Callable | None):
        yield path, part if isinstance(part, str | bytes | int | float | frozenset) else None
        return
    seen[id(part)] = part
    if isinstance(part, dict):
        yield path, list(map(repr, part))
    elif isinstance(part, tuple | list | set):
        yield path, repr(sorted(map(repr, part)) if isinstance(part, set) else part)
    elif isinstance(part, Store):
        yield path, repr([*part])
    elif type(part).__module__.startswith("efirt.firmware"):
        slots = [name for kind in type(part).__mro__ for name in getattr(kind, "__slots__", ())]
        for name in sorted({*getattr(part, "__dict__", ()), *slots}):
            yield from deep(getattr(part, name, "is not there"), seen, f"{path}.{name}")


def test_a_moment_holds_all_that_a_firmware_holds(tmp_path: Path) -> None:
    driver = lived_in(tmp_path / "vars.fd")
    firmware = driver._firmware.awake() if hasattr(driver._firmware, "awake") else driver._firmware
    before = dict(deep(firmware, {}))
    moment = Moment(firmware)
    for op in (SetVariable(A, STORED, b"new"), SetTime(LATER), SetWakeupTime(False), GetNextHighMonotonicCount()):
        firmware.call(op)
    firmware.reset()
    vars(firmware.variables.secure_boot)["added_meanwhile"] = 1
    changed = dict(deep(firmware, {}))
    assert {name for name, value in changed.items() if before.get(name) != value} > {"firmware._count", "firmware.clock._ahead"}
    moment.restore()
    assert dict(deep(firmware, {})) == before
