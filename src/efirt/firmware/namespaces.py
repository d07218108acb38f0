"""The GUIDs under which firmware keeps its own variables.

Source: edk2 c5aa7e7d, MdeModulePkg/MdeModulePkg.dec, SecurityPkg/SecurityPkg.dec, PcAtChipsetPkg/PcAtChipsetPkg.dec.
"""

from efirt.annotation import Final
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL, HARDWARE_ERROR, IMAGE_SECURITY

MONOTONIC_COUNTER: Final = Guid.parse("eb704011-1402-11d3-8e77-00a0c969723b")
VARIABLE_ERROR: Final = Guid.parse("04b37fe8-f6ae-480b-bdd5-37d98c5e89aa")
CLOCK: Final = Guid.parse("378d7b65-8da9-4773-b6e4-a47826a833e1")
SECURE_BOOT_ENABLE: Final = Guid.parse("f0a30bc7-af08-4556-99c4-001009c93a44")
CUSTOM_MODE: Final = Guid.parse("c076ec0c-7028-4399-a072-71ee5c448b9f")
VENDOR_KEYS: Final = Guid.parse("9073e4e0-60ec-4b6e-9903-4c223c260f3c")
CERTIFICATES: Final = Guid.parse("d9bee56e-75dc-49d9-b4d7-b534210f637a")
CAPSULE: Final = Guid.parse("711c703f-c285-4b10-a3b0-36ecbd3c8be2")
MEMORY_OVERWRITE: Final = Guid.parse("e20939be-32d4-41be-a150-897f85d49829")
MEMORY_OVERWRITE_LOCK: Final = Guid.parse("bb983ccf-151d-40e1-a07b-4a17be168292")

GUARDED: Final = frozenset({GLOBAL, IMAGE_SECURITY, HARDWARE_ERROR})
"""Namespaces in which firmware takes no name that it does not know."""

OWN: Final = GUARDED | {
    MONOTONIC_COUNTER,
    VARIABLE_ERROR,
    CLOCK,
    SECURE_BOOT_ENABLE,
    CUSTOM_MODE,
    VENDOR_KEYS,
    CERTIFICATES,
    CAPSULE,
    MEMORY_OVERWRITE,
    MEMORY_OVERWRITE_LOCK,
}
"""All of these: what is in any other namespace, firmware does not know by name."""
