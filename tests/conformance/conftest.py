"""The drivers that the scenario runs on: the simulated ones here, the real ones in a machine of the lab."""

import os
import time
from collections.abc import Callable, Iterator

import pytest

import efirt
from efirt.runtime.services import Runtime

SIMULATED = (
    "simulated,xen:simulated,efivarfs:simulated,efivarfs:simulated?room=on,"
    "efi_test:simulated,freebsd:simulated,freebsd:simulated?old=on,netbsd:simulated"
)
DRIVERS = os.environ.get("EFIRT_TEST_DRIVERS", SIMULATED).split(",")
_STALE_SECONDS = 3
REQUIRED = os.environ.get("EFIRT_REQUIRE", "").split(",")


@pytest.fixture(params=DRIVERS)
def runtime(request: pytest.FixtureRequest) -> Iterator[Runtime]:
    name: str = request.param
    try:
        opened = efirt.open(name)
    except efirt.NoDriver as refusal:
        if name in REQUIRED:
            pytest.fail(f"EFIRT_REQUIRE names {name}, but: {refusal}")
        pytest.skip(str(refusal))
    with opened:
        yield opened


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call() -> object:
    """A test that asks for what a driver has no road for does not apply to it; the driver's reason is printed."""
    try:
        return (yield)
    except efirt.NotCarried as why:
        pytest.skip(str(why))


@pytest.fixture
def needs_buffers(runtime: Runtime) -> None:
    if runtime.name.startswith("efivarfs"):
        pytest.skip(f"{runtime.name} reads a file whole, whatever room there is")


@pytest.fixture
def settle(runtime: Runtime) -> Callable[[], None]:
    """Wait until the room that is told is the room there is: Linux tells that of up to two seconds ago."""
    return lambda: time.sleep(_STALE_SECONDS if runtime.name == "efivarfs" else 0)


@pytest.fixture
def needs_any_name(runtime: Runtime) -> None:
    if runtime.name.startswith("efivarfs"):
        pytest.skip(f"{runtime.name}: Linux creates variables with ASCII names of 218 characters at most")


@pytest.fixture
def needs_xen(runtime: Runtime) -> None:
    if not runtime.name.startswith("xen"):
        pytest.skip(f"{runtime.name} is not behind Xen")
