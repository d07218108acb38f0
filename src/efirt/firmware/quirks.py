"""What firmware in the field does otherwise: each a profile with one row or one fact changed.

Source: as each says.
"""

from collections.abc import Callable, Mapping

from efirt.annotation import Final
from efirt.firmware import walks
from efirt.firmware.asking_rules import Asked
from efirt.firmware.bits import APPEND
from efirt.firmware.claim import BARE, SHA256, Format
from efirt.firmware.known import LOCKED_MEMORY_OVERWRITE
from efirt.firmware.memory_overwrite import MEMORY_OVERWRITE_RULES
from efirt.firmware.profiles import Profile
from efirt.firmware.rule import Rule, changed, replaced
from efirt.firmware.signature_rules import LATER, is_earlier, is_not_later_even_appended
from efirt.firmware.store_rules import EXCHANGE_KEYS
from efirt.firmware.write import Write
from efirt.firmware.write_rules import SIZE_RULES
from efirt.ops.capsule import QueryCapsuleCapabilities, UpdateCapsule
from efirt.ops.clock import GetTime, GetWakeupTime, SetTime, SetWakeupTime
from efirt.ops.counter import GetNextHighMonotonicCount
from efirt.ops.driver import Op
from efirt.ops.variables import QueryVariableInfo, SetVariable
from efirt.values.efi_time import UNSPECIFIED_ZONE
from efirt.values.status import Status

_OLD_NAME_SIZE: Final = 512
_JUNK_ZONE: Final = 0x7F00
_ERROR_STORAGE: Final = 0x4000


def _answers(status: Status, *services: type[Op]) -> Callable[[Profile], Profile]:
    return lambda profile: profile._replace(answers={**profile.answers, **dict.fromkeys(services, status)})


def _with_short_names(profile: Profile) -> Profile:
    row = Rule[Asked](
        "a name's buffer has 512 bytes at most",
        Status.INVALID_PARAMETER,
        lambda a: a.room > _OLD_NAME_SIZE,
        "Linux commit f45812cc23fb, efi: Ignore returned size from GetNextVariableName",
    )
    return profile._replace(next_rules=(row, *profile.next_rules))


def _with_hidden_told(profile: Profile) -> Profile:
    row = Rule[Asked](
        "what is hidden after the boot phase is not for reading",
        Status.ACCESS_DENIED,
        lambda a: a.hidden,
        "QEMU, hw/uefi/var-service-vars.c",
    )
    return profile._replace(get_rules=(row, *profile.get_rules))


def _without_exchange_append(profile: Profile) -> Profile:
    row = Rule[Write](
        "key exchange keys are not appended to",
        Status.INVALID_PARAMETER,
        lambda w: w.key == EXCHANGE_KEYS and bool(w.attributes & APPEND),
        "Mosby issue 14 (AMI)",
    )
    return profile._replace(key_rules=(*profile.key_rules, row))


def _with_memory_overwrite(profile: Profile) -> Profile:
    return profile._replace(memory_overwrite_rules=MEMORY_OVERWRITE_RULES, locked=profile.locked - LOCKED_MEMORY_OVERWRITE)


def _with_volatile_at_runtime(profile: Profile) -> Profile:
    profile = profile.quirk("change_rules", "volatile variables are read-only after the boot phase")
    profile = profile.quirk("change_rules", "only what is stored and visible changes after the boot phase")
    return profile.quirk("create_rules", "only what is stored and visible is created after the boot phase")


def without_room(profile: Profile) -> Profile:
    """What is too large is told to have no room.

    Source: UEFI 2.10 §8.2.3 (EFI_OUT_OF_RESOURCES); U-Boot, QEMU and varstored answer so.
    """
    for row in SIZE_RULES:
        profile = profile.quirk("write_rules", row.sentence, Status.OUT_OF_RESOURCES)
    return profile.quirk("rewrite_rules", "a value does not grow beyond its limit", Status.OUT_OF_RESOURCES)


