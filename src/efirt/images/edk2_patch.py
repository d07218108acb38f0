"""A change of a file as bytes and places, so that who writes it decides how, and a test can stop it anywhere.

Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, UpdateVariableStore (each state is one write of its own).
"""

from efirt.annotation import Iterable, NamedTuple, TypeAlias
from efirt.images.edk2_volume import Readable


class Patch(NamedTuple):
    """Bytes that are to be written.

    Attributes:
        offset: Where, in bytes from the file's beginning.
        data: Which.
    """

    offset: int
    data: bytes


Step: TypeAlias = tuple[Patch, ...]
"""Patches of which any part may reach the disk before any other."""

Plan: TypeAlias = tuple[Step, ...]
"""Steps in their order: each is on the disk (fsync) before the next begins."""


def applied(flash: Readable, plan: Iterable[Step]) -> bytes:
    """The file after all steps."""
    changed = bytearray(flash)
    for step in plan:
        for patch in step:
            changed[patch.offset : patch.offset + len(patch.data)] = patch.data
    return bytes(changed)


def patched(flash: Readable, step: Step) -> bytes:
    """The file after one step whose patches do not overlap; of a large file there is one copy and no more."""
    view, at = memoryview(flash), 0
    parts: list[Readable] = []
    for patch in sorted(step):
        parts += [view[at : patch.offset], patch.data]
        at = patch.offset + len(patch.data)
    return b"".join([*parts, view[at:]])
