"""What reading needs to know of a firmware, without the tables of what it refuses to write: those take longer to load than a listing."""

from efirt.annotation import TYPE_CHECKING, Callable, Final, Mapping, NamedTuple
from efirt.firmware.limits import OVMF_4M, Limits, Tidying
from efirt.later import Later
from efirt.ops.driver import Op
from efirt.ops.tables import FirmwareInfo
from efirt.store import Record
from efirt.values.key import Key

if TYPE_CHECKING:
    from efirt.firmware import asking_rules, query_rules, walks
    from efirt.firmware.asking_rules import Asked
    from efirt.firmware.query_rules import Query
    from efirt.firmware.rule import Rules
else:  # what looking up a name does not need
    asking_rules, query_rules = Later("efirt.firmware.asking_rules"), Later("efirt.firmware.query_rules")
    walks = Later("efirt.firmware.walks")


class Facts(NamedTuple):
    """What reading needs to know of the usual firmware: each as in :class:`~efirt.firmware.Profile`.

    Source: as there.
    """

    name: str
    limits: Limits
    tidying: Tidying = Tidying()
    authentication: bool = True
    attributes_when_too_small: bool = True

    @property
    def get_rules(self) -> "Rules[Asked]":
        """None: beyond that there must be such a variable."""
        return ()

    @property
    def next_rules(self) -> "Rules[Asked]":
        """As in the profile."""
        return asking_rules.NEXT_RULES

    @property
    def query_rules(self) -> "Rules[Query]":
        """As in the profile."""
        return query_rules.QUERY_RULES

    @property
    def walk(self) -> "Callable[[walks.Names, Key], Record | None]":
        """As in the profile."""
        return walks.in_order

    @property
    def told_size(self) -> Callable[[int, int], int]:
        """As in the profile."""
        return walks.of_name

    @property
    def told_room(self) -> Callable[[int], int]:
        """As in the profile."""
        return query_rules.as_asked


DEFAULT_FACTS: Final = Facts("ovmf-2022.11", OVMF_4M)
"""Of :data:`~efirt.firmware.DEFAULT`."""

NOT_CARRIED: Final[Mapping[type[Op], str]] = {FirmwareInfo: "only Xen has this service"}
"""What a firmware has no road for, with the reason."""
