"""On which device a file lies, and what it is called there.

Source: Linux 6.1, Documentation/filesystems/proc.rst (mountinfo).
"""

from collections.abc import Iterator

from efirt.annotation import Final, NamedTuple
from efirt.disks.port import World

_MOUNTS: Final = "/proc/self/mountinfo"
_ESCAPES: Final = {r"\040": " ", r"\011": "\t", r"\012": "\n", r"\134": "\\"}


class Mount(NamedTuple):
    """Something that is mounted.

    Attributes:
        device: The number of its device.
        root: The directory of its file system that is shown.
        place: Where it is shown.
        type: Its file system's type.
    """

    device: str
    root: str
    place: str
    type: str


class Found(NamedTuple):
    """A file on its device.

    Attributes:
        mount: Where it is mounted.
        inner: Its path in its file system, from ``/``.
    """

    mount: Mount
    inner: str


def find(world: World, path: str) -> Found:
    """Where a file lies.

    Raises:
        ValueError: There is no such file, or it is no file.
        DriverError: It cannot be looked at, or this system does not tell what is mounted.
    """
    real = world.real(path)
    look = world.look(real)
    if look is None or not look.is_file:
        raise ValueError(f"{path} is no file: name the program that firmware shall start, on its mounted partition")
    fitting = [one for one in _mounts(world) if one.device == look.inside and _is_in(one.place, real)]
    if not fitting:
        raise ValueError(
            f"nothing is known to be mounted where {path} lies: is /proc mounted here? else name --disk, --partition and --loader"
        )
    mount = max(fitting, key=lambda one: len(one.place))
    inner = real[len(mount.place.rstrip("/")) :]
    return Found(mount, mount.root.rstrip("/") + inner)


def _is_in(place: str, path: str) -> bool:
    return path.startswith(place.rstrip("/") + "/")


def _mounts(world: World) -> Iterator[Mount]:
    for line in (world.text(_MOUNTS) or "").splitlines():
        before, _, after = line.partition(" - ")
        _number, _parent, device, root, place, *_options = before.split()
        yield Mount(device, _unescaped(root), _unescaped(place), after.split()[0])


def _unescaped(path: str) -> str:
    for escape, character in _ESCAPES.items():
        path = path.replace(escape, character)
    return path
