"""Fuzz the reader of edk2 images: `python fuzz/edk2.py [libFuzzer options]`, with atheris installed.

Whatever the bytes, it reads them, all variables come through a repair, and its recovery comes to an end; or it raises DecodeError.
Anything else is a finding. The seeds under fuzz/corpus/edk2 have a volume of a tiny platform, so that a byte that matters is soon hit.
"""

import sys

import atheris
from running import run

with atheris.instrument_imports():
    from efirt.errors import DecodeError, NoRoom
    from efirt.images.edk2 import Edk2Image
    from efirt.images.edk2_check import problems
    from efirt.images.edk2_in_place import recovery
    from efirt.images.edk2_patch import applied
    from efirt.images.edk2_repair import repaired
    from efirt.images.edk2_volume import Areas

TINY = Areas(0xE00, 0x100, 0x600, 0x600, 0x200, 0x800, 0x600)
MOST_ROUNDS = 8


def target(data: bytes) -> None:
    """Read, check, recover and repair."""
    try:
        image = Edk2Image.decode(data, strict=False, areas=TINY)
    except DecodeError:
        return
    problems(image)
    try:
        again = Edk2Image.decode(repaired(image).data, strict=False, areas=TINY)
        assert image.encode() == data  # noqa: S101 - this is the finding
        assert again.variables == image.variables  # noqa: S101 - and this
    except NoRoom:  # names without their end become longer
        pass
    settle(data)


def settle(data: bytes) -> None:
    """Recover an image that firmware would take."""
    try:
        image = Edk2Image.decode(data, areas=TINY)
        seen = image.variables
        for _ in range(MOST_ROUNDS):
            steps = recovery(image)
            if not steps:
                break
            image = Edk2Image.decode(applied(image.flash, steps), areas=TINY)
    except (DecodeError, ValueError):
        return
    assert not recovery(image)  # noqa: S101 - this is the finding
    assert {*image.variables} == {*seen}  # noqa: S101 - and this


def main() -> None:
    """Run it."""
    run("edk2", target, sys.argv)


if __name__ == "__main__":
    main()
