"""What cases need of a machine, and why one may not have it."""

from typing import Final

NEEDS: Final = {
    "boot": "the boot phase is over on a machine that runs",
    "null": "no road carries a NULL pointer",
    "raw-size": "no road carries a size that lies",
    "write": "this run only reads: --write lets it write",
    "destructive": "it touches more than the suite's own variables, or wears the store: --destructive lets it",
    "auth": "this firmware has no authenticated variables",
    "noauth": "this firmware has authenticated variables",
    "setup-mode": "the machine has a platform key: the suite cannot enroll its own",
    "booted-secure": "SecureBoot follows the platform key only when the machine boots again",
    "boot-secure-mode": "it holds where Secure Boot was on when the machine booted",
    "hwerr": "no storage is set aside for hardware error records",
    "no-hwerr": "storage is set aside for hardware error records",
    "time": "the clock cannot be reached",
    "wakeup": "the alarm cannot be reached",
    "capsule": "the capsule services cannot be reached",
    "reset": "a reset would end this run",
    "reboot": "the machine would have to boot again in the middle of the case",
    "sleep": "time cannot pass",
    "variant": "the machine is as it is: the case needs one that is built differently",
    "efivarfs": "it is about the files of Linux's efivarfs, and the driver is another, or one that holds it",
    "offline": "it is about flash images, and asks no firmware: the simulated drivers run it",
    "xen": "the driver is not behind Xen",
}
"""Need to the reason that is given where it is not there."""