QUIRKS: Final[Mapping[str, Callable[[Profile], Profile]]] = {
    # Names.
    "duplicate-names": lambda profile: profile._replace(walk=walks.one_twice),
    "looping-names": lambda profile: profile._replace(walk=walks.around),
    "buffer-size-as-name-size": lambda profile: profile._replace(told_size=walks.of_buffer),
    "short-names": _with_short_names,
    # Reading.
    "attributes-on-success-only": lambda profile: profile._replace(attributes_when_too_small=False),
    "hidden-access-denied": _with_hidden_told,
    # Room.
    "space-freed-at-boot-only": lambda profile: profile._replace(tidies_up=False),
    "oversize-out-of-resources": without_room,
    "hardware-error-records": lambda profile: profile._replace(limits=profile.limits._replace(hardware_error_storage=_ERROR_STORAGE)),
    # Writing.
    "volatile-at-runtime": _with_volatile_at_runtime,
    "unknown-attributes-unsupported": lambda profile: profile.quirk(
        "write_rules", "attributes beyond 0x7f mean nothing", Status.UNSUPPORTED
    ),
    "memory-overwrite-protected": _with_memory_overwrite,
    "no-language-hook": lambda profile: profile._replace(language_hook=False),
    # Signatures.
    "equal-timestamps": lambda profile: profile._replace(signature_rules=replaced(profile.signature_rules, LATER, is_earlier)),
    "append-needs-later-time": lambda profile: profile._replace(
        signature_rules=replaced(profile.signature_rules, LATER, is_not_later_even_appended)
    ),
    "sha256-only": lambda profile: profile._replace(signature_format=Format((SHA256,), (BARE,), looks_at_least=22)),
    "keys-not-joined": lambda profile: profile._replace(joined=frozenset()),
    "no-exchange-append": _without_exchange_append,
    "missing-exchange-keys-are-a-violation": lambda profile: profile._replace(
        exchange_rules=changed(profile.exchange_rules, "there are key exchange keys", Status.SECURITY_VIOLATION)
    ),
    "self-signed-platform-key": lambda profile: profile._replace(self_signed_platform_key=True),
    "user-absent": lambda profile: profile._replace(user_present=False),
    # Services.
    "no-query": _answers(Status.UNSUPPORTED, QueryVariableInfo),
    "no-set": _answers(Status.UNSUPPORTED, SetVariable),
    "no-clock": _answers(Status.UNSUPPORTED, GetTime, SetTime, GetWakeupTime, SetWakeupTime),
    "no-wakeup": _answers(Status.UNSUPPORTED, GetWakeupTime, SetWakeupTime),
    "no-counter": _answers(Status.UNSUPPORTED, GetNextHighMonotonicCount),
    "no-capsules": _answers(Status.UNSUPPORTED, QueryCapsuleCapabilities, UpdateCapsule),
    "clock-cannot-be-set": _answers(Status.DEVICE_ERROR, SetTime),
    "junk-zones": lambda profile: profile._replace(told_zone=lambda _zone: _JUNK_ZONE),
    "zero-zones": lambda profile: profile._replace(told_zone=lambda zone: 0 if zone == UNSPECIFIED_ZONE else zone),
}
"""By name; a name may follow another, and each changes what the one before left.

Source: Linux, U-Boot, QEMU, varstored and issue trackers of efibootmgr, fwupd and Mosby; a service that is masked answers as
EFI_RT_PROPERTIES_TABLE says (UEFI 2.10 §4.6.2).
"""


def with_quirks(profile: Profile, names: str) -> Profile:
    """A profile with quirks.

    Args:
        profile: Without them.
        names: Of :data:`QUIRKS`, joined by commas.

    Raises:
        ValueError: One is none.
    """
    for name in filter(None, names.split(",")):
        if name not in QUIRKS:
            raise ValueError(f"there is no quirk {name!r}: choose of {', '.join(QUIRKS)}")
        profile = QUIRKS[name](profile)
    return profile
