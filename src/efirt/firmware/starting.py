"""When a machine does not start any more.

Source: Linux, arch/x86/platform/efi/quirks.c (efi_query_variable_store), fs/efivarfs (the immutable flag).
"""

from efirt.annotation import NamedTuple
from efirt.firmware.known import KnownNames
from efirt.firmware.limits import Limits
from efirt.firmware.region import Region
from efirt.values.key import Key


class Start(NamedTuple):
    """A machine that is about to start.

    Attributes:
        stored: What it has stored.
        before: The keys of what it had stored when it was delivered.
        known: The variables it knows by name.
        limits: The platform's sizes.
    """

    stored: Region
    before: frozenset[Key]
    known: KnownNames
    limits: Limits
