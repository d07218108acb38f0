"""What a fresh OVMF machine holds when its operating system runs.

Written after what such a machine shows, none of it taken from one: the network card's address is QEMU's first, the disk is made up.
"""

from binascii import crc32

from efirt.annotation import Final
from efirt.firmware import paths
from efirt.firmware.bits import AT, BS, NV, RT
from efirt.firmware.namespaces import CERTIFICATES, CUSTOM_MODE, MONOTONIC_COUNTER, SECURE_BOOT_ENABLE, VARIABLE_ERROR, VENDOR_KEYS
from efirt.store import Record, Store
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key

VENDOR_KEYS_TOLD: Final = Key("VendorKeys", GLOBAL)

_STORED: Final = Attributes(NV | BS | RT)
_FOR_BOOT: Final = Attributes(NV | BS)
_MADE_AT_BOOT: Final = Attributes(BS | RT)

_MEMORY_TYPES: Final = Guid.parse("4c19049f-4137-4dd3-9c10-8b97a83ffdfa")
_IPV4: Final = Guid.parse("5b446ed1-e30b-4faa-871a-3654eca36080")
_IPV6: Final = Guid.parse("937fe521-95ae-4d1a-8929-48bcd90ad31a")
_VT_UTF8: Final = "ad15a0d6-8bec-4acf-a073-d01de77e2d88"

_KEYBOARD: Final = paths.pci_root() + paths.pci(31, 0) + paths.acpi(0x0303) + paths.END
_SERIAL: Final = (
    paths.pci_root() + paths.pci(31, 0) + paths.acpi(0x0501) + paths.uart(115_200) + paths.messaging_vendor(_VT_UTF8) + paths.END
)
_DISPLAY: Final = paths.pci_root() + paths.pci(1, 0) + paths.video_adapter() + paths.END


def _together(*instances: bytes) -> bytes:
    return b"".join(instance.removesuffix(paths.END) + paths.NEXT_INSTANCE for instance in instances[:-1]) + instances[-1]


_INPUT: Final = _together(_KEYBOARD, _SERIAL)
_OUTPUT: Final = _together(_DISPLAY, _SERIAL)

_SETUP: Final = (
    paths.firmware_volume("7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1") + paths.firmware_file("462caa21-7614-4503-836e-8ab6f4662331") + paths.END
)
_SHELL: Final = (
    paths.firmware_volume("7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1") + paths.firmware_file("7c04a583-9e3e-4f1c-ad65-e05268d0b4d1") + paths.END
)
_DISK: Final = paths.pci_root() + paths.pci(31, 2) + paths.sata(0)
_SYSTEM: Final = (
    paths.partition(1, 2048, 1_048_576, "5f0d7b36-2c41-4c8e-9a35-6d1f3c7e8b21") + paths.file(r"\EFI\debian\shimx64.efi") + paths.END
)
_INDICATIONS: Final = 0x41
"""The setup menu can be asked for, and platform recovery can."""

_OPTION_SUPPORT: Final = 0x313
"""Up to three keys start an option, applications and SysPrep options are known."""

_ACTIVE: Final = 0x01
_HIDDEN_APPLICATION: Final = 0x109

_SIGNATURE_KINDS: Final = (
    "826ca512-cf10-4ac9-b187-be01496631bd",  # SHA-1
    "c1c41626-504c-4092-aca9-41f936934328",  # SHA-256
    "3c5766e8-269c-4e34-aa14-ed776e85b3b6",  # RSA-2048
    "a5c059a1-94e4-4aa7-87b5-ab155c2bf072",  # X.509
)


def _hot_key(scan_code: int, option: bytes) -> bytes:
    """A key that starts boot option 0: one key, the option's checksum, its number, the key."""
    return (1 << 30).to_bytes(4, "little") + crc32(option).to_bytes(4, "little") + bytes(2) + bytes([scan_code, 0, 0, 0])


_SETUP_OPTION: Final = paths.load_option(_HIDDEN_APPLICATION, "UiApp", _SETUP)
_F2: Final = 0x0C
_ESCAPE: Final = 0x17

