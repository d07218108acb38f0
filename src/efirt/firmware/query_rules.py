"""When QueryVariableInfo says no.

Source: UEFI 2.10 §8.2.4.
"""

from efirt.annotation import Final, NamedTuple
from efirt.firmware.bits import ACCESS, AT, AW, HR, MASK, NV, RT
from efirt.firmware.limits import Limits
from efirt.firmware.rule import Rule, Rules
from efirt.values.status import Status

_SOURCE: Final = "edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, VariableServiceQueryVariableInfo; UEFI 2.10 §8.2.4"


class Query(NamedTuple):
    """What is asked, and what the answer depends on.

    Attributes:
        attributes: Any 32 bits.
        runtime: Whether the boot phase is over.
        limits: The platform's sizes.
        authentication: Whether the platform has authenticated variables at all.
    """

    attributes: int
    runtime: bool
    limits: Limits
    authentication: bool


QUERY_RULES: Final[Rules[Query]] = (
    Rule("a question has attributes", Status.INVALID_PARAMETER, lambda q: not q.attributes, _SOURCE),
    Rule("count-based authentication is no more", Status.UNSUPPORTED, lambda q: bool(q.attributes & AW), _SOURCE),
    Rule("at least one attribute is known", Status.UNSUPPORTED, lambda q: not q.attributes & MASK, _SOURCE),
    Rule("non-volatile alone means nothing", Status.INVALID_PARAMETER, lambda q: q.attributes & MASK == NV, _SOURCE),
    Rule("runtime access needs boot access", Status.INVALID_PARAMETER, lambda q: q.attributes & ACCESS == RT, _SOURCE),
    Rule(
        "after the boot phase only visible variables are counted",
        Status.INVALID_PARAMETER,
        lambda q: q.runtime and not q.attributes & RT,
        _SOURCE,
    ),
    Rule("a hardware error record is stored", Status.INVALID_PARAMETER, lambda q: q.attributes & (HR | NV) == HR, _SOURCE),
    Rule(
        "authentication needs a firmware that was built with it",
        Status.UNSUPPORTED,
        lambda q: bool(q.attributes & AT) and not q.authentication,
        _SOURCE,
    ),
    Rule(
        "a hardware error record needs storage that was set aside",
        Status.UNSUPPORTED,
        lambda q: q.attributes & (HR | AT) == HR and not q.limits.hardware_error_storage,
        _SOURCE,
    ),
)
"""What the attributes of a question demand; unknown bits beside known ones are ignored."""

UNKNOWN_BITS: Final = Rule[Query](
    "every attribute is known", Status.INVALID_PARAMETER, lambda q: bool(q.attributes & ~(MASK | AW)), "UEFI 2.10 §8.2.4"
)
"""A row of firmware that is stricter than edk2, such as U-Boot."""


def as_asked(attributes: int) -> int:
    """The kind of variables whose room is told: that which is asked for.

    Source: as :data:`QUERY_RULES`.
    """
    return attributes
