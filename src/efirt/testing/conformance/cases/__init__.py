"""Every case, in the order of the list."""

from typing import Final

from efirt.testing.conformance.case import Case
from efirt.testing.conformance.cases import append, delete, get, hardware_errors, next_name, query_info, runtime, set_

ALL: Final[tuple[Case, ...]] = (
    *get.CASES,
    *next_name.CASES,
    *set_.CASES,
    *delete.CASES,
    *append.CASES,
    *runtime.CASES,
    *query_info.CASES,
    *hardware_errors.CASES,
)
