"""Programs the lab expects to be installed, and where they come from."""

import os
import shutil
from typing import Final

from lab.errors import Missing

# Programs, and the Debian package of each.
NEEDED: Final = {
    "qemu-system-x86_64": "qemu-system-x86",
    "mkfs.vfat": "dosfstools",
    "mcopy": "mtools",
    "mmd": "mtools",
    "setpriv": "util-linux",
    "apt-get": "apt",
    "apt-cache": "apt",
    "dpkg-deb": "dpkg",
}


def find(name: str) -> str | None:
    """Give the path of a program, looking also where only root's PATH does."""
    return shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin")))


def tool(name: str) -> str:
    """Give the path of a program.

    Raises:
        Missing: It is not installed.
    """
    found = find(name)
    if found is None:
        message = f"{name} is not on this host: apt-get install --no-install-recommends {NEEDED.get(name, name)}"
        raise Missing(message)
    return found


def absent() -> str | None:
    """Say which programs are not on this host and what to install, or nothing when all are."""
    names = [name for name in NEEDED if find(name) is None]
    if not names:
        return None
    wanted = " ".join(dict.fromkeys(NEEDED[name] for name in names))
    return f"{', '.join(names)} not on this host: apt-get install --no-install-recommends {wanted}"
