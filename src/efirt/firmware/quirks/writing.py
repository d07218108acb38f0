"""What firmware does otherwise where variables are written.

Source: as each quirk says.
"""

from collections.abc import Mapping

from efirt.annotation import Final
from efirt.firmware import language
from efirt.firmware.bits import APPEND, AT, AW, BS, MASK, NV, RT
from efirt.firmware.known import LOCKED_MEMORY_OVERWRITE, Known
from efirt.firmware.memory_overwrite import MEMORY_OVERWRITE_RULES
from efirt.firmware.merging import merged
from efirt.firmware.profiles import Profile
from efirt.firmware.quirks.quirk import Quirk, answer, fact, first, last, look, together
from efirt.firmware.rule import Rule
from efirt.firmware.store_rules import SECURE_BOOT_KEYS
from efirt.firmware.write import Write
from efirt.values.guid import Guid
from efirt.values.status import Status

_ENHANCED: Final = 0x80
_UNKNOWN: Final = "attributes beyond 0x7f mean nothing"
_HIDDEN: Final = "what is hidden after the boot phase cannot be written then"
_ONLY_VISIBLE: Final = "only what is stored and visible changes after the boot phase"
_ABSENT: Final = "what is not there cannot be deleted"
_GRAPHICS: Final = Known("gpu-power-prefs", Guid.parse("fa4ce28d-b62f-4c99-9cc3-6815686e30f9"), NV | BS | RT, 1)

_ALLOWED: Final = "U-Boot, lib/efi_loader/efi_var_common.c, efi_setvariable_allowed"
_VARSTORED: Final = "varstored, handler.c, do_set_variable"
_QEMU: Final = "QEMU, hw/uefi/var-service-vars.c"


def _attributes(sentence: str, status: Status, mask: int, value: int, source: str) -> Rule[Write]:
    """A row about attributes alone."""
    return Rule(sentence, status, lambda w: w.attributes & mask == value, source, lambda a: a & mask == value)


_COUNT_BASED: Final = _attributes("nothing is written with count-based authentication", Status.UNSUPPORTED, AW, AW, _ALLOWED)
_ENHANCED_ALONE: Final = _attributes("nothing is written with enhanced authentication", Status.UNSUPPORTED, _ENHANCED, _ENHANCED, _ALLOWED)
_ENHANCED_TIMED: Final = _attributes(
    "enhanced authentication and a timestamp exclude each other", Status.INVALID_PARAMETER, _ENHANCED | AT, _ENHANCED | AT, _VARSTORED
)
_STORED_APPEND: Final = _attributes(
    "non-volatile alone means nothing, nor with an append", Status.INVALID_PARAMETER, MASK, NV | APPEND, "UEFI 2.10 §8.2.3"
)
_EMPTY_APPEND: Final = Rule[Write](
    "appending nothing to nothing finds nothing",
    Status.NOT_FOUND,
    lambda w: not w.payload and bool(w.attributes & APPEND),
    _VARSTORED,
)
_UNSAVED: Final = Rule[Write](
    "what is stored is saved",
    Status.DEVICE_ERROR,
    lambda w: bool(w.attributes & NV),
    f"{_VARSTORED} (a backend that fails)",
)
_UNDELETED: Final = Rule[Write](
    "what is deleted is saved",
    Status.DEVICE_ERROR,
    lambda w: w.removes and w.existing is not None and bool(NV & w.existing.attributes),
    f"{_VARSTORED} (a backend that fails)",
)
_FOREIGN_APPEND: Final = Rule[Write](
    "only keys are appended to",
    Status.UNSUPPORTED,
    lambda w: bool(w.attributes & APPEND) and w.key not in SECURE_BOOT_KEYS,
    f"{_QEMU}, uefi_vars_mm_set_variable",
)


def _is_hidden_and_kept(write: Write) -> bool:
    return write.runtime and write.existing is not None and not RT & write.existing.attributes and not write.removes


def _is_not_for_runtime(write: Write) -> bool:
    return write.runtime and write.existing is not None and (NV | RT) & write.existing.attributes != NV | RT and not write.removes


def _with_memory_overwrite(profile: Profile) -> Profile:
    return profile._replace(memory_overwrite_rules=MEMORY_OVERWRITE_RULES, locked=profile.locked - LOCKED_MEMORY_OVERWRITE)


def _with_graphics(profile: Profile) -> Profile:
    return profile._replace(known=profile.known.adding(_GRAPHICS))


