"""efirt.abi.freebsd_errno and netbsd_errno against a C compiler, as far as all systems share numbers, and against the status tables."""

from types import ModuleType

import pytest

from efirt import Status
from efirt.abi import freebsd_errno, netbsd_errno
from efirt.values.errno_tables import errno_for
from tests.abi.compiler import differences, values

LAST_SHARED = 34


def numbers(module: ModuleType) -> dict[str, int]:
    return {name: value for name, value in vars(module).items() if name.startswith("E") and isinstance(value, int)}


@pytest.mark.parametrize("module", [freebsd_errno, netbsd_errno], ids=lambda module: module.__name__.rpartition(".")[2])
def test_the_old_numbers_are_this_system_s_too(module: ModuleType) -> None:
    shared = {name: value for name, value in numbers(module).items() if value <= LAST_SHARED}
    assert len(shared) > 10
    assert differences(shared, values("#include <errno.h>\n", shared)) == {}
    assert {value: name for name, value in numbers(module).items()} == module.NAMES


@pytest.mark.parametrize(("module", "system"), [(freebsd_errno, "freebsd"), (netbsd_errno, "netbsd")], ids=["freebsd", "netbsd"])
def test_every_number_that_a_status_becomes_has_its_name(module: ModuleType, system: str) -> None:
    statuses = [status for status in vars(Status).values() if isinstance(status, Status) and status]
    assert len(statuses) > 30
    for status in statuses:
        name, number = errno_for(status, system)
        assert numbers(module).get(name) == number, status
