"""Every case, in the order of the list."""

from typing import Final

from efirt.testing.conformance.case import Case
from efirt.testing.conformance.cases import (
    append,
    auth_private,
    delete,
    get,
    globals_,
    hardware_errors,
    language,
    misc,
    next_name,
    policy,
    query_info,
    runtime,
    secure_boot,
    set_,
    store,
    time_get,
    time_set,
    wakeup,
)

ALL: Final[tuple[Case, ...]] = (
    *get.CASES,
    *next_name.CASES,
    *set_.CASES,
    *delete.CASES,
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
