"""The variable services."""

from efirt.annotation import Final, NamedTuple
from efirt.values.attributes import Attributes
from efirt.values.guid import ZERO
from efirt.values.key import Key

FIRST: Final = Key("", ZERO)
"""The key that asks GetNextVariableName for the first name."""


class GetVariable(NamedTuple):
    """Read one variable.

    Attributes:
        key: Which.
        room: Bytes we have ready for the data, 0..=2**32-1; a driver whose transport has no such limit ignores it.

    Answer: ``data``, ``size``, ``attributes``. NOT_FOUND when no such variable is visible; BUFFER_TOO_SMALL with ``size``,
    the bytes it needs, and, from most firmware, ``attributes``.

    Source: UEFI 2.10 §8.2.1.
    """

    key: Key
    room: int = 4096


class SetVariable(NamedTuple):
    """Write, append to (APPEND among the attributes), or delete (no data, or attributes 0) one variable.

    Attributes:
        key: Which.
        attributes: Any 32 bits.
        data: The value; an authenticated write begins with its descriptor.

    Answer: the status alone.

    Source: UEFI 2.10 §8.2.3.
    """

    key: Key
    attributes: Attributes
    data: bytes


class GetNextVariableName(NamedTuple):
    """Read the name after another one.

    Attributes:
        key: The name before it; an empty name asks for the first.
        room: Bytes we have ready for the name with its NUL, 0..=2**32-1; what of ``key`` does not fit is not passed.

    Answer: ``key``, ``size``, and ``data``, the name's buffer up to its NUL and with it. NOT_FOUND at the end; BUFFER_TOO_SMALL
    with ``size``. Where the buffer holds no NUL, ``key`` is None and ``data`` all of it.

    Source: UEFI 2.10 §8.2.2.
    """

    key: Key = FIRST
    room: int = 512


class QueryVariableInfo(NamedTuple):
    """Ask how much room there is for variables of a kind.

    Attributes:
        attributes: The kind.
        boot_snapshot: Ask Xen for what it was told while firmware's boot services still ran; only Xen has this.

    Answer: ``storage``.

    Source: UEFI 2.10 §8.2.4; Xen 4.17, xen/include/public/platform.h, XEN_EFI_VARINFO_BOOT_SNAPSHOT.
    """

    attributes: Attributes
    boot_snapshot: bool = False


class VariableInfo(NamedTuple):
    """What QueryVariableInfo tells, in bytes.

    Attributes:
        maximum_storage_size: All room for variables of this kind.
        remaining_storage_size: What is left of it.
        maximum_variable_size: The largest variable, its name included on most firmware.
    """

    maximum_storage_size: int
    remaining_storage_size: int
    maximum_variable_size: int
