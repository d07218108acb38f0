"""Reset."""

from efirt.annotation import Final, NamedTuple
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
