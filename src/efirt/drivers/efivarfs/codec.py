"""Variables as Linux's efivarfs names and fills its files.

Source: Linux 6.1, fs/efivarfs/super.c (efivarfs_callback), inode.c (efivarfs_valid_name, efivarfs_create), file.c.
"""

from efirt.annotation import Final, NamedTuple
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.wire.text import decode_units, encode_units

_GUID_SIZE: Final = 36
_ATTRIBUTES_SIZE: Final = 4
NAME_MAX: Final = 255
"""Bytes that a file's name has at most."""


class Content(NamedTuple):
    """A file's contents.

    Attributes:
        attributes: The first four bytes.
        data: The rest.
    """

    attributes: Attributes
    data: bytes


def write_name(key: Key) -> bytes:
    """The name of a variable's file: each CHAR16 in UTF-8 by itself, ``!`` in place of ``/``, and the GUID."""
    units = encode_units(key.name)
    each = (chr(int.from_bytes(units[at : at + 2], "little")) for at in range(0, len(units), 2))
    name = "".join(each).encode("utf-8", "surrogatepass")
    return name.replace(b"/", b"!") + b"-" + str(key.guid).encode("ascii")


def read_name(name: bytes) -> Key | None:
    """The variable behind a file's name; None where it cannot be one's.

    Departs: a name with ``!`` may stand for one with ``/``, which Linux does not tell.
    """
    head, dash, guid = name[: -_GUID_SIZE - 1], name[-_GUID_SIZE - 1 : -_GUID_SIZE], name[-_GUID_SIZE:]
    try:
        text = head.decode("utf-8", "surrogatepass")
        found = Guid.parse(guid.decode("ascii"))
    except ValueError:
        return None
    return Key(decode_units(encode_units(text)), found) if text and dash == b"-" and "\0" not in text else None


def write_content(attributes: int, data: bytes) -> bytes:
    """What to write into a variable's file."""
    return attributes.to_bytes(_ATTRIBUTES_SIZE, "little") + data


def read_content(content: bytes) -> Content | None:
    """What a variable's file holds; None where it is too short."""
    if len(content) < _ATTRIBUTES_SIZE:
        return None
    return Content(Attributes(int.from_bytes(content[:_ATTRIBUTES_SIZE], "little")), content[_ATTRIBUTES_SIZE:])


def why_not_created(key: Key) -> str:
    """Why Linux cannot create a variable of this name, as a sentence; empty where it can.

    A new file's name becomes the variable's byte by byte, so a character beyond ASCII would come out as several.
    """
    if not key.name:
        return "Linux creates no variable without a name"
    if not key.name.isascii():
        return "Linux creates variables with ASCII names only: of any other it would make another name"
    if "/" in key.name:
        return "no file's name holds a '/', and Linux would take '!' in its place as it is"
    return why_not_reached(key)


def why_not_reached(key: Key) -> str:
    """Why Linux has no file for a variable of this name, whether firmware has one or not, as a sentence; empty where it can have one."""
    if len(write_name(key)) > NAME_MAX:
        return f"a file's name has {NAME_MAX} bytes at most, which leaves {NAME_MAX - _GUID_SIZE - 1} for the variable's"
    return ""
