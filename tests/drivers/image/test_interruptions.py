"""A write that is interrupted, as by Ctrl-C, at any of the calls it makes: what the driver shows afterwards is what the file holds."""

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

import efirt
from efirt.drivers.image.driver import ImageDriver
from efirt.errors import DriverError
from efirt.images.contents import Contents
from efirt.images.conversion import converted
from efirt.images.detect import FORMATS
from efirt.images.directory import encode_entries
from efirt.ops import GetTime, GetVariable, GetWakeupTime, Op, Reply, SetTime, SetVariable, SetWakeupTime
from efirt.runtime.services import Runtime
from efirt.store import Record
from efirt.values.efi_time import EfiTime
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from efirt.values.status import Status
from tests.drivers.image.images import FOR_BOOT, STORED, TWIN, A, B, command, environment, made, names, opened, values, written
from tests.firmware.signing import OWNER_CERTIFICATE, PK, certificates, signed

CALLS = ("open", "close", "pwrite", "fsync", "rename", "link", "unlink", "fstat", "stat", "fchmod", "mkdir", "ftruncate")
CLOSE = os.close  # who gives a descriptor away closes it without a stop between: Python looks for signals after calls
MOST = 400
RECORDS = (Record(A, STORED, b"ours"), Record(TWIN, STORED, b"theirs"), Record(B, FOR_BOOT, b"boot"))
KINDS = ("replaced", "in place", "qemu-json", "directory")
NEW = A._replace(name="New")


class Interrupted:
    """Interrupts at one call, before or after it is done."""

    def __init__(self, at: int, *, after: bool) -> None:
        self.at, self.after = at, after
        self.count = 0

    def wrapped(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*given: Any, **more: Any) -> Any:
            self.count += 1
            if self.count == self.at and not self.after and call is not CLOSE:
                raise KeyboardInterrupt
            number = self.count
            try:
                return call(*given, **more)
            finally:
                if number == self.at:
                    raise KeyboardInterrupt

        return counted

    @contextmanager
    def watching(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        with monkeypatch.context() as patched:
            for name in CALLS:
                patched.setattr(os, name, self.wrapped(getattr(os, name)))
            patched.setattr(fcntl, "fcntl", self.wrapped(fcntl.fcntl))
            yield


def image(folder: Path, kind: str) -> Path:
    path = folder / "vars"
    if kind == "directory":
        path.mkdir()
        for name, data in encode_entries(Contents(RECORDS)):
            (path / name).write_bytes(data)
    elif kind in FORMATS:
        path.write_bytes(FORMATS[kind].codec.encode(converted(Contents(RECORDS), "edk2", kind).contents))
    else:
        made(path, *RECORDS)
    return path


def shown(driver: ImageDriver) -> dict[Key, tuple[object, bytes | None]]:
    replies = ((key, driver.call(GetVariable(key))) for key in names(driver))
    return {key: (reply.attributes, reply.data) for key, reply in replies}


@pytest.mark.parametrize("manner", [(is_awake, after) for is_awake in (False, True) for after in (False, True)])
@pytest.mark.parametrize("op", [SetVariable(NEW, STORED, b"new"), SetVariable(A, STORED, b"changed"), SetVariable(B, FOR_BOOT, b"")])
@pytest.mark.parametrize("kind", KINDS)
def test_at_whatever_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, op: SetVariable, manner: tuple[bool, bool]) -> None:
    is_awake, after = manner
    answers = set()
    for at in range(1, MOST):
        (tmp_path / str(at)).mkdir()
        path = image(tmp_path / str(at), kind)
        options = {"in_place": "yes"} if kind == "in place" else {}
        driver = opened(path, **options)
        if is_awake:
            assert driver.call(GetTime()).status == Status.SUCCESS
        interrupted = Interrupted(at, after=after)
        try:
            with interrupted.watching(monkeypatch):
                driver.call(op)
        except KeyboardInterrupt:
            pass
        else:
            break
        now = shown(driver)
        assert now == shown(opened(path)), f"interrupted at call {at}"
        answers.add(repr(now.get(op.key)))
        driver.call(SetVariable(op.key, STORED, b""))  # as who cleans up
        assert shown(driver) == shown(opened(path)), f"cleaned up after call {at}"
        written(driver, NEW, b"later")
        assert shown(driver) == shown(opened(path)), f"written after call {at}"
        left = {entry.name for entry in path.parent.iterdir()} | ({entry.name for entry in path.iterdir()} if path.is_dir() else set())
        assert [name for name in left if name.startswith(".")] == []
    else:
        pytest.fail("there is no end of calls")
    assert at > 6
    assert len(answers) == 2  # the older and the newer


