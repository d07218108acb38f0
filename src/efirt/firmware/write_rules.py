"""When SetVariable says no before it looks at what is stored."""

from efirt.annotation import Final
from efirt.firmware.bits import ACCESS, AT, AUTHENTICATED, AW, HR, MASK, NV, RT
from efirt.firmware.rule import Rule, Rules
from efirt.firmware.write import CERTIFICATE_SIZE, COUNT_BASED_SIZE, DESCRIPTOR_SIZE, TIME_SIZE, Write
from efirt.values.status import Status

_VARIABLE_C: Final = "edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, VariableServiceSetVariable"

NV_ALONE_WITH_COUNT: Final = "non-volatile alone means nothing, nor with count-based authentication"


def _size(write: Write) -> int:
    return write.name_size + len(write.payload)


def _has_no_descriptor(write: Write) -> bool:
    size = len(write.data)
    return bool(write.attributes & AT) and (
        size < DESCRIPTOR_SIZE or write.certificate_size > size - TIME_SIZE or write.certificate_size < CERTIFICATE_SIZE
    )


ATTRIBUTE_RULES: Final[Rules[Write]] = (
    Rule("a variable has a name", Status.INVALID_PARAMETER, lambda w: not w.key.name, _VARIABLE_C),
    Rule("attributes beyond 0x7f mean nothing", Status.INVALID_PARAMETER, lambda w: bool(w.attributes & ~(MASK | AW)), _VARIABLE_C),
    Rule(
        "runtime access without boot access is refused, whatever count-based authentication asks",
        Status.UNSUPPORTED,
        lambda w: w.attributes & (ACCESS | AW) == RT | AW,
        _VARIABLE_C,
    ),
    Rule("runtime access needs boot access", Status.INVALID_PARAMETER, lambda w: w.attributes & ACCESS == RT, _VARIABLE_C),
    Rule(NV_ALONE_WITH_COUNT, Status.UNSUPPORTED, lambda w: w.attributes & (MASK | AW) == NV | AW, _VARIABLE_C),
    Rule("non-volatile alone means nothing", Status.INVALID_PARAMETER, lambda w: w.attributes & (MASK | AW) == NV, _VARIABLE_C),
    Rule(
        "authentication needs a firmware that was built with it",
        Status.INVALID_PARAMETER,
        lambda w: bool(w.attributes & AUTHENTICATED) and not w.authentication,
        _VARIABLE_C,
    ),
    Rule(
        "a hardware error record needs storage that was set aside",
        Status.INVALID_PARAMETER,
        lambda w: w.attributes & (HR | AUTHENTICATED) == HR and not w.limits.hardware_error_storage,
        _VARIABLE_C,
    ),
    Rule("two kinds of authentication exclude each other", Status.UNSUPPORTED, lambda w: w.attributes & (AW | AT) == AW | AT, _VARIABLE_C),
    Rule(
        "count-based authentication comes with an empty value only",
        Status.UNSUPPORTED,
        lambda w: bool(w.attributes & AW) and len(w.data) != COUNT_BASED_SIZE,
        _VARIABLE_C,
    ),
    Rule("an authenticated write begins with its descriptor", Status.SECURITY_VIOLATION, _has_no_descriptor, _VARIABLE_C),
)
"""What attributes mean, in the order they are looked at.

Departs: a value that overflows the address space with its name cannot be handed in here, so edk2's check for it is not a row.
"""

SIZE_RULES: Final[Rules[Write]] = (
    Rule(
        "a hardware error record fits its limit",
        Status.INVALID_PARAMETER,
        lambda w: bool(w.attributes & HR) and _size(w) > w.limits.hardware_error_size - w.limits.record_header_size,
        _VARIABLE_C,
    ),
    Rule(
        "an authenticated variable fits its limit",
        Status.INVALID_PARAMETER,
        lambda w: (
            not w.attributes & HR
            and bool(w.attributes & AUTHENTICATED)
            and _size(w) > w.limits.authenticated_size - w.limits.record_header_size
        ),
        _VARIABLE_C,
    ),
    Rule(
        "a stored variable fits its limit",
        Status.INVALID_PARAMETER,
        lambda w: w.attributes & (HR | AUTHENTICATED | NV) == NV and _size(w) > w.limits.variable_size - w.limits.record_header_size,
        _VARIABLE_C,
    ),
    Rule(
        "a volatile variable fits its limit",
        Status.INVALID_PARAMETER,
        lambda w: not w.attributes & (HR | AUTHENTICATED | NV) and _size(w) > w.limits.volatile_size - w.limits.record_header_size,
        _VARIABLE_C,
    ),
)
"""How large a variable may be: its name counts."""
