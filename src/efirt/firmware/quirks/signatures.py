"""What firmware does otherwise with signatures, keys and the modes of Secure Boot.

Source: as each quirk says.
"""

from collections.abc import Mapping

from efirt.annotation import Final
from efirt.firmware.bits import APPEND, AT, BS, RT
from efirt.firmware.claim import BARE, SHA256, Claim
from efirt.firmware.fresh import VENDOR_KEYS_TOLD
from efirt.firmware.known import SPECIFIED_MODES, SPECIFIED_RECOVERY, Known
from efirt.firmware.list_rules import PLATFORM_KEY
from efirt.firmware.modes import AUDIT_MODE, CLEARED, DEPLOYED, DEPLOYED_MODE, ENROLLED, SETUP, SPECIFIED_TRANSITIONS, Transition
from efirt.firmware.profiles import Profile
from efirt.firmware.quirks.quirk import Change, Quirk, answer, fact, first, last, look, together
from efirt.firmware.rule import Rule
from efirt.firmware.signature_rules import IS_PKCS7, LATER, ONLY_A_DATE, SIGNATURE_RULES, VIOLATION, is_earlier, is_not_later_even_appended
from efirt.firmware.store_rules import EXCHANGE_KEYS, RECOVERY_DATABASE
from efirt.firmware.timestamps import later_or_none
from efirt.firmware.write import Write
from efirt.payloads.authentication import PKCS7, REVISION, UEFI_GUID_CERTIFICATE
from efirt.values.guid_names import GLOBAL, IMAGE_SECURITY
from efirt.values.key import Key
from efirt.values.status import Status

_READ_ONLY_MODES: Final = tuple(Known(key.name, GLOBAL, BS | RT, 1, 1, read_only=True) for key in (AUDIT_MODE, DEPLOYED_MODE))
_U_BOOT: Final = "U-Boot, lib/efi_loader/efi_variable.c"

_NO_EXCHANGE_APPEND: Final = Rule[Write](
    "key exchange keys are not appended to",
    Status.INVALID_PARAMETER,
    lambda w: w.key == EXCHANGE_KEYS and bool(w.attributes & APPEND),
    "pbatard/Mosby issue 14 (AMI)",
)
_NO_PLATFORM_APPEND: Final = Rule[Write](
    "the platform key is not appended to",
    Status.INVALID_PARAMETER,
    lambda w: w.key == PLATFORM_KEY and bool(w.attributes & APPEND) and w.existing is not None,
    "varstored, handler.c, verify_auth_var",
)
_NO_DATABASES: Final = Rule[Write](
    "what may start is firmware's own business",
    VIOLATION,
    lambda w: w.key.guid == IMAGE_SECURITY,
    "Foxboron/sbctl issues 171, 292 (AMI)",
)
_KEYS_ARE_SEEDED: Final = Rule[Write](
    "keys that are there stay as they are",
    Status.WRITE_PROTECTED,
    lambda w: w.existing is not None,
    f"{_U_BOOT}, efi_set_variable_int (CONFIG_EFI_VARIABLES_PRESEED)",
)
_NOT_SIGNED_THEN: Final = Rule[Write](
    "after the boot phase nothing is written with authentication",
    Status.INVALID_PARAMETER,
    lambda w: w.runtime and bool(w.attributes & AT),
    f"{_U_BOOT}, efi_set_variable_runtime",
    lambda a: bool(a & AT),
)
_OTHER_DESCRIPTOR: Final = Rule[Claim](
    "a descriptor has the revision and the kind that firmware knows",
    Status.UNSUPPORTED,
    lambda c: (c.descriptor.revision, c.descriptor.kind, c.descriptor.form) != (REVISION, UEFI_GUID_CERTIFICATE, PKCS7),
    "QEMU, hw/uefi/var-service-auth.c, uefi_vars_check_auth_2",
)
_OWNED: Final = Rule[Claim](
    "while somebody owns the platform only keys are signed",
    VIOLATION,
    lambda c: c.platform_key is not None,
    f"{_U_BOOT}, efi_variable_authenticate",
)


def _formats(**changes: object) -> Change:
    return lambda profile: profile._replace(signature_format=profile.signature_format._replace(**changes))  # type: ignore[arg-type]


