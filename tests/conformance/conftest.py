"""The drivers that the scenario runs on: the simulated ones here, the real ones in a machine of the lab."""

import os
from collections.abc import Iterator

import pytest

import efirt
from efirt.runtime.services import Runtime

SIMULATED = "simulated,xen:simulated"
DRIVERS = os.environ.get("EFIRT_TEST_DRIVERS", SIMULATED).split(",")
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


@pytest.fixture
def needs_xen(runtime: Runtime) -> None:
    if not runtime.name.startswith("xen"):
        pytest.skip(f"{runtime.name} is not behind Xen")
