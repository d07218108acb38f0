"""Capsules."""

from efirt.annotation import NamedTuple
from efirt.values.guid import Guid


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
        reset_type: The reset that makes firmware take it, as in :class:`~efirt.ops.reset.ResetType`.
    """

    maximum_capsule_size: int
    reset_type: int
