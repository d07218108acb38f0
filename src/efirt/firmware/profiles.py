"""Firmwares: each is its tables, its limits and a few facts."""

from typing import Any, Final, NamedTuple

from efirt.firmware.known import (
    AUTHENTICATION,
    CLOCK_POLICY,
    DRIVER,
    LOCKED_BY_BOOT_MANAGER,
    LOCKED_MEMORY_OVERWRITE,
    SPECIFIED,
    KnownNames,
)
from efirt.firmware.limits import OVMF_2M, OVMF_4M, Limits
from efirt.firmware.name_rules import NAME_RULES
from efirt.firmware.query_rules import QUERY_RULES, Query
from efirt.firmware.rule import Rules, changed
from efirt.firmware.space import SPACE_RULES, Demand
from efirt.firmware.store_rules import AUTHENTICATION_RULES, CHANGE_RULES, CREATE_RULES, EXISTING_RULES, REWRITE_RULES
from efirt.firmware.write import Write
from efirt.firmware.write_rules import ATTRIBUTE_RULES, NV_ALONE_WITH_COUNT, SIZE_RULES
from efirt.values.key import Key
from efirt.values.status import Status


class Profile(NamedTuple):
    """A firmware.

    Attributes:
        name: What asks for it.
        limits: The platform's sizes.
        known: The variables it knows by name.
        locked: The variables its drivers have locked.
        write_rules: What SetVariable looks at first; the order counts, here and below.
        authentication_rules: What it demands before it looks at a signature; only with ``authentication``.
        change_rules: What it demands of a change or a deletion.
        rewrite_rules: What it demands of a change.
        create_rules: What it demands of a new variable.
        space_rules: What it demands of the space.
        query_rules: What QueryVariableInfo demands.
        authentication: Whether it was built with authenticated variables.
        attributes_when_too_small: Whether GetVariable gives attributes beside BUFFER_TOO_SMALL.
        language_hook: Whether the two language variables follow each other.
        first_year: The clock's, 1900..=9999.
        last_year: The clock's, 1900..=9999.
        capsule_images: Whether it takes capsules at all.
        capsule_reset: Whether it takes capsules across a reset.

    Source: see each table.
    """

    name: str
    limits: Limits
    known: KnownNames
    locked: frozenset[Key]
    write_rules: Rules[Write]
    authentication_rules: Rules[Write] = AUTHENTICATION_RULES
    change_rules: Rules[Write] = CHANGE_RULES
    rewrite_rules: Rules[Write] = REWRITE_RULES
    create_rules: Rules[Write] = CREATE_RULES
    space_rules: Rules[Demand] = SPACE_RULES
    query_rules: Rules[Query] = QUERY_RULES
    authentication: bool = True
    attributes_when_too_small: bool = True
    language_hook: bool = True
    first_year: int = 1998
    last_year: int = 2097
    capsule_images: bool = False
    capsule_reset: bool = False

    def without_authentication(self) -> "Profile":
        """The same firmware, built without authenticated variables: it does not know their names either.

        Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, VariableWriteServiceInitialize.
        """
        return self._replace(authentication=False, known=self.known.without(AUTHENTICATION))

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


_WRITE_RULES: Final = ATTRIBUTE_RULES + SIZE_RULES + NAME_RULES + EXISTING_RULES

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
)
"""The release of November 2022, as Debian 12 has it.

Source: edk2-stable202211, asked while it ran.
"""

OVMF_2025_02: Final = EDK2._replace(name="ovmf-2025.02", known=EDK2.known.without(CLOCK_POLICY)).without_authentication()
"""The release of February 2025, as Debian 13 builds it where Secure Boot is not asked for: without authenticated variables.

Source: edk2-stable202502, asked while it ran.
"""

PROFILES: Final = {
    profile.name: profile
    for profile in (
        OVMF_2022_11,
        OVMF_2022_11._replace(name="ovmf-2022.11-2m", limits=OVMF_2M),
        OVMF_2025_02,
        EDK2,
        EDK2._replace(name="edk2-2m", limits=OVMF_2M),
    )
}
DEFAULT: Final = OVMF_2022_11
