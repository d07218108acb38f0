"""What the specification calls miscellaneous: reset, the monotonic counter, capsules.

Source: UEFI 2.10 §8.5.
"""

from efirt.annotation import Final, NamedTuple
from efirt.values.guid import Guid
from efirt.values.status import Status


class ResetType:
    """The kinds of reset; firmware also takes numbers that have no name.

    Source: UEFI 2.10 §8.5.1.
    """

    COLD: Final = 0
    WARM: Final = 1
    SHUTDOWN: Final = 2
    PLATFORM_SPECIFIC: Final = 3


class ResetSystem(NamedTuple):
    """Reset or switch off the machine.

    Attributes:
        type: A number of :class:`ResetType`, or any other.
        reset_status: Why, success for an ordinary reset.
        data: CHAR16 text with a NUL and, for a platform-specific reset, a GUID behind it; may be empty.

    Answer: none comes from a machine that resets; a status when it does not.

    Source: UEFI 2.10 §8.5.1.
    """

    type: int
    reset_status: Status = Status.SUCCESS
    data: bytes = b""


class GetNextHighMonotonicCount(NamedTuple):
    """Take the next value of the counter's high half; each call writes to firmware's store.

    Answer: ``count``, 0..=2**32-1; it can come beside an error (OUT_OF_RESOURCES on a full store).

    Source: UEFI 2.10 §8.5.2.
    """


class CapsuleHeader(NamedTuple):
    """The head of a capsule.

    Attributes:
        guid: What kind of capsule.
        header_size: Bytes, 0..=2**32-1.
        flags: Bits; 0x10000 persist across reset, 0x20000 populate system table, 0x40000 initiate reset.
        image_size: Bytes of the whole capsule, 0..=2**32-1.

    Source: UEFI 2.10 §8.5.3.
    """

    guid: Guid
    header_size: int
    flags: int
    image_size: int


class QueryCapsuleCapabilities(NamedTuple):
    """Ask whether capsules of these kinds could be taken.

    Attributes:
        headers: The heads of the capsules.

    Answer: ``capsule``.

    Source: UEFI 2.10 §8.5.3.
    """

    headers: tuple[CapsuleHeader, ...]


class UpdateCapsule(NamedTuple):
    """Hand capsules to firmware.

    Attributes:
        capsules: Whole capsules, each with its head.
        scatter_gather_list: Machine address of the block descriptors, 0 for none.

    Source: UEFI 2.10 §8.5.3.
    """

    capsules: tuple[bytes, ...]
    scatter_gather_list: int = 0


class CapsuleCapabilities(NamedTuple):
    """What QueryCapsuleCapabilities tells.

    Attributes:
        maximum_capsule_size: Bytes.
        reset_type: The reset that makes firmware take it, as in :class:`ResetType`.
    """

    maximum_capsule_size: int
    reset_type: int
