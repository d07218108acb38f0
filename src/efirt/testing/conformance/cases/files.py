"""What Linux's efivarfs makes of files: a case does the system calls itself, past the driver."""

from collections.abc import Callable
from contextlib import contextmanager, suppress
from errno import errorcode
from os import O_CREAT, O_EXCL, O_RDONLY, O_WRONLY
from typing import TYPE_CHECKING, Final

from efirt.drivers.efivarfs.codec import write_name
from efirt.drivers.efivarfs.port import Files, Port, Refusal
from efirt.testing.conformance.bench import Bench
from efirt.testing.conformance.case import Case, Mismatch, Step, Unprepared
from efirt.testing.conformance.needs import NEEDS
from efirt.testing.conformance.roads import files_of
from efirt.testing.conformance.steps import absent, have, writing
from efirt.testing.conformance.words import ONE, STORED, TEN, T

if TYPE_CHECKING:
    from collections.abc import Iterator

_FILE: Final = write_name(T)
_ATTRIBUTES: Final = STORED.to_bytes(4, "little")
_HEAD: Final = len(_ATTRIBUTES)
_NEW: Final = O_WRONLY | O_CREAT | O_EXCL


def _with_files(what: str, do: Callable[[Bench, Files], None]) -> Step:
    """Do something with the file of T."""

    def run(bench: Bench) -> None:
        files = files_of(bench.machine.driver)
        if files is None:
            raise Unprepared(NEEDS["efivarfs"])
        bench.touch(T, what)
        try:
            do(bench, files)
        except OSError as refusal:
            raise Mismatch(what, "no error", errorcode.get(refusal.errno or 0, str(refusal))) from refusal
        except Refusal as refusal:
            raise Mismatch(what, "no error", f"{errorcode.get(refusal.number)} to {refusal.step}") from refusal

    return writing(run)


@contextmanager
def _opened(files: Files, flags: int) -> "Iterator[int]":
    descriptor = files.open(_FILE, flags)
    try:
        yield descriptor
    finally:
        files.close(descriptor)


def _write_attributes(bench: Bench, files: Files) -> None:
    Port(files).write(_FILE, _ATTRIBUTES)
    bench.check(_FILE not in files.names(), "no file of this name", "one")


def _unlink_open(bench: Bench, files: Files) -> None:
    with _opened(files, O_RDONLY) as descriptor:
        Port(files).remove(_FILE)
        with suppress(OSError):
            content = files.read(descriptor, _HEAD + len(TEN))
            bench.check(not content, "nothing, or an error", f"{len(content)} bytes")


def _create_only(_bench: Bench, files: Files) -> None:
    with _opened(files, _NEW):
        pass


def _take_away(_bench: Bench, files: Files) -> None:
    """A file that was never written stays on older kernels."""
    with suppress(Refusal):
        Port(files).remove(_FILE)


def _create_and_write(bench: Bench, files: Files) -> None:
    with _opened(files, _NEW) as descriptor:
        files.write(descriptor, _ATTRIBUTES + ONE)
        size = files.size(descriptor)
    bench.check(size == _HEAD + len(ONE), f"a file of {_HEAD + len(ONE)} bytes", f"one of {size}")


CASES: Final = (
    Case(
        "VAR-DEL-011",
        "MUST",
        "both",
        "{linux efivarfs}; file T",
        "write 4 attribute bytes only",
        "T deleted, file gone",
        "kselftest efivarfs test_zero_size_delete",
        steps=(have(), _with_files("write the attributes of T alone into its file", _write_attributes), absent()),
        needs=("efivarfs",),
    ),
    Case(
        "VAR-DEL-013",
        "MUST",
        "both",
        "{linux efivarfs}",
        "open file T, unlink, read",
        "read returns 0 or error",
        "kselftest efivarfs open-unlink",
        steps=(have(), _with_files("open the file of T, unlink it, read", _unlink_open), absent()),
        needs=("efivarfs",),
    ),
    Case(
        "VAR-DEL-014",
        "MUST",
        "both",
        "{linux efivarfs}",
        "create file, close without writing",
        "no variable is created",
        "kselftest efivarfs test_create_empty / create-read",
        steps=(
            _with_files("create a file for T, and write nothing", _create_only),
            absent(),
            _with_files("take the file of T away", _take_away),
        ),
        needs=("efivarfs",),
    ),
    Case(
        "VAR-DEL-015",
        "MUST",
        "both",
        "{linux efivarfs}",
        "write attr 7 + 1 byte",
        "file size 5",
        "kselftest efivarfs test_create",
        steps=(_with_files("create the file of T with one byte", _create_and_write),),
        needs=("efivarfs",),
    ),
)
