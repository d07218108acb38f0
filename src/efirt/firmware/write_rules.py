"""When SetVariable says no before it looks at what is stored."""

from collections.abc import Callable

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


def _meaningless(sentence: str, status: Status, attributes: Callable[[int], bool]) -> Rule[Write]:
    """A row about nothing but attributes."""
    return Rule(sentence, status, lambda w: attributes(w.attributes), _VARIABLE_C, attributes)


def _is_error_record(attributes: int) -> bool:
    return bool(attributes & HR)


def _is_authenticated(attributes: int) -> bool:
    return bool(attributes & AUTHENTICATED)


def _counts(attributes: int) -> bool:
    return bool(attributes & AW)


def _is_timed(attributes: int) -> bool:
    return bool(attributes & AT)


def _is_plainly_stored(attributes: int) -> bool:
    return attributes & (HR | AUTHENTICATED | NV) == NV


def _is_plainly_volatile(attributes: int) -> bool:
    return not attributes & (HR | AUTHENTICATED | NV)


ATTRIBUTE_RULES: Final[Rules[Write]] = (
    Rule("a variable has a name", Status.INVALID_PARAMETER, lambda w: not w.key.name, _VARIABLE_C),
    _meaningless("attributes beyond 0x7f mean nothing", Status.INVALID_PARAMETER, lambda a: bool(a & ~(MASK | AW))),
    _meaningless(
        "runtime access without boot access is refused, whatever count-based authentication asks",
        Status.UNSUPPORTED,
        lambda a: a & (ACCESS | AW) == RT | AW,
    ),
    _meaningless("runtime access needs boot access", Status.INVALID_PARAMETER, lambda a: a & ACCESS == RT),
    _meaningless(NV_ALONE_WITH_COUNT, Status.UNSUPPORTED, lambda a: a & (MASK | AW) == NV | AW),
    _meaningless("non-volatile alone means nothing", Status.INVALID_PARAMETER, lambda a: a & (MASK | AW) == NV),
    Rule(
        "authentication needs a firmware that was built with it",
        Status.INVALID_PARAMETER,
        lambda w: bool(w.attributes & AUTHENTICATED) and not w.authentication,
        _VARIABLE_C,
        _is_authenticated,
    ),
    Rule(
        "a hardware error record needs storage that was set aside",
        Status.INVALID_PARAMETER,
        lambda w: w.attributes & (HR | AUTHENTICATED) == HR and not w.limits.hardware_error_storage,
        _VARIABLE_C,
        _is_error_record,
    ),
    _meaningless("two kinds of authentication exclude each other", Status.UNSUPPORTED, lambda a: a & (AW | AT) == AW | AT),
    Rule(
        "count-based authentication comes with an empty value only",
        Status.UNSUPPORTED,
        lambda w: bool(w.attributes & AW) and len(w.data) != COUNT_BASED_SIZE,
        _VARIABLE_C,
        _counts,
    ),
    Rule("an authenticated write begins with its descriptor", Status.SECURITY_VIOLATION, _has_no_descriptor, _VARIABLE_C, _is_timed),
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
        _is_error_record,
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
        _is_authenticated,
    ),
    Rule(
        "a stored variable fits its limit",
        Status.INVALID_PARAMETER,
        lambda w: _is_plainly_stored(w.attributes) and _size(w) > w.limits.variable_size - w.limits.record_header_size,
        _VARIABLE_C,
        _is_plainly_stored,
    ),
    Rule(
        "a volatile variable fits its limit",
        Status.INVALID_PARAMETER,
        lambda w: _is_plainly_volatile(w.attributes) and _size(w) > w.limits.volatile_size - w.limits.record_header_size,
        _VARIABLE_C,
        _is_plainly_volatile,
    ),
)
"""How large a variable may be: its name counts."""
