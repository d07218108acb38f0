"""A disk whose power fails: what was asked of a directory's files, in order, and what may be on it afterwards.

What was not put on the disk by fsync may be there in any part, and of names that were given or taken since their directory was put there,
the last ones may be missing; they change in order, as journals of filesystems have them.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest

MOST_PIECES = 300
SHUFFLES = 8


class Write(NamedTuple):
    """Bytes that a file was to get; beyond its end for none."""

    offset: int
    data: bytes


class Event(NamedTuple):
    """One call that changes something.

    Attributes:
        call: Its name.
        file: The file's number.
        write: What was written.
        name: The name that the file gets; empty for none.
        gone: The name that it loses, or another one.
    """

    call: str
    file: int = 0
    write: Write = Write(0, b"")
    name: str = ""
    gone: str = ""


class Left(NamedTuple):
    """What may be found after the power failed: the files by name, and at how many places it must fail for it."""

    files: dict[str, bytes]
    cuts: int


class Disk:
    """The calls that reach the files of a directory while it is watched.

    Attributes:
        name: The file that matters.
        events: What was asked, in order.
        files: The contents of the files that were there, by number.
        names: Their numbers, by name.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.events: list[Event] = []
        self.files = {number: path.read_bytes() for number, path in enumerate(sorted(folder.iterdir()))}
        self.names = {path.name: number for number, path in enumerate(sorted(folder.iterdir()))}
        self._now = dict(self.names)
        self._folder = str(folder)
        self._descriptors: dict[int, int] = {}
        self._folders: set[int] = set()

    @contextmanager
    def watched(self, monkeypatch: pytest.MonkeyPatch, without: str = "") -> Iterator["Disk"]:
        """Note what is asked, but for one kind of event, as if that was forgotten."""
        with monkeypatch.context() as patched:
            for name in ("open", "close", "pwrite", "fsync", "rename", "link", "unlink"):
                patched.setattr(os, name, self._noting(getattr(os, name), getattr(self, f"_{name}")))
            yield self
        self.events = [event for event in self.events if event.call != without]

    def _noting(self, call: Callable[..., Any], note: Callable[..., None]) -> Callable[..., Any]:
        def noted(*given: Any, **more: Any) -> Any:
            answer = call(*given, **more)
            note(answer, *given)
            return answer

        return noted

    def _name(self, path: object) -> str:
        folder, _, name = str(path).rpartition("/")
        return name if folder == self._folder else ""

    def _open(self, descriptor: int, path: object, flags: int, *_mode: int) -> None:
        name = self._name(path)
        if str(path) == self._folder:
            self._folders.add(descriptor)
        elif name and name not in self._now:
            number = 100 + len(self.events)
            self._now[name] = number
            self.events.append(Event("create", number, name=name))
        if name:
            self._descriptors[descriptor] = self._now[name]

    def _close(self, _answer: None, descriptor: int) -> None:
        self._descriptors.pop(descriptor, None)
        self._folders.discard(descriptor)

    def _pwrite(self, size: int, descriptor: int, data: bytes, offset: int) -> None:
        self.events.append(Event("write", self._descriptors[descriptor], Write(offset, bytes(data[:size]))))

    def _fsync(self, _answer: None, descriptor: int) -> None:
        if descriptor in self._folders:
            self.events.append(Event("fsync directory"))
        else:
            self.events.append(Event("fsync file", self._descriptors[descriptor]))

    def _rename(self, _answer: None, old: object, new: object) -> None:
        number = self._now.pop(self._name(old))
        self._now[self._name(new)] = number
        self.events.append(Event("rename", number, name=self._name(new), gone=self._name(old)))

    def _link(self, _answer: None, old: object, new: object) -> None:
        number = self._now[self._name(new)] = self._now[self._name(old)]
        self.events.append(Event("link", number, name=self._name(new)))

    def _unlink(self, _answer: None, path: object) -> None:
        number = self._now.pop(self._name(path))
        self.events.append(Event("unlink", number, gone=self._name(path)))

    def left(self, random: Random) -> Iterator[Left]:
        """Give what may be found, the power failing after each byte and each call; the last ones after everything is done."""
        power = _Power(self, random)
        for event in self.events:
            yield from power.failing_in(event)
            power.do(event)
        yield from power.failing()

    def end(self, random: Random) -> Iterator[Left]:
        """Give what may be found where the power fails after everything is done."""
        power = _Power(self, random)
        for event in self.events:
            power.do(event)
        yield from power.failing()


class _Power:
    """What is on the disk for sure, and what only may be."""

    def __init__(self, disk: Disk, random: Random) -> None:
        self.files, self.names, self.name, self.random = dict(disk.files), dict(disk.names), disk.name, random
        self.writes: dict[int, list[Write]] = {}
        self.naming: list[Event] = []

    def do(self, event: Event) -> None:
        if event.call == "write":
            self.writes.setdefault(event.file, []).append(event.write)
        elif event.call == "fsync file":
            self.files[event.file] = self._with(event.file, self.writes.pop(event.file, []))
            if any(one.call == "create" and one.file == event.file for one in self.naming):
                self._settle_names()
        elif event.call == "fsync directory":
            self._settle_names()
        else:
            self.naming.append(event)

    def failing_in(self, event: Event) -> Iterator[Left]:
        """Give what may be found where the power fails in this call, or right before it."""
        yield from self.failing()
        offset, data = event.write
        ends = [*range(1, len(data))]
        most = self.random.sample(ends, MOST_PIECES) if len(ends) > MOST_PIECES else ends
        for end in most:
            yield from self._found({event.file: [*self.writes.get(event.file, []), Write(offset, data[:end])]})
        if all(names.get(self.name) != event.file for names in self._namings()):  # the others leave it just so
            yield next(iter(self.failing()))._replace(cuts=len(ends) - len(most))

    def failing(self) -> Iterator[Left]:
        """Give what may be found where the power fails now: all that was written, none of it, some."""
        yield from self._found(self.writes)
        if self.writes:
            yield from self._found({})
            for _ in range(SHUFFLES):
                yield from self._found({number: [self._some(one) for one in writes] for number, writes in self.writes.items()})

    def _found(self, writes: dict[int, list[Write]]) -> Iterator[Left]:
        for names in self._namings():
            yield Left({name: self._with(number, writes.get(number, [])) for name, number in names.items()}, 1)

    def _namings(self) -> Iterator[dict[str, int]]:
        names = dict(self.names)
        yield dict(names)
        for event in self.naming:
            _rename(names, event)
            yield dict(names)

    def _settle_names(self) -> None:
        for event in self.naming:
            _rename(self.names, event)
        self.naming = []

    def _with(self, number: int, writes: list[Write]) -> bytes:
        data = self.files.get(number, b"")
        if not writes:
            return data
        changed = bytearray(data)
        for offset, more in writes:
            changed.extend(bytes(max(0, offset - len(changed))))
            changed[offset : offset + len(more)] = more
        return bytes(changed)

    def _some(self, write: Write) -> Write:
        size = self.random.randrange(len(write.data) + 1)
        start = self.random.choice([0, len(write.data) - size])
        return Write(write.offset + start, write.data[start : start + size])


def _rename(names: dict[str, int], event: Event) -> None:
    names.pop(event.gone, None)
    if event.name:
        names[event.name] = event.file
