"""What an audit tells of an image."""

from efirt.annotation import Final, NamedTuple
from efirt.images.edk2_check import Problem
from efirt.views.certificate_update import Judged, Room
from efirt.views.secure_boot import SecureBoot

IMAGE: Final = "image"
MOST_DAMAGE: Final = 20


class Row(NamedTuple):
    """An image, or a file that could be none.

    Attributes:
        path: Its name, as it was given or found.
        verdict: ``ok``, ``update_available``, ``blocked`` or ``damaged``.
        reason: Why, as a sentence without a full stop; empty where all is well.
        format: How it is written; empty where that cannot be told.
        size: Bytes of it, unpacked where it was packed; None where it cannot be read.
        variables: How many it holds; None where it cannot be read.
        boot: Its keys and modes; None as above.
        judged: What is to be done about these; None as above.
        room: What a flash image can take; None for any other.
        damage: What is wrong with it, at most 20 things.
        damage_count: How many things are.
    """

    path: str
    verdict: str
    reason: str = ""
    format: str = ""
    size: int | None = None
    variables: int | None = None
    boot: SecureBoot | None = None
    judged: Judged | None = None
    room: Room | None = None
    damage: tuple[Problem, ...] = ()
    damage_count: int = 0


class Skipped(NamedTuple):
    """A file that was met in a directory and is no image.

    Attributes:
        path: Its name.
        why: A word or a few: the same for all files of one kind, to be counted.
    """

    path: str
    why: str
