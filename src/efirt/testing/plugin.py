"""A pytest plugin: a simulated machine for each test that asks for one.

What efirt is made of is imported by the first test that uses a fixture, not when pytest starts.
"""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from efirt.runtime.services import Runtime
    from efirt.testing.machine import Machine

_MARKER = (
    "efi(vars=PATH, profile=NAME, rs='off', ...): what the fixture efi begins with, by the options of the driver xen:simulated; "
    "a relative path is taken from the folder of the test's file"
)


class EfiFaults:
    """What the fixture ``efi_faults`` gives: call it to let calls of the machine fail."""

    def __init__(self, machine: "Machine") -> None:
        self._driver = machine.driver

    def __call__(self, spec: str) -> None:
        """Add faults, such as ``"write:nth=2:status=OUT_OF_RESOURCES"``.

        Raises:
            ValueError: They make no sense.
        """
        self._driver.add(spec)

    def clear(self) -> None:
        """Let calls meet no faults any more; what was written stays."""
        self._driver.clear()


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture
def efi(_efi_machine: "Machine") -> Iterator["Runtime"]:
    """A fresh simulated machine behind a simulated Xen, with manners; it is the active driver, and what ``efirt.open()`` opens."""
    from efirt.runtime.front import attach  # noqa: PLC0415 - not when pytest starts
    from efirt.runtime.services import Runtime  # noqa: PLC0415 - as above

    with attach(_efi_machine.driver) as attachment:
        yield Runtime(attachment)


@pytest.fixture
def efi_faults(efi: "Runtime", _efi_machine: "Machine") -> EfiFaults:  # noqa: ARG001 - there are no faults without the machine
    """A function that lets calls of the machine fail, and ``clear``."""
    return EfiFaults(_efi_machine)


@pytest.fixture
def _efi_machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> "Machine":
    """The machine itself; who opens a driver without a name gets it, in a process the test starts one like it, and never a real one."""
    from efirt.runtime import choice, registry  # noqa: PLC0415 - not when pytest starts
    from efirt.testing import machine  # noqa: PLC0415 - as above

    made = machine.make(_options(request))
    monkeypatch.setattr(registry, "BUILTIN", machine.entries())
    monkeypatch.setattr(machine, "machine", made)
    monkeypatch.setenv(choice.CHOOSE, made.name)
    monkeypatch.setenv(registry.DISABLE, ",".join(filter(None, (os.environ.get(registry.DISABLE), "live"))))
    return made


def _options(request: pytest.FixtureRequest) -> dict[str, str]:
    marker = request.node.get_closest_marker("efi")
    if marker is None:
        return {}
    if marker.args:
        raise ValueError(f"the marker efi takes options by name, such as efi(rs='off'), and not {marker.args[0]!r}")
    options = {name: {True: "on", False: "off"}.get(value, str(value)) for name, value in marker.kwargs.items()}
    if "vars" in options:
        options["vars"] = str(request.path.parent / options["vars"])
    return options
