"""Each kernel's table, row by row."""

import errno
import sys

import pytest

from efirt import Status
from efirt.views.errno_tables import errno_for

ERROR = 1 << 63

FREEBSD = """
    0: 0 | 1: ENOEXEC 8 | 2: EINVAL 22 | 3: ENOSYS 78 | 4: EMSGSIZE 40 | 5: EOVERFLOW 84 | 6: EBUSY 16 | 7: EIO 5 | 8: EROFS 30
    | 9: EAGAIN 35 | 10: EIO 5 | 11: ENOSPC 28 | 12: ENXIO 6 | 13: ESTALE 70 | 14: ENOENT 2 | 15: EACCES 13 | 16: ETIMEDOUT 60
    | 17: EADDRNOTAVAIL 49 | 18: ETIMEDOUT 60 | 19: EDOOFUS 88 | 20: EALREADY 37 | 21: ECANCELED 85 | 22: EPROTO 92 | 23: EPROTO 92
    | 24: EPROTO 92 | 25: EDOOFUS 88 | 26: EDOOFUS 88 | 33: EDOOFUS 88 | 9999: EDOOFUS 88
"""
LINUX = """
    0: 0 | 1: EINVAL 22 | 2: EINVAL 22 | 3: EINVAL 22 | 5: EINVAL 22 | 7: EIO 5 | 8: EROFS 30 | 9: ENOSPC 28 | 14: ENOENT 2
    | 15: EINVAL 22 | 21: EINTR 4 | 26: EACCES 13 | 9999: EINVAL 22
"""
NETBSD = """
    0: 0 | 1: EIO 5 | 2: EINVAL 22 | 3: EOPNOTSUPP 45 | 5: ERANGE 34 | 7: EIO 5 | 8: EROFS 30 | 9: ENOMEM 12 | 14: ENOENT 2 | 15: EIO 5
    | 26: EACCES 13 | 9999: EIO 5
"""


def rows(system: str, table: str) -> list[tuple[str, int, str, int]]:
    found = []
    for row in table.split("|"):
        number, _, answer = row.partition(":")
        *name, value = answer.split()
        found.append((system, int(number), name[0] if name else "", int(value)))
    return found


@pytest.mark.parametrize(("system", "number", "name", "value"), rows("freebsd", FREEBSD) + rows("linux", LINUX) + rows("netbsd", NETBSD))
def test_an_error_becomes_the_number_of_its_kernel(system: str, number: int, name: str, value: int) -> None:
    assert errno_for(ERROR | number if number else 0, system) == (name, value)


@pytest.mark.parametrize(
    ("warning", "expected"),
    [
        (Status.parse("WARN_UNKNOWN_GLYPH"), ("ENOEXEC", 8)),
        (Status.parse("WARN_DELETE_FAILURE"), ("EINVAL", 22)),
        (Status.parse("WARN_WRITE_FAILURE"), ("ENOSYS", 78)),
        (Status.parse("WARN_BUFFER_TOO_SMALL"), ("EMSGSIZE", 40)),
    ],
)
def test_on_freebsd_a_warning_looks_like_the_error_of_its_number(warning: Status, expected: tuple[str, int]) -> None:
    assert errno_for(warning, "freebsd") == expected


def test_freebsd_masks_both_top_bits() -> None:
    assert errno_for(3 << 62 | 14, "freebsd") == ("ENOENT", 2)
    assert errno_for(1 << 62, "freebsd") == ("", 0)


def test_elsewhere_a_warning_is_any_other_status() -> None:
    assert errno_for(Status(4), "linux") == ("EINVAL", 22)
    assert errno_for(Status(4), "netbsd") == ("EIO", 5)


def test_a_full_store_is_something_else_on_every_system() -> None:
    assert [errno_for(Status.OUT_OF_RESOURCES, system)[0] for system in ("freebsd", "linux", "netbsd")] == ["EAGAIN", "ENOSPC", "ENOMEM"]


def test_an_unknown_system_is_a_value_error_that_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="no errno table for 'plan9': choose one of freebsd, linux, netbsd"):
        errno_for(Status.SUCCESS, "plan9")


def test_linux_numbers_are_those_of_this_linux() -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("the numbers of this system are not Linux's")
    answers = {errno_for(ERROR | number, "linux") for number in range(1, 40)}
    assert {name: getattr(errno, name) for name, _ in answers} == dict(answers)
