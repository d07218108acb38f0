"""A command run in this process, against a simulated firmware unless another is given."""

from collections.abc import Callable
from pathlib import Path

import pytest

from efirt.runtime.services import Runtime
from tests.cli.fakes import Kept, Result, main, over, simulated
from tests.testing.conformance_fakes import Watched


class Cli:
    """Runs commands and hands over what they leave."""

    def __init__(self, capsys: pytest.CaptureFixture[str], mounts: Path) -> None:
        self._capsys = capsys
        self.mounts = mounts
        self.opener: Callable[..., Runtime] | None = None

    def __call__(self, *words: str, opener: Callable[..., Runtime] | None = None) -> Result:
        self._capsys.readouterr()
        status = main(words, open_runtime=opener or self.opener, mounts=str(self.mounts))
        return Result(status, *self._capsys.readouterr())


@pytest.fixture
def efirt(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    """Run a command; each opens its own firmware, named by EFIRT_DRIVER."""
    monkeypatch.setenv("EFIRT_DRIVER", "xen:simulated")
    return Cli(capsys, tmp_path / "mounts")


@pytest.fixture
def machine() -> Kept:
    """One simulated firmware."""
    return simulated()


@pytest.fixture
def same(efirt: Cli, machine: Kept) -> Cli:
    """Run a command; all of them see one firmware."""
    efirt.opener = over(machine)
    return efirt


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Watched:
    """A driver that stands where a real one is named, and a folder to work in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EFIRT_DRIVER", "xen")
    return Watched(name="xen")
