"""Fuzz what images lie in: `python fuzz/images.py TARGET [libFuzzer options]`, with atheris installed.

Targets: edk2-unknown, volumes whose sizes are no known platform's; directory, a file for each variable; qcow2, the header that is looked
at before qemu-img is. The seeds are under fuzz/corpus/TARGET. Each is read, or refused with the error that says why; anything else is a
finding.
"""

import sys

import atheris
from running import run

with atheris.instrument_imports():
    from efirt.drivers.image import qcow2
    from efirt.errors import DecodeError, DriverError, NoRoom
    from efirt.images import directory
    from efirt.images.edk2 import Edk2Image
    from efirt.images.edk2_check import problems
    from efirt.images.edk2_repair import repaired

LEAST = 3


def unknown(data: bytes) -> None:
    """Read, check and repair; what is read is found in the repaired one, and nothing of the file is lost."""
    try:
        image = Edk2Image.decode(data, strict=False)
    except DecodeError:
        return
    assert image.encode() == data  # noqa: S101 - this is the finding
    problems(image)
    try:
        again = Edk2Image.decode(repaired(image).data, strict=False)
    except NoRoom:  # names without their end become longer
        return
    assert again.variables == image.variables  # noqa: S101 - this is the finding


def files(data: bytes) -> list[tuple[str, bytes]]:
    """Names and contents: a byte with a name's size, the name, two bytes with the contents' size, the contents."""
    found, at = {}, 0
    while at + LEAST <= len(data):
        name, at = data[at + 1 : at + 1 + data[at]], at + 1 + data[at]
        size, at = int.from_bytes(data[at : at + 2], "little"), at + 2
        found[name.decode("utf-8", "surrogateescape")], at = data[at : at + size], at + size
    return [*found.items()]


def folder(data: bytes) -> None:
    """Read; what is written again, and read again, is the same."""
    contents = directory.decode_entries(files(data))
    again = directory.decode_entries(directory.encode_entries(contents))
    assert directory.cannot_say(contents) or again.variables == contents.variables  # noqa: S101 - this is the finding


def header(data: bytes) -> None:
    """Look at the header."""
    try:
        qcow2.check("disk", data, write=True)
    except (DecodeError, DriverError):
        return
    assert not qcow2.is_disk(data)  # noqa: S101 - this is the finding


BY_NAME = {"edk2-unknown": unknown, "directory": folder, "qcow2": header}


def target(name: str, data: bytes) -> None:
    """Take one input of a target."""
    BY_NAME[name](data)


def main() -> None:
    """Run one target."""
    name = sys.argv.pop(1)
    run(name, lambda data: target(name, data), sys.argv)


if __name__ == "__main__":
    main()
