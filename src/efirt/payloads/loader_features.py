"""What a boot loader of systemd's interface says that it can do.

Source: systemd 257, src/fundamental/efivars-fundamental.h (EFI_LOADER_FEATURE_*, EFI_STUB_FEATURE_*).
"""

from efirt.annotation import Final
from efirt.payloads.number import Width

_LOADER: Final = """
    CONFIG_TIMEOUT CONFIG_TIMEOUT_ONE_SHOT ENTRY_DEFAULT ENTRY_ONESHOT BOOT_COUNTING XBOOTLDR RANDOM_SEED LOAD_DRIVER SORT_KEY
    SAVED_ENTRY DEVICETREE SECUREBOOT_ENROLL RETAIN_SHIM MENU_DISABLE MULTI_PROFILE_UKI REPORT_URL TYPE1_UKI TYPE1_UKI_URL
    TPM2_ACTIVE_PCR_BANKS
"""
_STUB: Final = """
    REPORT_BOOT_PARTITION PICK_UP_CREDENTIALS PICK_UP_SYSEXTS THREE_PCRS RANDOM_SEED CMDLINE_ADDONS CMDLINE_SMBIOS DEVICETREE_ADDONS
    PICK_UP_CONFEXTS MULTI_PROFILE_UKI REPORT_STUB_PARTITION REPORT_URL
"""


LOADER: Final = Width(8, {1 << bit: name for bit, name in enumerate(_LOADER.split())})
STUB: Final = Width(8, {1 << bit: name for bit, name in enumerate(_STUB.split())})
