"""When SetVariable says no because of what is stored."""

from efirt.annotation import Final
from efirt.firmware.bits import ACCESS, APPEND, AT, AUTHENTICATED, AW, HR, NV, RT
from efirt.firmware.namespaces import CUSTOM_MODE, SECURE_BOOT_ENABLE
from efirt.firmware.rule import Rule, Rules
from efirt.firmware.write import Write
from efirt.values.guid_names import GLOBAL, IMAGE_SECURITY
from efirt.values.key import Key
from efirt.values.status import Status

_VARIABLE_C: Final = "edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c"
_SET: Final = f"{_VARIABLE_C}, VariableServiceSetVariable"
_UPDATE: Final = f"{_VARIABLE_C}, UpdateVariable"
_AUTH: Final = "edk2 c5aa7e7d, SecurityPkg/Library/AuthVariableLib/AuthService.c"

SWITCHES: Final = frozenset({Key("SecureBootEnable", SECURE_BOOT_ENABLE), Key("CustomMode", CUSTOM_MODE)})
EXCHANGE_KEYS: Final = Key("KEK", GLOBAL)
IMAGE_DATABASES: Final = frozenset(Key(name, IMAGE_SECURITY) for name in ("db", "dbx", "dbt"))
RECOVERY_DATABASE: Final = Key("dbr", IMAGE_SECURITY)
"""Where firmware has it; a quirk of edk2's."""

SECURE_BOOT_KEYS: Final = IMAGE_DATABASES | {Key("PK", GLOBAL), EXCHANGE_KEYS}


def _has_other_attributes(write: Write) -> bool:
    existing = write.existing
    return existing is not None and bool(write.attributes) and existing.attributes != write.attributes & ~APPEND


EXISTING_RULES: Final[Rules[Write]] = (
    Rule(
        "what is hidden after the boot phase cannot be written then",
        Status.WRITE_PROTECTED,
        lambda w: w.runtime and w.existing is not None and not RT & w.existing.attributes,
        _SET,
    ),
    Rule("a variable keeps its attributes", Status.INVALID_PARAMETER, _has_other_attributes, _SET),
)
"""What an existing variable demands, before anything is done."""

EARLY_RULES: Final[Rules[Write]] = (
    Rule(
        "nothing is stored before firmware can write to its flash",
        Status.NOT_AVAILABLE_YET,
        lambda w: bool(w.attributes & (NV | AUTHENTICATED)),
        _UPDATE,
    ),
    Rule(
        "nothing that is stored is deleted before that",
        Status.UNSUPPORTED,
        lambda w: w.existing is not None and not w.is_volatile,
        f"{_VARIABLE_C}, UpdateVariableStore",
    ),
)
"""What changing the store demands before the variable write architectural protocol is there."""

KEY_RULES: Final[Rules[Write]] = (
    Rule(
        "the Secure Boot variables are stored and authenticated",
        Status.INVALID_PARAMETER,
        lambda w: w.attributes & (NV | AT) != NV | AT,
        f"{_AUTH}, ProcessVarWithPk",
    ),
)
"""What PK, KEK, db, dbx and dbt demand, before a signature is looked at."""

AUTHENTICATION_RULES: Final[Rules[Write]] = (
    Rule(
        "only a user who is there switches Secure Boot",
        Status.SECURITY_VIOLATION,
        lambda w: w.key in SWITCHES and not w.user_present,
        f"{_AUTH}, NeedPhysicallyPresent",
    ),
    Rule(
        "count-based authentication is no more",
        Status.UNSUPPORTED,
        lambda w: bool(w.attributes & AW),
        f"{_AUTH}, ProcessVariable",
        lambda a: bool(a & AW),
    ),
    Rule(
        "an authenticated variable is written with authentication only",
        Status.WRITE_PROTECTED,
        lambda w: w.existing is not None and bool(AUTHENTICATED & w.existing.attributes) and not w.attributes & AUTHENTICATED,
        f"{_AUTH}, ProcessVariable",
    ),
)
"""What a firmware with authentication demands of any other variable, before a signature is looked at."""


def _is_unchanged(write: Write) -> bool:
    return write.existing is not None and not write.attributes & (APPEND | AT) and write.existing.data == write.payload


def _appends(attributes: int) -> bool:
    return bool(attributes & APPEND)


def _appends_too_much(write: Write) -> bool:
    if write.existing is None or not write.attributes & APPEND:
        return False
    limits = write.limits
    if write.attributes & HR:
        limit = limits.hardware_error_size
    elif write.attributes & AUTHENTICATED:
        limit = limits.authenticated_size
    else:
        limit = limits.variable_size if write.attributes & NV else limits.volatile_size
    return len(write.existing.data) + len(write.payload) > limit - limits.record_header_size - write.name_size


CHANGE_RULES: Final[Rules[Write]] = (
    Rule("volatile variables are read-only after the boot phase", Status.WRITE_PROTECTED, lambda w: w.runtime and w.is_volatile, _UPDATE),
    Rule(
        "only what is stored and visible changes after the boot phase",
        Status.INVALID_PARAMETER,
        lambda w: w.runtime and w.existing is not None and (NV | RT) & w.existing.attributes != NV | RT,
        _UPDATE,
    ),
)
"""What changing or deleting demands."""

REWRITE_RULES: Final[Rules[Write]] = (
    Rule("the same value again is not written again", Status.SUCCESS, _is_unchanged, _UPDATE),
    Rule("a value does not grow beyond its limit", Status.INVALID_PARAMETER, _appends_too_much, _UPDATE, _appends),
)
"""What changing demands beyond that."""

CREATE_RULES: Final[Rules[Write]] = (
    Rule("appending nothing creates nothing", Status.SUCCESS, lambda w: not w.payload and bool(w.attributes & APPEND), _UPDATE, _appends),
    Rule("what is not there cannot be deleted", Status.NOT_FOUND, lambda w: not w.payload or not w.attributes & ACCESS, _UPDATE),
    Rule(
        "only what is stored and visible is created after the boot phase",
        Status.INVALID_PARAMETER,
        lambda w: w.runtime and w.attributes & (NV | RT) != NV | RT,
        _UPDATE,
    ),
)
"""What creating demands."""