def each(monkeypatch: pytest.MonkeyPatch, machine: Callable[[], AbstractContextManager[Runtime]], op: Op) -> Iterator[Runtime]:
    """Give a machine for each call at which this was interrupted."""
    for at in range(1, MOST):
        with machine() as runtime:
            try:
                with Interrupted(at, after=True).watching(monkeypatch):
                    runtime.call(op)
            except KeyboardInterrupt:
                yield runtime
            else:
                assert at > 6
                return


def test_what_is_no_variable_stays_with_what_came_into_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def machine() -> Runtime:
        machine = efirt.open(f"simulated:{tmp_path / 'machine.fd'}")
        machine.call(SetTime(EfiTime(2031, 5, 6, 12, 0, 0)))
        machine.call(SetWakeupTime(True, EfiTime(2031, 5, 6, 13, 0, 0)))
        machine.set(NEW, b"old")
        before.append(machine.call(GetWakeupTime()))
        return machine

    before: list[Reply] = []
    for runtime in each(monkeypatch, machine, SetVariable(NEW, STORED, b"new")):
        found = runtime.call(GetTime()).time
        assert found is not None
        assert (found.year, found.day, found.hour) == (2031, 6, 12)
        assert runtime.call(GetWakeupTime()) == before[-1]
        assert before[-1].enabled


def test_a_key_and_the_mode_that_it_makes_come_together_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def machine() -> Runtime:
        paths.append(tmp_path / f"{len(paths)}.fd")
        return efirt.open(f"simulated:{paths[-1]}?profile=edk2")

    paths: list[Path] = []
    seen = set()
    for runtime in each(monkeypatch, machine, signed(PK, certificates(OWNER_CERTIFICATE), None)):
        mode = runtime.call(GetVariable(Key("SetupMode", GLOBAL))).data
        assert (mode == b"\0") == (PK in values(paths[-1])) == (runtime.call(GetVariable(PK)).status == Status.SUCCESS)
        seen.add(mode)
    assert seen == {b"\0", b"\1"}


def test_a_file_that_is_gone_after_an_interruption_is_an_error_until_it_is_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made(tmp_path / "vars.fd", *RECORDS)
    driver = opened(path)
    with Interrupted(4, after=False).watching(monkeypatch), pytest.raises(KeyboardInterrupt):
        driver.call(SetVariable(A, STORED, b"new"))
    path.rename(tmp_path / "away.fd")
    for _ in range(2):
        with pytest.raises(DriverError, match="No such file"):
            driver.call(GetVariable(A))
    (tmp_path / "away.fd").rename(path)
    assert driver.call(GetVariable(A)).data == b"ours"


def test_a_suite_that_somebody_stops_leaves_nothing_in_the_file(tmp_path: Path) -> None:
    """As with Ctrl-C: real signals, at moments nobody chose."""
    path = tmp_path / "machine.fd"
    with efirt.open(f"simulated:{path}"):
        before = values(path).keys()
    stopped = 0
    for pause in (0.45, 0.6, 0.75, 0.9):
        words = command("--driver", f"simulated:{path}", "check", "--write", "--yes", "--log", str(tmp_path / "log"))
        with subprocess.Popen(words, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as suite:
            time.sleep(pause)
            suite.send_signal(signal.SIGINT)
            _, told = suite.communicate()
        stopped += suite.returncode == 130
        if "may be left" not in told:
            assert values(path).keys() == before, told
    assert stopped
