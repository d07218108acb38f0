"""Quirks that take a value: ``mask:0x3fbf``, ``policy:T-GUID/max=4``.

Source: as each says.
"""

from collections.abc import Callable, Mapping

from efirt.annotation import Final, NamedTuple
from efirt.firmware.policies import Policy
from efirt.firmware.properties import ALL
from efirt.firmware.quirks.quirk import Change, fact


class Valued(NamedTuple):
    """What firmware does otherwise, by a value.

    Attributes:
        value: What the value is, as documents write it.
        does: What it does otherwise, as a sentence.
        origin: Who does so, and where that is written.
        change: Makes of a value what changes a profile; ValueError where it makes no sense.
    """

    value: str
    does: str
    origin: str
    change: Callable[[str], Change]


def _masked(text: str) -> Change:
    try:
        services = int(text, 0)
    except ValueError:
        services = -1
    if not 0 <= services <= ALL:
        raise ValueError(f"{text!r} is no mask of runtime services: write a number such as 0x3fbf, of bits 0x1 to 0x2000") from None
    return fact(services=services)


def _with_policy(text: str) -> Change:
    policy = Policy.parse(text)
    if "/" not in text:
        raise ValueError(f"the policy {text!r} demands nothing: write NAME-GUID/DEMAND, such as {text}/lock=now")
    return lambda profile: profile._replace(policies=(*profile.policies, policy))


VALUED: Final[Mapping[str, Valued]] = {
    "mask": Valued(
        "BITS",
        "only the services of these EFI_RT_SUPPORTED_* bits are there after the boot phase; the table says just that",
        "UEFI 2.10 §4.6.2",
        _masked,
    ),
    "policy": Valued(
        "NAME-GUID/DEMAND...",
        "a driver of the platform demands something of a variable, by a policy",
        "edk2 c5aa7e7d, MdeModulePkg/Include/Protocol/VariablePolicy.h",
        _with_policy,
    ),
}
"""By name; what follows the colon is the value."""
