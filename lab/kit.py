"""Kits: the packages of a suite, fetched, unpacked and made into the parts a machine boots from. Built once, then cached."""

import hashlib
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from lab import cache, cpio, dom0, guest, modules, packages
from lab.compiled import compile_all
from lab.machines import Kit

# Raised when what is built from the same packages changes.
_EDITION: Final = 2
# What nothing run in a guest reads: character sets (C.UTF-8 needs none), documentation, CPython's own test tools.
_LEFT_OUT: Final = re.compile(r"usr/share/(doc|man|locale|lintian|bash-completion)/|usr/lib/[^/]+/(gconv|pydoc_data|test)/")


class Built(NamedTuple):
    """A kit on disk.

    Attributes:
        folder: Where its parts are.
        python: The version of the guest's Python.
    """

    folder: Path
    python: str

    @property
    def kernel(self) -> Path:
        """The Linux kernel."""
        return self.folder / "vmlinuz"

    @property
    def dom0(self) -> Path:
        """The same kernel, for Xen."""
        return self.folder / "vmlinux"

    @property
    def hypervisor(self) -> Path:
        """Xen, as an EFI program."""
        return self.folder / "xen.efi"

    @property
    def code(self) -> Path:
        """The firmware, where there is a kernel."""
        return self.folder / "code.fd"

    @property
    def variables(self) -> Path:
        """The firmware's empty variable store."""
        return self.folder / "vars.fd"

    @property
    def base(self) -> Path:
        """The guest's system, a cpio archive, not compressed: reading it is quick, and decompressing it takes a PVH dom0 seconds."""
        return self.folder / "base.cpio"

    @property
    def versions(self) -> str:
        """The packages it is made of, a line each: name, version, architecture."""
        return (self.folder / "versions").read_text()

    @property
    def root(self) -> Path:
        """The guest's packages, unpacked."""
        return self.folder / "root"


def _name(kit: Kit) -> str:
    """Name the kit's directory in the cache: another set of packages or another guest, another name."""
    said = repr((_EDITION, kit, guest.INIT, guest.SNAPSHOT, guest.DISKS, guest.SHARE, _LEFT_OUT.pattern))
    return f"{kit.suite}-{hashlib.sha256(said.encode()).hexdigest()[:12]}"


def is_built(kit: Kit) -> bool:
    """Tell whether the kit is in the cache."""
    return (cache.root() / _name(kit)).is_dir()


def _merge(root: Path) -> None:
    """Move what packages put into /bin, /lib, /lib64 and /sbin into /usr, where this system has it."""
    for name in ("bin", "lib", "lib64", "sbin"):
        for path in sorted((root / name).rglob("*")):
            if path.is_symlink() or not path.is_dir():
                target = root / "usr" / path.relative_to(root)
                target.parent.mkdir(parents=True, exist_ok=True)
                path.rename(target)
        shutil.rmtree(root / name, ignore_errors=True)


def _entries(root: Path) -> Iterator[cpio.Entry]:
    """Give the unpacked packages as members of an archive."""
    for path in sorted(root.rglob("*")):
        name, mode = path.relative_to(root).as_posix(), path.lstat().st_mode
        if _LEFT_OUT.match(name):
            continue
        if stat.S_ISLNK(mode):
            yield cpio.link(name, str(path.readlink()))
        elif stat.S_ISREG(mode):
            yield cpio.Entry(name, mode, path.read_bytes())
        elif stat.S_ISDIR(mode):
            yield cpio.folder(name)


def _only(folder: Path, pattern: str) -> Path:
    """Give the one file a package must hold."""
    found = sorted(folder.glob(pattern))
    if not found:
        message = f"the package has no {pattern}"
        raise FileNotFoundError(message)
    return found[-1]


def _fetch(kit: Kit, work: Path) -> list[str]:
    """Fetch and unpack the kit's packages, a folder for each part, and give their names.

    Raises:
        Missing: They cannot be fetched.
    """
    apt = packages.Apt(work / "apt", kit.suite)
    kernel = apt.dependency(kit.kernel, r"linux-image-\d[^ ,]*") if kit.kernel else ""
    versions: list[str] = []
    for part, names in {"kernel": (kernel,), "xen": (kit.xen,), "firmware": (kit.firmware,), "root": kit.guest}.items():
        for package in apt.download(names, work / f"{part}.debs") if any(names) else ():
            packages.unpack(package, work / part)
            versions.append(package.stem)
    return versions


def _put_together(kit: Kit, work: Path, folder: Path) -> None:
    """Make what a machine with a kernel boots from, of the unpacked packages."""
    shutil.copy(_only(work / "kernel", "boot/vmlinuz-*"), folder / "vmlinuz")
    (folder / "vmlinux").write_bytes(dom0.program((folder / "vmlinuz").read_bytes()))
    shutil.copy(work / "xen" / kit.hypervisor, folder / "xen.efi")
    shutil.copy(work / "firmware" / kit.code, folder / "code.fd")
    shutil.copy(work / "firmware" / kit.variables, folder / "vars.fd")
    compile_all(Built(folder, kit.python).root, kit.python)
    wanted = {"modules": kit.modules, "disks": kit.disk_modules, "others": kit.other_modules}
    found = {place: modules.in_order(work / "kernel", names) for place, names in wanted.items()}
    for place in ("disks", "others"):
        found[place] = {name: data for name, data in found[place].items() if name not in found["modules"]}
    entries = (*guest.system(kit.python, found), *_entries(folder / "root"))
    (folder / "base.cpio").write_bytes(cpio.archive(cpio.with_parents(entries)))


def _build(kit: Kit, folder: Path) -> None:
    """Fetch the kit's packages and make its parts.

    Raises:
        Missing: They cannot be fetched.
    """
    with tempfile.TemporaryDirectory(prefix="work.", dir=folder.parent) as name:
        work = Path(name)
        versions = _fetch(kit, work)
        _merge(work / "root")
        shutil.move(work / "root", folder / "root")
        if kit.kernel:
            _put_together(kit, work, folder)
    (folder / "versions").write_text("\n".join(versions) + "\n")


def build(kit: Kit) -> Built:
    """Give the kit, fetching and building it first when it is not in the cache.

    Raises:
        Missing: It is not, and its packages cannot be fetched.
    """
    return Built(cache.directory(_name(kit), lambda folder: _build(kit, folder)), kit.python)
