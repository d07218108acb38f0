"""A directory like efivarfs: a file for each variable, ``Name-guid``, with the attributes before the value. No file is opened here.

Source: Linux v6.12, Documentation/filesystems/efivarfs.rst; drivers/firmware/efi/vars.c, fs/efivarfs/super.c (efivarfs_callback: names).
"""

from collections.abc import Iterable

from efirt.annotation import Final
from efirt.images.contents import Contents, repeated
from efirt.images.damage import Damage
from efirt.images.losses import Kept, bare, lost, written
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.wire.text import decode_units, encode_units

NAME: Final = "directory"
FILE_NAME_LIMIT: Final = 255

_GUID_SIZE: Final = 36
_ATTRIBUTES_SIZE: Final = 4


def decode_entries(entries: Iterable[tuple[str, bytes]]) -> Contents:
    """Read a directory's files, in the order of their names since it has no other.

    A file that is no variable is damage, and left out.

    Args:
        entries: Names as ``os.listdir`` gives them (bytes that are no UTF-8 as half surrogates), and contents.
    """
    records, damage, places = [], [], []
    for file_name, content in sorted(entries):
        key = _key(file_name)
        if key is None:
            damage.append(Damage(0, f"{file_name!r} is not named as a variable: NAME-GUID"))
        elif len(content) < _ATTRIBUTES_SIZE:
            damage.append(Damage(0, f"{file_name!r} has {len(content)} bytes, and the attributes alone are {_ATTRIBUTES_SIZE}"))
        else:
            attributes = Attributes(int.from_bytes(content[:_ATTRIBUTES_SIZE], "little"))
            records.append(Record(key, attributes, bytes(content[_ATTRIBUTES_SIZE:])))
            places.append((0, key))
    return Contents(tuple(records), (*damage, *repeated(places)))


def _key(file_name: str) -> Key | None:
    name, dash, guid = file_name[: -_GUID_SIZE - 1], file_name[-_GUID_SIZE - 1 : -_GUID_SIZE], file_name[-_GUID_SIZE:]
    if not name or dash != "-":
        return None
    try:
        return Key(_units(name), Guid.parse(guid))
    except ValueError:
        return None


def _units(name: str) -> str:
    """A name as CHAR16 has it: the kernel writes each half of a surrogate pair as three bytes of its own.

    Raises:
        ValueError: The name is no UTF-8, not even such.
    """
    return decode_units(encode_units(name.encode("utf-8", "surrogateescape").decode("utf-8", "surrogatepass")))


def file_name(key: Key) -> str:
    """What a variable's file is called; half a surrogate pair as the kernel writes it, in Python's form of such bytes."""
    return str(key).encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")


def strange_names(file_names: Iterable[str]) -> dict[str, str]:
    """The files that are found for a variable and not called as :func:`file_name` calls it, by what they should be called."""
    found: dict[Key, str] = {}
    for name in sorted(file_names):
        key = _key(name)
        if key is not None:
            found.setdefault(key, name)
    return {usual: name for key, name in found.items() if (usual := file_name(key)) != name}


def _keep(record: Record) -> Kept:
    kept = bare(record)
    name = record.key.name
    size = len(str(record.key).encode("utf-8", "surrogatepass"))
    if not name or "/" in name or "\0" in name or _key(file_name(record.key)) != record.key:
        return kept.refused("no file can have this name")
    return kept.refused(f"its file's name would have {size} bytes") if size > FILE_NAME_LIMIT else kept


def cannot_say(contents: Contents) -> tuple[str, ...]:
    """What :func:`encode_entries` leaves out, and their order."""
    names = [file_name(record.key) for record in written(contents, _keep)]
    order = () if names == sorted(names) else ("the order of the variables",)
    twice = tuple(f"one of two variables {record.key}" for record in contents.hidden if record.key.name)
    return (*lost(contents, _keep), *order, *twice)


def encode_entries(contents: Contents) -> tuple[tuple[str, bytes], ...]:
    """Files' names and contents, each name once, in the order of their names.

    Raises:
        ValueError: Attributes do not fit 32 bits.
    """
    files = {}
    for record in written(contents._replace(records=contents.variables), _keep):
        if record.attributes < 0 or int(record.attributes) >> 8 * _ATTRIBUTES_SIZE:
            raise ValueError(f"the attributes of {record.key} do not fit 32 bits")
        files[file_name(record.key)] = record.attributes.to_bytes(_ATTRIBUTES_SIZE, "little") + record.data
    return tuple(sorted(files.items()))