_STORED_VARIABLES: Final = (
    Record(Key("CustomMode", CUSTOM_MODE), _FOR_BOOT, b"\0"),
    Record(Key("certdb", CERTIFICATES), Attributes(NV | BS | RT | AT), (4).to_bytes(4, "little")),
    Record(Key("VendorKeysNv", VENDOR_KEYS), Attributes(NV | BS | AT), b"\x01"),
    Record(Key("MTC", MONOTONIC_COUNTER), _STORED, (1).to_bytes(4, "little")),
    Record(Key("525400123456", _IPV6), _STORED, bytes(16)),
    Record(Key("525400123456", _IPV4), _STORED, bytes(8)),
    Record(Key("Boot0000", GLOBAL), _STORED, _SETUP_OPTION),
    Record(Key("Timeout", GLOBAL), _STORED, (3).to_bytes(2, "little")),
    Record(Key("PlatformLang", GLOBAL), _STORED, b"en\0"),
    Record(Key("Lang", GLOBAL), _STORED, b"eng\0"),
    Record(Key("VarErrorFlag", VARIABLE_ERROR), _STORED, b"\xff"),
    Record(Key("Key0000", GLOBAL), _STORED, _hot_key(_F2, _SETUP_OPTION)),
    Record(Key("Key0001", GLOBAL), _STORED, _hot_key(_ESCAPE, _SETUP_OPTION)),
    Record(Key("ConOut", GLOBAL), _STORED, _OUTPUT),
    Record(Key("ConIn", GLOBAL), _STORED, _INPUT),
    Record(Key("ErrOut", GLOBAL), _STORED, _OUTPUT),
    Record(Key("Boot0001", GLOBAL), _STORED, paths.load_option(_ACTIVE, "debian", _SYSTEM)),
    Record(Key("BootOrder", GLOBAL), _STORED, bytes.fromhex("0100 0200 0000")),
    Record(Key("Boot0002", GLOBAL), _STORED, paths.load_option(_ACTIVE, "EFI Internal Shell", _SHELL)),
    Record(Key("MemoryTypeInformation", _MEMORY_TYPES), _FOR_BOOT, bytes(48)),
)


_OF_AUTHENTICATION: Final = frozenset({CUSTOM_MODE, CERTIFICATES, VENDOR_KEYS})
_MADE_BY_AUTHENTICATION: Final = frozenset({"SetupMode", "SignatureSupport", "SecureBoot", "certdbv", "VendorKeys"})


def fresh_stored(*, authentication: bool = True) -> tuple[Record, ...]:
    """The stored variables, in order, of a firmware with authenticated variables or without.

    Source: as :func:`made_at_boot`.
    """
    return tuple(record for record in _STORED_VARIABLES if authentication or record.key.guid not in _OF_AUTHENTICATION)


def _byte(store: Store, key: Key, otherwise: int) -> int:
    record = store.get(key)
    return record.data[0] if record is not None and record.data else otherwise


def made_at_boot(store: Store, *, authentication: bool = True) -> tuple[Record, ...]:
    """The volatile variables that firmware makes of its store at boot, in order.

    Args:
        store: What is stored.
        authentication: Whether the firmware has authenticated variables.

    Source: edk2 c5aa7e7d, SecurityPkg/Library/AuthVariableLib/AuthVariableLib.c, AuthVariableLibInitialize;
    MdeModulePkg/Universal/BdsDxe/BdsEntry.c.
    """
    owned = Key("PK", GLOBAL) in store
    secure = owned and _byte(store, Key("SecureBootEnable", SECURE_BOOT_ENABLE), 1) == 1
    made = {
        "SetupMode": bytes([not owned]),
        "SignatureSupport": b"".join(Guid.parse(kind).raw for kind in _SIGNATURE_KINDS),
        "SecureBoot": bytes([secure]),
        "VendorKeys": bytes([_byte(store, Key("VendorKeysNv", VENDOR_KEYS), 1)]),
        "OsIndicationsSupported": _INDICATIONS.to_bytes(8, "little"),
        "BootOptionSupport": _OPTION_SUPPORT.to_bytes(4, "little"),
        "LangCodes": b"engfraengfra\0",
        "PlatformLangCodes": b"en;fr;en-US;fr-FR\0",
        "PlatformRecovery0000": paths.load_option(_ACTIVE, "Default PlatformRecovery", paths.file(r"\EFI\BOOT\BOOTX64.EFI") + paths.END),
        "ConOutDev": _OUTPUT,
        "ErrOutDev": _OUTPUT,
        "ConInDev": _INPUT,
        "BootCurrent": (1).to_bytes(2, "little"),
    }
    records = [Record(Key(name, GLOBAL), _MADE_AT_BOOT, data) for name, data in made.items()]
    records.insert(3, Record(Key("certdbv", CERTIFICATES), Attributes(BS | RT | AT), (4).to_bytes(4, "little")))
    return tuple(record for record in records if authentication or record.key.name not in _MADE_BY_AUTHENTICATION)
