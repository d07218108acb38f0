"""A new image with what can be had of one, and nothing that is wrong with it.

Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, Reclaim.
"""

from efirt.annotation import NamedTuple
from efirt.images.edk2 import Edk2Image
from efirt.images.edk2_check import Problem, problems
from efirt.images.edk2_write import compacted


class Repair(NamedTuple):
    """What became of an image.

    Attributes:
        data: The new file; the same bytes where nothing was wrong.
        solved: What was wrong and is not any more.
        left: What is wrong still, since it is how the image was made.
    """

    data: bytes
    solved: tuple[Problem, ...]
    left: tuple[Problem, ...]


def repaired(image: Edk2Image) -> Repair:
    """Write the variables that firmware finds into a new image, so that any firmware finds just these.

    Of two copies that are about to die the last is kept, as firmware reads it, and not the first, which it would keep itself. What was
    never finished, or lies behind the end of the list, is not a variable and is left out.

    Args:
        image: Decoded with ``strict=False``, so that damage does not stand in the way.

    Raises:
        NoRoom: A name that had no end needs room for one, and there is none.

    Departs: edk2 brings back the older of two copies that are about to die.
    """
    before = problems(image)
    if not before or image.is_blank:
        return Repair(image.encode(), (), ())
    data = compacted(image, image.variables)
    after = problems(Edk2Image.decode(data, strict=False, areas=image.volume.areas))
    left = {problem.what for problem in after}
    return Repair(data, tuple(problem for problem in before if problem.what not in left), after)
