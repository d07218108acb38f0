"""What reading needs to know of a firmware, without the tables of what it refuses to write: those take longer to load than a listing."""

from efirt.annotation import Callable, Final, Mapping, NamedTuple
from efirt.firmware import walks
from efirt.firmware.asking_rules import NEXT_RULES, Asked
from efirt.firmware.limits import OVMF_4M, Limits, Tidying
from efirt.firmware.query_rules import QUERY_RULES, Query, as_asked
from efirt.firmware.rule import Rules
from efirt.ops.driver import Op
from efirt.ops.tables import FirmwareInfo
from efirt.store import Record
from efirt.values.key import Key


class Facts(NamedTuple):
    """What reading needs to know: each as in :class:`~efirt.firmware.Profile`.

    Source: as there.
    """

    name: str
    limits: Limits
    query_rules: Rules[Query] = QUERY_RULES
    get_rules: Rules[Asked] = ()
    next_rules: Rules[Asked] = NEXT_RULES
    walk: Callable[[walks.Names, Key], Record | None] = walks.in_order
    told_size: Callable[[int, int], int] = walks.of_name
    tidying: Tidying = Tidying()
    told_room: Callable[[int], int] = as_asked
    authentication: bool = True
    attributes_when_too_small: bool = True


DEFAULT_FACTS: Final = Facts("ovmf-2022.11", OVMF_4M)
"""Of :data:`~efirt.firmware.DEFAULT`."""

NOT_CARRIED: Final[Mapping[type[Op], str]] = {FirmwareInfo: "only Xen has this service"}
"""What a firmware has no road for, with the reason."""
