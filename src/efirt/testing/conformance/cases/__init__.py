"""Every case: those of the list in its order, then those that a broken row of the model showed to be missing, numbered from 201."""

from typing import Final

from efirt.testing.conformance.case import Case
from efirt.testing.conformance.cases import (
    append,
    attributes,
    auth_private,
    delete,
    files,
    get,
    globals_,
    hardware_errors,
    key_lists,
    known_names,
    language,
    memory_overwrite,
    misc,
    next_name,
    over_boots,
    platform_modes,
    policy,
    query_info,
    room,
    runtime,
    secure_boot,
    services,
    set_,
    starting,
    store,
    time_get,
    time_set,
    wakeup,
)

LISTED: Final[tuple[Case, ...]] = (
    *get.CASES,
    *next_name.CASES,
    *set_.CASES,
    *delete.CASES,
    *files.CASES,
    *append.CASES,
    *runtime.CASES,
    *query_info.CASES,
    *hardware_errors.CASES,
    *globals_.CASES,
    *policy.CASES,
    *language.CASES,
    *auth_private.CASES,
    *secure_boot.CASES,
    *time_get.CASES,
    *time_set.CASES,
    *wakeup.CASES,
    *misc.CASES,
    *store.CASES,
)

OWN: Final[tuple[Case, ...]] = (
    *attributes.CASES,
    *room.CASES,
    *known_names.CASES,
    *memory_overwrite.CASES,
    *key_lists.CASES,
    *services.CASES,
    *starting.CASES,
    *platform_modes.CASES,
    *over_boots.CASES,
)

ALL: Final[tuple[Case, ...]] = LISTED + OWN
