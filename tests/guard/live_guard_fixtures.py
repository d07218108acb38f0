"""Turns a remembered refusal into a failed test."""

from collections.abc import Iterator

import pytest

import live_guard


@pytest.fixture(autouse=True)
def no_live_access() -> Iterator[None]:
    """Fail the test that was refused, also where its code swallowed the refusal."""
    yield
    refused = live_guard.take_refusals()
    if refused:
        pytest.fail(f"reached for this machine's firmware or clock: {'; '.join(refused)}", pytrace=False)
