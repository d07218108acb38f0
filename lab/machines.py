"""What a machine consists of, as data: packages, firmware, options. One more pair of Xen and OVMF is one more row."""

from typing import Final, NamedTuple


class Kit(NamedTuple):
    """A set of packages of one Debian suite, from which machines are put together; one without a kernel is for firmware alone.

    Attributes:
        suite: The code name of the suite.
        python: Version of the guest's Python, "3.11".
        kernel: The package that depends on the current kernel. Never the cloud flavour, which cannot be a dom0.
        guest: Packages unpacked into the guest.
        firmware: The package with OVMF, of which ``code`` and ``variables`` are two files.
        xen: The package with the hypervisor, of which ``hypervisor`` is a file.
        modules: Kernel modules inserted at boot, after what they depend on.
        disk_modules: Those that ``lab-disks`` inserts, for disks of a run.
        other_modules: Those that lie in /lab/others for whom they concern.
    """

    suite: str
    python: str = ""
    kernel: str = ""
    guest: tuple[str, ...] = ()
    firmware: str = ""
    code: str = ""
    variables: str = ""
    xen: str = ""
    hypervisor: str = ""
    modules: tuple[str, ...] = ()
    disk_modules: tuple[str, ...] = ()
    other_modules: tuple[str, ...] = ()


# Left out is what takes seconds under emulation and means nothing there: answers to leaks of real processors, memory cleared before it
# is used and after, Linux's tests of its own ciphers, a timer that dom0 may not read (100,000 tries), PCI buses nobody has (8,000).
_XEN: Final = "spec-ctrl=no bootscrub=no"
_LINUX: Final = "mitigations=off init_on_alloc=0 retain_initrd cryptomgr.notests pmtmr=0 pci=lastbus=0"


_CPU: Final = ("-cpu", "max")


class Machine(NamedTuple):
    """One machine that can be booted.

    Attributes:
        summary: What it is, for people.
        kit: Key of its packages in ``KITS``.
        boots: What the firmware starts: "xen", "linux", "shell" (the firmware's own), or "menu" (what its boot menu says).
        timeout_seconds: How long a whole run may take unless the caller says otherwise: some five times what it does on an idle host.
        qemu: Options of QEMU beside those all machines share.
        xen_options: Words for Xen's command line.
        linux_options: Words for Linux's command line.
        flash: Firmware and its empty variable store, files of the kit's packages; none where they are the kit's own.
        shell: The firmware's shell, a file of the kit's packages, where the firmware has none itself or does not start it.
    """

    summary: str
    kit: str
    boots: str
    timeout_seconds: float
    qemu: tuple[str, ...] = _CPU
    xen_options: str = _XEN
    linux_options: str = _LINUX
    flash: tuple[str, str] | None = None
    shell: str = ""


_MODULES: Final = ("xen-privcmd", "xenfs", "efivarfs", "fuse", "loop")
_DISK_MODULES: Final = (
    *("virtio_pci", "virtio_blk", "virtio_scsi", "ahci", "sd_mod", "nvme", "xhci_pci", "usb-storage"),
    *("vfat", "nls_cp437", "nls_ascii"),
)
_OTHER_MODULES: Final = ("capsule-loader",)

_BOOKWORM: Final = Kit(
    suite="bookworm",
    python="3.11",
    kernel="linux-image-amd64",
    guest=(
        *("busybox-static", "libc6", "libgcc-s1"),
        *("python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib"),
        *("libffi8", "zlib1g", "libssl3", "libexpat1", "libbz2-1.0", "liblzma5", "libcrypt1", "libuuid1", "libsqlite3-0"),
        *("libxencall1", "libxentoolcore1", "libxentoollog1"),
        *("efibootmgr", "efivar", "libefivar1", "libefiboot1", "libpopt0"),
        *("e2fsprogs", "libext2fs2", "libcom-err2", "strace", "libunwind8"),
    ),
    firmware="ovmf",
    code="usr/share/OVMF/OVMF_CODE_4M.fd",
    variables="usr/share/OVMF/OVMF_VARS_4M.fd",
    xen="xen-hypervisor-4.17-amd64",
    hypervisor="boot/xen-4.17-amd64.efi",
    modules=_MODULES,
    disk_modules=_DISK_MODULES,
    other_modules=_OTHER_MODULES,
)

_TRIXIE: Final = _BOOKWORM._replace(
    suite="trixie",
    python="3.13",
    guest=(
        *("busybox-static", "libc6", "libgcc-s1"),
        *("python3.13-minimal", "libpython3.13-minimal", "libpython3.13-stdlib"),
        *("libffi8", "zlib1g", "libssl3t64", "libzstd1", "libexpat1", "libbz2-1.0", "liblzma5", "libcrypt1", "libuuid1", "libsqlite3-0"),
        *("libxencall1", "libxentoolcore1", "libxentoollog1"),
        *("efibootmgr", "efivar", "libefivar1t64", "libefiboot1t64", "libpopt0"),
        *("e2fsprogs", "libext2fs2t64", "libcom-err2", "strace", "libunwind8"),
    ),
    xen="xen-hypervisor-4.20-amd64",
    hypervisor="boot/xen-4.20-amd64.efi",
)

