"""Firmwares: each is its tables, its limits and a few facts."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from efirt.annotation import Any, Final, NamedTuple, TypeVar
from efirt.firmware import language, properties, walks
from efirt.firmware.asking_rules import NEXT_RULES, Asked
from efirt.firmware.claim import BARE, IN_CONTENT_INFO, SHA256, SHA384, SHA512, Claim, Format
from efirt.firmware.clock_rules import TimeAsked, as_kept
from efirt.firmware.known import (
    AUTHENTICATION,
    CLOCK_POLICY,
    DRIVER,
    LOCKED_BY_BOOT_MANAGER,
    LOCKED_MEMORY_OVERWRITE,
    SPECIFIED,
    SPECIFIED_MODES,
    SPECIFIED_RECOVERY,
    KnownNames,
)
from efirt.firmware.limits import OVMF_2M, OVMF_4M, Limits, Tidying
from efirt.firmware.list_rules import LIST_RULES, KeyLists
from efirt.firmware.memory_overwrite import Request
from efirt.firmware.modes import MODE_RULES, PLAIN_TRANSITIONS, SPECIFIED_TRANSITIONS, ModeWrite, Transition
from efirt.firmware.name_rules import NAME_RULES
from efirt.firmware.phases import Phase
from efirt.firmware.policies import POLICY_RULES, Policy
from efirt.firmware.query_rules import QUERY_RULES, UNKNOWN_BITS, Query, as_asked
from efirt.firmware.rule import Rule, Rules, changed
from efirt.firmware.signature_rules import EXCHANGE_RULES, PLATFORM_RULES, PRIVATE_RULES, SELF_RULES, SIGNATURE_RULES
from efirt.firmware.space import SPACE_RULES, Demand
from efirt.firmware.starting import Start
from efirt.firmware.store_rules import (
    AUTHENTICATION_RULES,
    CHANGE_RULES,
    CREATE_RULES,
    EARLY_RULES,
    EXCHANGE_KEYS,
    EXISTING_RULES,
    IMAGE_DATABASES,
    KEY_RULES,
    RECOVERY_DATABASE,
    REWRITE_RULES,
)
from efirt.firmware.timestamps import later
from efirt.firmware.write import Write, one_behind_the_other
from efirt.firmware.write_rules import ATTRIBUTE_RULES, NV_ALONE_WITH_COUNT, SIZE_RULES
from efirt.ops.driver import Op
from efirt.store import Record
from efirt.values.efi_time import EfiTime
from efirt.values.key import Key
from efirt.values.status import Status

T = TypeVar("T")


class Profile(NamedTuple):
    """A firmware.

    Attributes:
        name: What asks for it.
        limits: The platform's sizes.
        known: The variables it knows by name.
        locked: The variables its drivers have locked; they use policies for it, so this ends where policies do.
        write_rules: What SetVariable looks at first; the order counts, here and below.
        authentication_rules: What it demands before it looks at a signature; only with ``authentication``.
        early_rules: What a change of the store demands before firmware can write to its flash.
        change_rules: What it demands of a change or a deletion.
        rewrite_rules: What it demands of a change.
        create_rules: What it demands of a new variable.
        space_rules: What it demands of the space.
        query_rules: What QueryVariableInfo demands.
        get_rules: What GetVariable demands beyond that the variable is there.
        next_rules: What GetNextVariableName demands.
        clock_rules: What the clock and its alarm demand beyond that a time makes sense.
        boot_rules: What the machine demands to start; where one is broken it is dead, and answers its status to everything.
        walk: In which order it names variables.
        told_size: The size of a name that it tells, by the buffer's and the name's.
        told_room: The kind of variables whose room QueryVariableInfo tells, by the attributes it is asked for.
        told_time: The time that its clock tells, by the one it keeps.
        told: Volatile variables that boot makes otherwise, or besides, each with its value.
        services: The services it has after the boot phase, EFI_RT_SUPPORTED_* bits; a table says so where one is missing.
        fatal: The services that it dies of after the boot phase, each with what their caller gets.
        tidying: When the room of dead records comes back.
        policies: What its drivers demand of others.
        policies_count: Whether anything is demanded by policies.
        policies_may_end: Whether a driver may switch policies off until the next boot.
        key_rules: What PK, KEK, db, dbx and dbt demand first; only with ``authentication``, as all about signatures.
        unsigned_rules: What a write of theirs demands that needs no signature.
        signature_rules: What any signature demands.
        platform_rules: What the platform key's demands.
        exchange_rules: What a key exchange key's demands, which the image databases may have instead.
        private_rules: What that of any other variable demands.
        self_rules: What the first platform key's own demands, with ``self_signed_platform_key``.
        list_rules: What the value of the Secure Boot variables demands.
        mode_rules: What writing AuditMode or DeployedMode demands.
        memory_overwrite_rules: What the memory overwrite request and its lock demand, where firmware protects them; else they are locked.
        transitions: What leads from one mode of Secure Boot to another.
        image_databases: db, dbx, dbt, and whatever else holds what may start.
        joined: The variables to which only new keys are appended.
        appended: What an append makes of the old value and what is appended.
        appended_time: The timestamp of a variable that was appended to, by its own and the append's.
        signature_format: What of PKCS#7 it reads.
        user_present: Whether somebody stands before the machine.
        self_signed_platform_key: Whether the first platform key has to sign itself.
        secure_boot_at_once: Whether SecureBoot follows the platform key before the next boot.
        authentication: Whether it was built with authenticated variables.
        attributes_when_too_small: Whether GetVariable gives attributes beside BUFFER_TOO_SMALL.
        speaks: Whether a variable is one of those by which the two language variables follow each other.
        first_year: The clock's, 1900..=9999.
        last_year: The clock's, 1900..=9999.
        capsule_images: Whether it takes capsules at all.
        capsule_reset: Whether it takes capsules across a reset.
        lost_at_power_off: Whether what it stores is gone when the machine is switched off.
        lost_at_reset: Whether what was written after the boot phase is gone with the next reset.
        last_phase: How far the machine gets.

    Source: see each table.
    """

    name: str
    limits: Limits
    known: KnownNames
    locked: frozenset[Key]
    write_rules: Rules[Write]
    authentication_rules: Rules[Write] = AUTHENTICATION_RULES
    early_rules: Rules[Write] = EARLY_RULES
    change_rules: Rules[Write] = CHANGE_RULES
    rewrite_rules: Rules[Write] = REWRITE_RULES
    create_rules: Rules[Write] = CREATE_RULES
    space_rules: Rules[Demand] = SPACE_RULES
    query_rules: Rules[Query] = QUERY_RULES
    get_rules: Rules[Asked] = ()
    next_rules: Rules[Asked] = NEXT_RULES
    clock_rules: Rules[TimeAsked] = ()
    boot_rules: Rules[Start] = ()
    walk: Callable[[walks.Names, Key], Record | None] = walks.in_order
    told_size: Callable[[int, int], int] = walks.of_name
    told_room: Callable[[int], int] = as_asked
    told_time: Callable[[EfiTime], EfiTime] = as_kept
    told: Mapping[Key, bytes] = MappingProxyType({})
    services: int = properties.ALL
    fatal: Mapping[type[Op], Status] = MappingProxyType({})
    tidying: Tidying = Tidying()
    policies: tuple[Policy, ...] = ()
    policies_count: bool = True
    policies_may_end: bool = False
    key_rules: Rules[Write] = KEY_RULES
    unsigned_rules: Rules[Claim] = ()
    signature_rules: Rules[Claim] = SIGNATURE_RULES
    platform_rules: Rules[Claim] = PLATFORM_RULES
    exchange_rules: Rules[Claim] = EXCHANGE_RULES
    private_rules: Rules[Claim] = PRIVATE_RULES
    self_rules: Rules[Claim] = SELF_RULES
    list_rules: Rules[KeyLists] = LIST_RULES
    mode_rules: Rules[ModeWrite] = MODE_RULES
    memory_overwrite_rules: Rules[Request] = ()
    transitions: tuple[Transition, ...] = PLAIN_TRANSITIONS
    image_databases: frozenset[Key] = IMAGE_DATABASES
    joined: frozenset[Key] = IMAGE_DATABASES | {EXCHANGE_KEYS}
    appended: Callable[[bytes, bytes], bytes] = one_behind_the_other
    appended_time: Callable[[EfiTime, EfiTime], EfiTime] = later
    signature_format: Format = Format((SHA256, SHA384, SHA512), (BARE, IN_CONTENT_INFO))
    user_present: bool = True
    self_signed_platform_key: bool = False
    secure_boot_at_once: bool = True
    authentication: bool = True
    attributes_when_too_small: bool = True
    speaks: Callable[[Key], bool] = language.by_name
    first_year: int = 1998
    last_year: int = 2097
    capsule_images: bool = False
    capsule_reset: bool = False
    lost_at_power_off: bool = False
    lost_at_reset: bool = False
    last_phase: Phase = Phase.RUNTIME

    def without_authentication(self) -> "Profile":
        """The same firmware, built without authenticated variables: it does not know their names either.

        Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, VariableWriteServiceInitialize.
        """
        return self._replace(authentication=False, known=self.known.without(AUTHENTICATION))

    def lacking(self, *services: type[Op]) -> "Profile":
        """The same firmware without some services after the boot phase.

        Source: UEFI 2.10 §4.6.2.
        """
        return self._replace(services=properties.without(self.services, *services))

    @property
    def tables(self) -> dict[str, Rules[Any]]:
        """The tables of rules, by attribute, without those that have no row."""
        return {name: value for name, value in self._asdict().items() if isinstance(value, tuple) and value and isinstance(value[0], Rule)}

    def quirk(self, table: str, sentence: str, status: Status | None = None) -> "Profile":
        """The same firmware with one row's answer changed, or the row left out where ``status`` is None.

        Args:
            table: The attribute that holds the row, such as ``write_rules``.
            sentence: Which row.
            status: Its answer.

        Raises:
            ValueError: The table has no such row.
        """
        rows: Any = changed(getattr(self, table), sentence, status)
        return self._replace(**{table: rows})


_WRITE_RULES: Final = ATTRIBUTE_RULES + SIZE_RULES + NAME_RULES + POLICY_RULES + EXISTING_RULES


def _with_status(rules: Rules[T], status: Status, *sentences: str) -> Rules[T]:
    for sentence in sentences:
        rules = changed(rules, sentence, status)
    return rules


EDK2: Final = Profile(
    name="edk2",
    limits=OVMF_4M,
    known=KnownNames(SPECIFIED + DRIVER + AUTHENTICATION + CLOCK_POLICY),
    locked=LOCKED_BY_BOOT_MANAGER | LOCKED_MEMORY_OVERWRITE,
    write_rules=_WRITE_RULES,
)
"""edk2 as it is developed, on OVMF's platform.

