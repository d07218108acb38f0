"""The drivers that these tests run on: those of any machine here, real ones where EFIRT_TEST_DRIVERS adds them."""

import os
from collections.abc import Iterator

import pytest

import efirt
from efirt.runtime.choice import CHOOSE
from efirt.runtime.registry import DISABLE
from efirt.runtime.services import Runtime

EVERYWHERE = "simulated,xen:simulated,efivarfs:simulated,efi_test:simulated,freebsd:simulated,netbsd:simulated"
DRIVERS = os.environ.get("EFIRT_TEST_DRIVERS", EVERYWHERE).split(",")
REQUIRED = os.environ.get("EFIRT_REQUIRE", "").split(",")


@pytest.fixture(params=DRIVERS)
def name(request: pytest.FixtureRequest) -> str:
    """Name a driver that is available here."""
    wanted: str = request.param
    try:
        efirt.open(wanted).close()
    except efirt.NoDriver as refusal:
        if wanted in REQUIRED:
            pytest.fail(f"EFIRT_REQUIRE names {wanted}, but: {refusal}")
        pytest.skip(str(refusal))
    return wanted


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object:
    """What a driver has no road for does not apply to it; its reason is printed. The model itself has every road."""
    try:
        return (yield)
    except efirt.NotCarried as why:
        if pyfuncitem.funcargs.get("name") not in set(DRIVERS) - {"simulated"}:
            raise
        pytest.skip(str(why))


@pytest.fixture
def runtime(name: str) -> Iterator[Runtime]:
    """Open a driver."""
    with efirt.open(name) as opened:
        yield opened


@pytest.fixture
def no_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what the environment says of drivers, but for the live ones, which stay off."""
    monkeypatch.setenv(DISABLE, "live")
    monkeypatch.delenv(CHOOSE, raising=False)
