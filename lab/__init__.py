"""The lab: boots real machines (Xen dom0s, bare Linux, firmware alone) under QEMU and runs things inside them."""

from lab.carry import distributions, tree
from lab.drives import Drive
from lab.efi_test_module import efi_test
from lab.errors import BootFailed, Missing
from lab.machines import KITS, MACHINES, Kit, Machine
from lab.run import Result, missing, run

__all__ = [
    "KITS",
    "MACHINES",
    "BootFailed",
    "Drive",
    "Kit",
    "Machine",
    "Missing",
    "Result",
    "distributions",
    "efi_test",
    "missing",
    "run",
    "tree",
]
