"""A part of the way to a disk: one directory of sysfs, and what stands in it.

Source: Linux 6.1, Documentation/filesystems/sysfs.rst.
"""

import re

from efirt.annotation import Any, Final, NamedTuple, NoReturn
from efirt.disks.port import World

Nodes = tuple[Any, ...]
"""Nodes of a device path."""

SHORT: Final = "leave out --full: the partition's own identity is what firmware looks for"


class Step(NamedTuple):
    """A part of the way.

    Attributes:
        world: Where to look.
        match: What its name says.
        directory: The directory it ends at.
        above: The directory it begins in.
    """

    world: World
    match: re.Match[str]
    directory: str
    above: str

    def text(self, name: str) -> str | None:
        """What a file in its directory holds; None where there is none."""
        return self.world.text(f"{self.directory}/{name}")

    def unknown(self, why: str) -> NoReturn:
        """Say why nobody here knows what firmware calls it.

        Raises:
            ValueError: Always.
        """
        raise ValueError(f"{self.directory}: {why}; {SHORT}")