Source: edk2 c5aa7e7d, OvmfPkg/OvmfPkgX64.dsc.
"""

OVMF_2022_11: Final = EDK2._replace(
    name="ovmf-2022.11",
    known=KnownNames(SPECIFIED + DRIVER + AUTHENTICATION),
    write_rules=changed(_WRITE_RULES, NV_ALONE_WITH_COUNT, Status.INVALID_PARAMETER),
    signature_format=Format((SHA256,), (BARE,), looks_at_least=22),
    self_signed_platform_key=True,
)
"""The release of November 2022, as Debian 12 has it.

Source: edk2-stable202211, asked while it ran.
"""

OVMF_2025_02: Final = EDK2._replace(name="ovmf-2025.02", known=EDK2.known.without(CLOCK_POLICY)).without_authentication()
"""The release of February 2025, as Debian 13 builds it where Secure Boot is not asked for: without authenticated variables.

Source: edk2-stable202502, asked while it ran.
"""

UEFI_SPEC: Final = EDK2._replace(
    name="uefi-spec",
    known=KnownNames(SPECIFIED + SPECIFIED_MODES + SPECIFIED_RECOVERY + DRIVER + AUTHENTICATION + CLOCK_POLICY),
    write_rules=_with_status(_WRITE_RULES, Status.OUT_OF_RESOURCES, *(row.sentence for row in SIZE_RULES)),
    rewrite_rules=_with_status(REWRITE_RULES, Status.OUT_OF_RESOURCES, "a value does not grow beyond its limit"),
    query_rules=(*QUERY_RULES, UNKNOWN_BITS),
    exchange_rules=_with_status(EXCHANGE_RULES, Status.SECURITY_VIOLATION, "there are key exchange keys"),
    transitions=SPECIFIED_TRANSITIONS,
    image_databases=IMAGE_DATABASES | {RECOVERY_DATABASE},
    joined=IMAGE_DATABASES | {RECOVERY_DATABASE, EXCHANGE_KEYS},
    self_signed_platform_key=True,
    user_present=False,
    secure_boot_at_once=False,
)
"""The specification where edk2 differs: AuditMode and DeployedMode, dbr, SecureBoot as of the next boot, what is too large has no room.

A platform that loses its owner has no Secure Boot at once, since its modes have no such row.

Source: UEFI 2.10 §8.2, §32.3.
"""

PROFILES: Final = {
    profile.name: profile
    for profile in (
        OVMF_2022_11,
        OVMF_2022_11._replace(name="ovmf-2022.11-2m", limits=OVMF_2M),
        OVMF_2025_02,
        EDK2,
        EDK2._replace(name="edk2-2m", limits=OVMF_2M),
        UEFI_SPEC,
    )
}
DEFAULT: Final = OVMF_2022_11
