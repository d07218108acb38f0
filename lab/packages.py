"""Debian packages, fetched by apt into folders of our own and unpacked, not installed.

Nothing of the host's package state is read but where its mirror is, nothing of it is changed, and root is not needed.
"""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from lab.errors import Missing

_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def _output(argv: list[str], cwd: Path | None = None) -> str:
    """Run a program of apt or dpkg and give its output.

    Raises:
        Missing: It is not there, or it failed (most often: no network, or the suite is not on the mirror).
    """
    try:
        done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    except FileNotFoundError as error:
        message = f"{argv[0]} is not on this host: the lab takes its packages from Debian, with apt and dpkg"
        raise Missing(message) from error
    if done.returncode:
        last = " / ".join(line for line in done.stderr.splitlines() if line.startswith("E:")) or done.stderr.strip()[-300:]
        message = f"{argv[0]} {argv[-1]} failed, so packages cannot be fetched: {last}"
        raise Missing(message)
    return done.stdout


def sources(targets: str, suite: str) -> str:
    """Make the sources list of a suite from what ``apt-get indextargets`` says of the host's own sources.

    Args:
        targets: Lines of label, address, component.
        suite: The code name wanted, which need not be the host's.

    Raises:
        Missing: The host names no mirror of Debian.
    """
    rows = [line.split("|") for line in targets.splitlines()]
    signed = f" signed-by={_KEYRING}" if _KEYRING.exists() else ""
    suites = {"Debian": (suite, f"{suite}-updates"), "Debian-Security": (f"{suite}-security",)}
    lines = {
        f"deb [arch=amd64{signed}] {address} {name} main"
        for label, address, component in rows
        if component == "main"
        for name in suites.get(label, ())
    }
    if not any(f" {suite} " in line for line in lines):
        message = "the host's apt sources name no mirror of Debian: add one, and run apt-get update"
        raise Missing(message)
    return "\n".join(sorted(lines)) + "\n"


class Apt:
    """apt with its own state, lists and cache under one folder, looking at one suite for amd64."""

    def __init__(self, folder: Path, suite: str) -> None:
        """Prepare the folder and read the suite's lists.

        Raises:
            Missing: No apt, no mirror, or no network.
        """
        targets = _output(["apt-get", "indextargets", "--format", "$(LABEL)|$(REPO_URI)|$(COMPONENT)", "Created-By: Packages"])
        for name in ("state/lists/partial", "cache/archives/partial", "parts"):
            (folder / name).mkdir(parents=True)
        (folder / "status").touch()
        (folder / "sources.list").write_text(sources(targets, suite))
        settings = {
            "Dir::State": folder / "state",
            "Dir::State::status": folder / "status",
            "Dir::Cache": folder / "cache",
            "Dir::Etc::sourcelist": folder / "sources.list",
            "Dir::Etc::sourceparts": folder / "parts",
            "Dir::Etc::preferencesparts": folder / "parts",
            "APT::Architecture": "amd64",
            "APT::Architectures": "amd64",
            "APT::Sandbox::User": "",
            "Acquire::Languages": "none",
        }
        self._options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
        _output(["apt-get", *self._options, "-q", "update"])

    def dependency(self, package: str, pattern: str) -> str:
        """Name the first package matching a pattern among those a package depends on: so a metapackage is resolved."""
        shown = _output(["apt-cache", *self._options, "--no-all-versions", "show", package])
        depends = re.search(r"^Depends: (.*)$", shown, re.MULTILINE)
        found = re.search(pattern, depends[1]) if depends else None
        if found is None:
            message = f"package {package} depends on nothing like {pattern}"
            raise Missing(message)
        return found[0]

    def download(self, packages: Iterable[str], folder: Path) -> list[Path]:
        """Fetch packages into a folder and give their files."""
        folder.mkdir(exist_ok=True)
        _output(["apt-get", *self._options, "-q", "download", *packages], cwd=folder)
        return sorted(folder.glob("*.deb"))


def unpack(package: Path, folder: Path) -> None:
    """Unpack a package file into a folder."""
    _output(["dpkg-deb", "-x", str(package), str(folder)])
