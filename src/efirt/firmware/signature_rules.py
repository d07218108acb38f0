"""When an authenticated write is not believed."""

from efirt.annotation import Final
from efirt.firmware.bits import APPEND
from efirt.firmware.claim import Claim, certificates_in, first_entry
from efirt.firmware.rule import Rule, Rules
from efirt.firmware.timestamps import is_later
from efirt.payloads.authentication import PKCS7, UEFI_GUID_CERTIFICATE
from efirt.values.status import Status

_AUTH: Final = "edk2 c5aa7e7d, SecurityPkg/Library/AuthVariableLib/AuthService.c"
_VERIFY: Final = f"{_AUTH}, VerifyTimeBasedPayload; UEFI 2.10 §8.2.2"
VIOLATION: Final = Status.SECURITY_VIOLATION

ONLY_A_DATE: Final = "a signature's time is a date and a time of day alone"
LATER: Final = "a signature is later than the one before"
IS_PKCS7: Final = "a signature is PKCS#7"
TAKES_DIGEST: Final = "a signature is in a form, and by a digest, that firmware takes"


def _has_more_than_a_date(claim: Claim) -> bool:
    time = claim.descriptor.time
    return bool(time.pad1 or time.nanosecond or time.time_zone or time.daylight or time.pad2)


def _is_not_later(claim: Claim) -> bool:
    if claim.existing is None or claim.write.attributes & APPEND:
        return False
    return not is_later(claim.descriptor.time, claim.existing.timestamp)


def is_earlier(claim: Claim) -> bool:
    """Whether the new signature is older than the one before, equal times being allowed: as QEMU's device has it.

    Source: QEMU, hw/uefi/var-service-auth.c.
    """
    if claim.existing is None or claim.write.attributes & APPEND:
        return False
    return is_later(claim.existing.timestamp, claim.descriptor.time)


def is_not_later_even_appended(claim: Claim) -> bool:
    """Whether the new signature is not later than the one before, appending or not: as U-Boot has it.

    Source: U-Boot, lib/efi_loader/efi_variable.c, efi_variable_authenticate.
    """
    return claim.existing is not None and not is_later(claim.descriptor.time, claim.existing.timestamp)


def _is_in_no_form(claim: Claim) -> bool:
    return len(claim.descriptor.signature) >= claim.format.looks_at_least and claim.digest is None


SIGNATURE_RULES: Final[Rules[Claim]] = (
    Rule(ONLY_A_DATE, VIOLATION, _has_more_than_a_date, _VERIFY),
    Rule(LATER, VIOLATION, _is_not_later, _VERIFY),
    Rule(
        IS_PKCS7,
        VIOLATION,
        lambda c: c.descriptor.kind != UEFI_GUID_CERTIFICATE or c.descriptor.form != PKCS7,
        _VERIFY,
    ),
    Rule(TAKES_DIGEST, VIOLATION, _is_in_no_form, _VERIFY),
)
"""What any signature demands, in the order it is looked at."""


def _signer_is_not_platform_key(claim: Claim) -> bool:
    return claim.platform_key is None or first_entry(claim.platform_key) != claim.signer


def _no_signer_verifies(claim: Claim) -> bool:
    return claim.signer is None or not claim.is_signed_by(claim.signer)


PLATFORM_RULES: Final[Rules[Claim]] = (
    Rule("the signer is the platform key itself, not one that it issued", VIOLATION, _signer_is_not_platform_key, _VERIFY),
    Rule("the signature is the signer's, over this write", VIOLATION, _no_signer_verifies, _VERIFY),
)
"""What a signature by the platform key demands."""

EXCHANGE_RULES: Final[Rules[Claim]] = (
    Rule("there are key exchange keys", Status.NOT_FOUND, lambda c: c.exchange_keys is None, _VERIFY),
    Rule(
        "one of them, or one it issued, signed this write",
        VIOLATION,
        lambda c: not any(map(c.is_signed_by, certificates_in(c.exchange_keys or b""))),
        _VERIFY,
    ),
)
"""What a signature by a key exchange key demands."""

PRIVATE_RULES: Final[Rules[Claim]] = (
    Rule(
        "who is noted as a private variable's creator writes it, with the same digest",
        VIOLATION,
        lambda c: c.existing is not None and (c.writer is None or c.identity != c.writer),
        _VERIFY,
    ),
    Rule("the signature is the signer's, over this write", VIOLATION, _no_signer_verifies, _VERIFY),
)
"""What a signature of any other variable demands."""

SELF_RULES: Final[Rules[Claim]] = (
    Rule(
        "a platform key is signed by itself",
        VIOLATION,
        lambda c: not c.is_signed_by(first_entry(c.descriptor.value) or b""),
        f"{_AUTH}, ProcessVarWithPk; UEFI 2.10 §32.3.1",
    ),
)
"""What the first platform key demands where firmware asks it to sign itself."""