KITS: Final = {
    "debian-12": _BOOKWORM,
    "debian-13": _TRIXIE,
    "ovmf-12": Kit("bookworm", guest=("ovmf",)),
    "ovmf-13": Kit("trixie", guest=("ovmf", "efi-shell-x64")),
}

# SMAP and SMEP crash a PV dom0 under TCG; monitor and rdtscp a PVH dom0, which also wants an IOMMU.
# The model EPYC has what Xen's HVM needs and boots a PVH dom0 in two thirds of the time "max" takes: nested page walks are shorter.
# Without an invariant TSC each look at the clock is a trap into Xen, half the time of a boot. TCG's is invariant and not said to be: it
# has to be forced, with all else that was asked for, so what the model has and TCG has not is taken away.
_PV: Final = ("-cpu", "max,-smap,-smep")
_NOT_IN_TCG: Final = "-rdseed,-sha-ni,-fxsr-opt,-misalignsse,-3dnowprefetch,-osvw,-topoext,-nrip-save,-xsavec"
_EPYC: Final = f"EPYC,+svm,+npt,-smap,-smep,-monitor,-rdtscp,{_NOT_IN_TCG},+invtsc,x-force-features=on"
_PVH: Final = ("-cpu", _EPYC, "-device", "amd-iommu,intremap=on")
_PVH_XEN: Final = f"{_XEN} dom0=pvh dom0_mem=768M"

_OVMF: Final = "usr/share/OVMF/OVMF"
_4M: Final = (f"{_OVMF}_CODE_4M.fd", f"{_OVMF}_VARS_4M.fd")
_4M_SECURE: Final = (f"{_OVMF}_CODE_4M.secboot.fd", f"{_OVMF}_VARS_4M.fd")
_2M: Final = (f"{_OVMF}_CODE.fd", f"{_OVMF}_VARS.fd")
_2M_SECURE: Final = (f"{_OVMF}_CODE.secboot.fd", f"{_OVMF}_VARS.fd")
# Of the builds with SMM the one for 2 MB stops at once where a machine can sleep in memory (S3).
_FLASH_BY_SMM: Final = ("-machine", "smm=on", "-global", "driver=cfi.pflash01,property=secure,value=on")
_SMM: Final = (*_CPU, *_FLASH_BY_SMM, "-global", "ICH9-LPC.disable_s3=1")
_SHELL: Final = "usr/share/efi-shell-x64/shellx64.efi"

MACHINES: Final = {
    "xen-pv": Machine("Xen 4.17, PV dom0, Linux 6.1", "debian-12", "xen", 200, _PV),
    "xen-pvh": Machine("Xen 4.17, PVH dom0, Linux 6.1", "debian-12", "xen", 240, _PVH, _PVH_XEN),
    "xen-no-rs": Machine("Xen 4.17 with efi=no-rs, PV dom0, Linux 6.1", "debian-12", "xen", 200, _PV, f"{_XEN} efi=no-rs"),
    "linux": Machine("Linux 6.1 without Xen", "debian-12", "linux", 150),
    "menu": Machine("OVMF 2022.11 and what its boot menu starts", "debian-12", "menu", 120),
    "firmware": Machine("OVMF 2022.11 and its shell", "ovmf-12", "shell", 120, flash=_4M),
    "firmware-2m": Machine("the same with 2 MB of flash", "ovmf-12", "shell", 120, flash=_2M),
    "firmware-secure": Machine("the same with SMM", "ovmf-12", "shell", 120, _SMM, flash=_4M_SECURE),
    "firmware-2m-secure": Machine("the same with SMM and 2 MB of flash", "ovmf-12", "shell", 120, _SMM, flash=_2M_SECURE),
    "xen-pv-13": Machine("Xen 4.20, PV dom0, Linux 6.12", "debian-13", "xen", 200, _PV),
    "xen-pvh-13": Machine("Xen 4.20, PVH dom0, Linux 6.12", "debian-13", "xen", 240, _PVH, _PVH_XEN),
    "linux-13": Machine("Linux 6.12 without Xen", "debian-13", "linux", 150),
    "firmware-13": Machine("OVMF 2025.02 and its shell", "ovmf-13", "shell", 120, flash=_4M),
    "firmware-13-secure": Machine("the same with SMM", "ovmf-13", "shell", 120, _SMM, flash=_4M_SECURE, shell=_SHELL),
}