WRITING: Final[Mapping[str, Quirk]] = {
    "volatile-at-runtime": Quirk(
        "volatile variables are made, changed and deleted after the boot phase, too",
        "VirtualBox: endlessm/eos-boot-helper pull request 283",
        together(
            answer("change_rules", "volatile variables are read-only after the boot phase"),
            answer("change_rules", _ONLY_VISIBLE),
            answer("create_rules", "only what is stored and visible is created after the boot phase"),
        ),
    ),
    "unknown-attributes-unsupported": Quirk(
        "unknown attributes are UNSUPPORTED, not INVALID_PARAMETER",
        "QEMU: hw/uefi/var-service-vars.c, check_update",
        answer("write_rules", _UNKNOWN, Status.UNSUPPORTED),
    ),
    "unknown-attributes-stored": Quirk(
        "unknown attributes are taken, and kept with the variable",
        "varstored: handler.c, do_set_variable",
        answer("write_rules", _UNKNOWN),
    ),
    "count-based-unsupported": Quirk(
        "attribute 0x10 is UNSUPPORTED whatever stands beside it",
        "U-Boot: lib/efi_loader/efi_var_common.c, efi_setvariable_allowed; QEMU: hw/uefi/var-service-vars.c; varstored: handler.c",
        first("write_rules", _COUNT_BASED),
    ),
    "enhanced-unsupported": Quirk(
        "attribute 0x80 is UNSUPPORTED, not INVALID_PARAMETER",
        "U-Boot: lib/efi_loader/efi_var_common.c, efi_setvariable_allowed; varstored: handler.c, do_set_variable",
        first("write_rules", _ENHANCED_ALONE),
    ),
    "enhanced-with-time-invalid": Quirk(
        "attribute 0x80 beside 0x20 is INVALID_PARAMETER",
        "varstored: handler.c, do_set_variable",
        first("write_rules", _ENHANCED_TIMED),
    ),
    "stored-alone-passes": Quirk(
        "attribute 0x1 alone is not refused: nothing is there that it could change, NOT_FOUND",
        "varstored: handler.c, do_set_variable",
        answer("write_rules", "non-volatile alone means nothing"),
    ),
    "stored-append-refused": Quirk(
        "attributes 0x41 are INVALID_PARAMETER, as 0x1 is",
        "UEFI 2.10 §8.2.3; edk2 takes them for an append",
        first("write_rules", _STORED_APPEND),
    ),
    "hidden-writes-invalid": Quirk(
        "writing what is hidden after the boot phase is INVALID_PARAMETER, not WRITE_PROTECTED",
        "varstored: handler.c, do_set_variable",
        answer("write_rules", _HIDDEN, Status.INVALID_PARAMETER),
    ),
    "hidden-writes-denied": Quirk(
        "writing what is hidden after the boot phase is ACCESS_DENIED, not WRITE_PROTECTED",
        "QEMU: hw/uefi/var-service-vars.c, check_update",
        answer("write_rules", _HIDDEN, Status.ACCESS_DENIED),
    ),
    "hidden-deletable-at-runtime": Quirk(
        "what is hidden after the boot phase can be deleted then",
        "U-Boot: lib/efi_loader/efi_variable.c, efi_set_variable_runtime",
        together(look("write_rules", _HIDDEN, _is_hidden_and_kept), look("change_rules", _ONLY_VISIBLE, _is_not_for_runtime)),
    ),
    "empty-append-not-found": Quirk(
        "appending nothing to what is not there is NOT_FOUND, not SUCCESS",
        "varstored: handler.c, do_set_variable",
        first("create_rules", _EMPTY_APPEND),
    ),
    "deleting-nothing-succeeds": Quirk(
        "deleting what is not there is SUCCESS, not NOT_FOUND",
        "QEMU: hw/uefi/var-service-vars.c, uefi_vars_mm_set_variable",
        answer("create_rules", _ABSENT, Status.SUCCESS),
    ),
    "append-for-keys-only": Quirk(
        "appending to anything but PK, KEK, db, dbx and dbt is UNSUPPORTED",
        "QEMU: hw/uefi/var-service-vars.c, uefi_vars_mm_set_variable",
        first("rewrite_rules", _FOREIGN_APPEND),
    ),
    "append-merges-lists": Quirk(
        "an append makes one list of both values' certificates and SHA-256 digests, and drops whatever else they hold",
        "QEMU: hw/uefi/var-service-vars.c, append_write; var-service-siglist.c",
        fact(appended=merged, joined=frozenset()),
    ),
    "save-fails": Quirk(
        "whatever would change the store is DEVICE_ERROR, and changes nothing",
        "varstored: handler.c, do_set_variable, where its backend fails",
        together(last("create_rules", _UNSAVED), last("rewrite_rules", _UNSAVED), last("change_rules", _UNDELETED)),
    ),
    "memory-overwrite-protected": Quirk(
        "the memory overwrite request can be written, and locked by a flag or a key",
        "firmware with system management mode: edk2, MdeModulePkg/Universal/Variable/RuntimeDxe/TcgMorLockSmm.c",
        _with_memory_overwrite,
    ),
    "no-language-hook": Quirk(
        "Lang and PlatformLang do not follow each other",
        "U-Boot, QEMU, varstored; edk2, MdeModulePkg/MdeModulePkg.dec, PcdUefiVariableDefaultLangDeprecate",
        fact(speaks=language.nothing),
    ),
    "language-hook-heeds-namespace": Quirk(
        "Lang and PlatformLang follow each other in the specification's namespace alone",
        "UEFI 2.10 §3.3; edk2 looks at the name alone",
        fact(speaks=language.by_key),
    ),
    "extra-attributes-refused": Quirk(
        "gpu-power-prefs is written as non-volatile, for boot and runtime, or not at all: INVALID_PARAMETER",
        "Apple: acidanthera/bugtracker issue 928",
        _with_graphics,
    ),
}
