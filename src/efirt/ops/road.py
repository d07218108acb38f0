"""What lies on the way to a variable, beside what firmware says: a driver that knows tells it, and asks firmware nothing for it."""

from efirt.annotation import NamedTuple, Protocol
from efirt.ops.driver import Driver
from efirt.ops.holder import layers
from efirt.values.key import Key


class Road(NamedTuple):
    """The way to one variable.

    Attributes:
        is_runtime: Whether the boot phase is over for who asks here.
        closed: Why nothing can be written on this way, as a sentence; empty where something can.
        opening: What would change that.
        unnamed: Why no variable of this name can be made on this way, as a sentence; empty where one can.
        immutable: Whether its file is marked immutable; None where there is no file, or it cannot be told.
        reserve: Bytes of firmware's store that the system in between keeps free; 0 for none.
        lockdown: How far that system is locked down, ``integrity`` or ``confidentiality``; empty where it is not, or does not say.
        is_dom0: Whether it is the dom0 of a Xen, through which its own calls to firmware go.
        unreached: Why no variable of this name is reached on this way, as a sentence; empty where one is.
    """

    is_runtime: bool = True
    closed: str = ""
    opening: str = ""
    unnamed: str = ""
    immutable: bool | None = None
    reserve: int = 0
    lockdown: str = ""
    is_dom0: bool = False
    unreached: str = ""


class Tells(Protocol):
    """A driver that knows its way."""

    def road(self, key: Key) -> Road:
        """The way to a variable."""


def road_to(driver: Driver, key: Key) -> Road:
    """The way to a variable, as the first driver that tells it does: of a driver, the one it holds, and so on."""
    for layer in layers(driver):
        tell = getattr(layer, "road", None)
        if tell is not None:
            road: Road = tell(key)
            return road
    return Road()
