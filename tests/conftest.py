"""What holds for every test: the guard, Hypothesis' profiles, and how many machines of the lab run at once."""

import os
import signal
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import live_guard
from live_guard_fixtures import no_live_access

__all__ = ["no_live_access"]

GUARD = str(Path(__file__).resolve().parent / "guard")
MACHINES_AT_ONCE = 2

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # begun in the background by a shell: what is interrupted here is to notice it
    signal.signal(signal.SIGINT, signal.default_int_handler)

live_guard.install()
live_guard.raise_here()
if not os.environ.get("EFIRT_LAB"):
    os.environ["EFIRT_DISABLE"] = "live"  # efirt itself refuses too, also in a Python that was told to ignore PYTHONPATH
    others = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry and entry != GUARD]
    os.environ["PYTHONPATH"] = os.pathsep.join([GUARD, *others])

# `ci` asks the same questions every time; `explore` new ones; `soak` many new ones.
settings.register_profile("ci", derandomize=True, deadline=None, database=None)
settings.register_profile("explore", deadline=None)
settings.register_profile("soak", deadline=None, max_examples=20_000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("EFIRT_HYPOTHESIS", "ci"))


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let two machines of the lab run at once, and all tests of one file share theirs."""
    ours = [item for item in items if item.get_closest_marker("lab") and not item.get_closest_marker("xdist_group")]
    files = sorted({item.path for item in ours})
    for item in ours:
        item.add_marker(pytest.mark.xdist_group(f"lab-{files.index(item.path) % MACHINES_AT_ONCE}"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the skip of a test of the lab red where EFIRT_REQUIRE names the lab."""
    report = yield
    required = "lab" in os.environ.get("EFIRT_REQUIRE", "").split(",")
    if required and report.skipped and item.get_closest_marker("lab") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"EFIRT_REQUIRE names lab, but: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in how many places the power failed in the tests of images."""
    properties = [pair for report in terminalreporter.getreports("passed") for pair in report.user_properties]
    cuts = sum(value for name, value in properties if name == "cuts" and isinstance(value, int))
    if cuts:
        terminalreporter.write_line(f"the power failed {cuts:,} times, and nothing was lost")
