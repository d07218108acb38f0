"""What a write did, and what it leaves stale."""

from efirt.annotation import Final, Iterator, NamedTuple
from efirt.cli.call import Note
from efirt.cli.variables import identity, key_text
from efirt.values.attributes import Attributes
from efirt.values.key import Key
from efirt.wire import escape

_TYPE: Final = "efivarfs"
_SPACE, _TAB, _NEWLINE, _BACKSLASH = r"\040", r"\011", r"\012", r"\134"


class Change(NamedTuple):
    """A variable that was written or deleted.

    Attributes:
        action: ``created``, ``overwrote``, ``appended`` or ``deleted``.
        key: Which.
        attributes: Its attributes: the present ones, or those it was written with where it cannot be seen, or those it had.
        size: Bytes it has now; None where it cannot be seen.
        previous_size: Bytes it had before; None where it could not be seen.
    """

    action: str
    key: Key
    attributes: Attributes
    size: int | None
    previous_size: int | None

    def line(self) -> str:
        """All of it for people."""
        text = f"{self.action} {key_text(self.key)}: {self.attributes}"
        if self.action == "deleted":
            return f"{text}, {self.previous_size} bytes"
        text += ", not visible now" if self.size is None else f", {self.size} bytes"
        return text if self.previous_size is None else f"{text} ({self.previous_size} before)"

    def record(self) -> dict[str, object]:
        """All of it for programs."""
        sizes = {"size": self.size, "previous_size": self.previous_size}
        return {"action": self.action} | identity(self.key, self.attributes) | sizes


def _unescaped(path: str) -> str:
    return path.replace(_SPACE, " ").replace(_TAB, "\t").replace(_NEWLINE, "\n").replace(_BACKSLASH, "\\")


def stale_names(driver: str, mounts: str) -> Iterator[Note]:
    """Say so where efivarfs lists names as of its mount, after a hypercall went past it.

    Args:
        driver: The driver's name; only the live one behind Xen goes past the kernel.
        mounts: The file that lists what is mounted.

    Source: Linux 6.1, fs/efivarfs/super.c (efivarfs_fill_super reads the names once).
    """
    if driver.partition(":")[0] != "xen" or driver.startswith("xen:simulated"):
        return
    try:
        with open(mounts, encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123 - pathlib costs 9 ms
            fields = [line.split() for line in file]
    except OSError:
        return
    for _source, place, kind, *_options in (entry for entry in fields if len(entry) > 3):  # noqa: PLR2004 - source, place, type, options
        if kind == _TYPE:
            path = escape.name(_unescaped(place))
            advice = f"umount {path} && mount -t efivarfs efivarfs {path}"
            yield Note(f"efivarfs at {path} lists names as of its mount; to refresh: {advice}")
