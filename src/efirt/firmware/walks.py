"""In which order firmware names its variables, and what it says of a name's size.

Source: UEFI 2.10 §8.2.2; edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/VariableParsing.c.
"""

from efirt.annotation import Protocol
from efirt.store import Record
from efirt.values.guid import ZERO
from efirt.values.key import Key


class Names(Protocol):
    """What a walk needs of the variables."""

    said_twice: set[Key]

    def after(self, key: Key) -> Record | None:
        """The next one that shows."""


def in_order(names: Names, key: Key) -> Record | None:
    """The next one, None behind the last."""
    return names.after(key)


def one_twice(names: Names, key: Key) -> Record | None:
    """The next one; but the first of all is named twice in each walk.

    Source: efibootmgr issue 73; Linux 6.1, drivers/firmware/efi/vars.c, dup_variable_bug.
    """
    if not key.name:
        names.said_twice.clear()
        return names.after(key)
    first = names.after(Key("", ZERO))
    if first is not None and first.key == key and key not in names.said_twice:
        names.said_twice.add(key)
        return first
    return names.after(key)


def around(names: Names, key: Key) -> Record | None:
    """The next one, the first again behind the last.

    Source: efibootmgr issue 115.
    """
    return names.after(key) or names.after(Key("", ZERO))


def of_name(_room: int, size: int) -> int:
    """The size of the name."""
    return size


def of_buffer(room: int, _size: int) -> int:
    """The size of the buffer, as a ThinkPad T450s says it.

    Source: Linux 6.1, drivers/firmware/efi/vars.c, var_name_strnsize.
    """
    return room
