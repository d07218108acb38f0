"""Short names for what the tables say most: statuses, attributes, keys."""

from typing import Final

from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.values.status import Status

OURS: Final = Guid.parse("5a1c3c60-7d0b-4c0e-8f43-5b7a2f0c9e01")
"""The suite's own namespace; nothing else may be in it."""

ALSO_OURS: Final = Guid.parse("5a1c3c60-7d0b-4c0e-8f43-5b7a2f0c9e02")
THEIRS: Final = frozenset({OURS, ALSO_OURS})

OK: Final = Status.SUCCESS
INVALID: Final = Status.INVALID_PARAMETER
UNSUPPORTED: Final = Status.UNSUPPORTED
TOO_SMALL: Final = Status.BUFFER_TOO_SMALL
NOT_FOUND: Final = Status.NOT_FOUND
PROTECTED: Final = Status.WRITE_PROTECTED
FULL: Final = Status.OUT_OF_RESOURCES
VIOLATION: Final = Status.SECURITY_VIOLATION
DENIED: Final = Status.ACCESS_DENIED
DEVICE: Final = Status.DEVICE_ERROR

NV: Final = 0x01
BS: Final = 0x02
RT: Final = 0x04
HR: Final = 0x08
AW: Final = 0x10
AT: Final = 0x20
APPEND: Final = 0x40
ENH: Final = 0x80
STORED: Final = Attributes(NV | BS | RT)
FOR_BOOT: Final = Attributes(NV | BS)
BOOT_ONLY: Final = Attributes(BS)
VOLATILE: Final = Attributes(BS | RT)
SIGNED: Final = Attributes(NV | BS | RT | AT)
ERROR_RECORD: Final = Attributes(NV | BS | RT | HR)

T: Final = Key("T", OURS)
"""The variable most cases are about."""

TEN: Final = bytes(range(10, 20))
ONE: Final = b"\x01"
ERRORS: Final = (
    INVALID,
    UNSUPPORTED,
    NOT_FOUND,
    PROTECTED,
    FULL,
    VIOLATION,
    DENIED,
    DEVICE,
)
"""What a case that demands any error takes."""


def ours(name: str) -> Key:
    """A variable of the suite's own."""
    return Key(name, OURS)