def _telling(key: Key, value: bytes) -> Change:
    return lambda profile: profile._replace(told={**profile.told, key: value})


def _with_recovery(profile: Profile) -> Profile:
    databases, joined = profile.image_databases | {RECOVERY_DATABASE}, profile.joined
    return profile._replace(
        known=profile.known.adding(*SPECIFIED_RECOVERY),
        image_databases=databases,
        joined=joined | {RECOVERY_DATABASE} if joined else joined,
    )


def _with_modes(profile: Profile) -> Profile:
    return profile._replace(known=profile.known.adding(*SPECIFIED_MODES), transitions=SPECIFIED_TRANSITIONS)


def _deployed(profile: Profile) -> Profile:
    transitions = (Transition(SETUP, ENROLLED, DEPLOYED), Transition(DEPLOYED, CLEARED, SETUP))
    return profile._replace(known=profile.known.adding(*_READ_ONLY_MODES), transitions=transitions)


SIGNATURES: Final[Mapping[str, Quirk]] = {
    "no-authentication": Quirk(
        "there are no authenticated variables: attribute 0x20 is INVALID_PARAMETER, and UNSUPPORTED for QueryVariableInfo",
        "OVMF for Xen guests, and every OVMF without SECURE_BOOT_ENABLE: OvmfPkg/OvmfXen.dsc, AuthVariableLibNull",
        Profile.without_authentication,
    ),
    "no-authentication-at-runtime": Quirk(
        "attribute 0x20 is INVALID_PARAMETER after the boot phase",
        "U-Boot: lib/efi_loader/efi_variable.c, efi_set_variable_runtime",
        first("write_rules", _NOT_SIGNED_THEN),
    ),
    "no-private-variables-under-secure-boot": Quirk(
        "while somebody owns the platform no authenticated variable but PK, KEK, db and their like is written: SECURITY_VIOLATION",
        "U-Boot: lib/efi_loader/efi_variable.c, efi_variable_authenticate",
        first("private_rules", _OWNED),
    ),
    "descriptor-checked-in-setup-mode": Quirk(
        "a write that needs no signature still has a time without zone and a descriptor for PKCS#7",
        "U-Boot: lib/efi_loader/efi_variable.c, efi_variable_authenticate",
        last("unsigned_rules", *(rule for rule in SIGNATURE_RULES if rule.sentence in {ONLY_A_DATE, IS_PKCS7})),
    ),
    "descriptor-type-unsupported": Quirk(
        "a descriptor of another revision or kind is UNSUPPORTED, whether or not its signature is looked at",
        "QEMU: hw/uefi/var-service-auth.c, uefi_vars_check_auth_2",
        together(first("signature_rules", _OTHER_DESCRIPTOR), first("unsigned_rules", _OTHER_DESCRIPTOR)),
    ),
    "equal-timestamps": Quirk(
        "a signature may have the same time as the one before",
        "QEMU: hw/uefi/var-service-vars.c, uefi_vars_mm_set_variable",
        look("signature_rules", LATER, is_earlier),
    ),
    "append-needs-later-time": Quirk(
        "a signature has to be later than the one before for an append, too",
        "U-Boot: lib/efi_loader/efi_variable.c, efi_variable_authenticate",
        look("signature_rules", LATER, is_not_later_even_appended),
    ),
    "append-zeroes-time": Quirk(
        "an append that is not later than the value leaves it without a time, so that any older signature is taken",
        "edk2 before 2017: tianocore/edk2 issue 6897",
        fact(appended_time=later_or_none),
    ),
    "sha256-only": Quirk(
        "a signature by SHA-384 or SHA-512 is SECURITY_VIOLATION",
        "older edk2: SecurityPkg/Library/AuthVariableLib/AuthService.c; varstored: handler.c, verify_auth_var_type",
        _formats(digests=(SHA256,), looks_at_least=22),
    ),
    "bare-signatures-only": Quirk(
        "a signature in a ContentInfo is SECURITY_VIOLATION",
        "older edk2: SecurityPkg/Library/AuthVariableLib/AuthService.c",
        _formats(offsets=(BARE,)),
    ),
    "keys-not-joined": Quirk(
        "an append of keys that are there already adds them once more",
        "U-Boot: lib/efi_loader/efi_variable.c, efi_set_variable_int",
        fact(joined=frozenset()),
    ),
    "exchange-keys-not-joined": Quirk(
        "an append of key exchange keys that are there already adds them once more",
        "varstored: handler.c, do_set_variable",
        lambda profile: profile._replace(joined=profile.joined - {EXCHANGE_KEYS}),
    ),
    "no-exchange-append": Quirk(
        "an append to KEK is INVALID_PARAMETER",
        "AMI: pbatard/Mosby issue 14",
        last("key_rules", _NO_EXCHANGE_APPEND),
    ),
    "no-platform-key-append": Quirk(
        "an append to a PK that is there is INVALID_PARAMETER",
        "varstored: handler.c, verify_auth_var",
        last("key_rules", _NO_PLATFORM_APPEND),
    ),
    "databases-refused": Quirk(
        "db, dbx and dbt are not written, whatever the signature: SECURITY_VIOLATION",
        "AMI: Foxboron/sbctl issues 171, 292",
        last("key_rules", _NO_DATABASES),
    ),
    "keys-write-protected": Quirk(
        "PK, KEK, db, dbx and dbt that are there are WRITE_PROTECTED",
        "U-Boot with CONFIG_EFI_VARIABLES_PRESEED: lib/efi_loader/efi_variable.c, efi_set_variable_int",
        first("key_rules", _KEYS_ARE_SEEDED),
    ),
    "attributeless-delete-invalid": Quirk(
        "deleting an authenticated variable by attributes 0 is INVALID_PARAMETER, not WRITE_PROTECTED",
        "varstored: handler.c, do_set_variable",
        answer("authentication_rules", "an authenticated variable is written with authentication only", Status.INVALID_PARAMETER),
    ),
    "missing-exchange-keys-are-a-violation": Quirk(
        "writing db, dbx or dbt without a KEK is SECURITY_VIOLATION, not NOT_FOUND",
        "varstored: handler.c, verify_auth_var_type; UEFI 2.10 §8.2.2",
        answer("exchange_rules", "there are key exchange keys", VIOLATION),
    ),
    "self-signed-platform-key": Quirk(
        "the first PK has to be signed by itself",
        "QEMU: hw/uefi/var-service-auth.c, uefi_vars_check_auth_2_sb; varstored: handler.c, verify_auth_var; UEFI 2.10 §32.3.1",
        fact(self_signed_platform_key=True),
    ),
    "user-absent": Quirk(
        "nobody stands before the machine: a user cannot remove private variables, nor switch Secure Boot",
        "firmware that asks who is there; OVMF says that somebody always is: OvmfPkg/Library/PlatformSecureLib",
        fact(user_present=False),
    ),
    "dbr": Quirk(
        "the signatures of recovery are kept in dbr, as those in db",
        "U-Boot: lib/efi_loader/efi_var_common.c, efi_auth_var_get_type; UEFI 2.10 §32.4.2",
        _with_recovery,
    ),
    "vendor-keys-zero": Quirk(
        "VendorKeys is 0 at every boot",
        "U-Boot: lib/efi_loader/efi_var_common.c, efi_init_secure_state; QEMU: hw/uefi/var-service-auth.c, uefi_vars_auth_init",
        _telling(VENDOR_KEYS_TOLD, b"\0"),
    ),
    "specified-modes": Quirk(
        "there are AuditMode and DeployedMode, which the boot phase may write",
        "U-Boot: lib/efi_loader/efi_var_common.c; UEFI 2.10 §32.3",
        _with_modes,
    ),
    "deployed-at-once": Quirk(
        "the first PK leads to DeployedMode, which nobody writes, and not to user mode",
        "varstored: handler.c, verify_auth_var",
        _deployed,
    ),
    "audit-mode-told": Quirk(
        "AuditMode is 1 in every mode, also beside SecureBoot 1",
        "Dell: pbatard/Mosby issue 28; a server: lxc/incus-os pull requests 795, 806",
        _telling(AUDIT_MODE, b"\x01"),
    ),
    "variable-policy-disabled": Quirk(
        "policies and locks of drivers do not count, and a removal needs no signature",
        "a platform with PcdAllowVariablePolicyEnforcementDisable: edk2, MdeModulePkg/Library/VariablePolicyLib/VariablePolicyLib.c",
        fact(policies_count=False),
    ),
}
