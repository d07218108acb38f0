"""Whether something stands in the way of reading or writing a variable: the conditions of the table's rows."""

from efirt.annotation import Final
from efirt.firmware.known import AUTHENTICATION, DRIVER, LOCKED_BY_BOOT_MANAGER, SPECIFIED, KnownNames
from efirt.firmware.namespaces import GUARDED, OWN
from efirt.firmware.properties import BITS
from efirt.ops import Op
from efirt.runtime.guards import RECORD
from efirt.values.attributes import Attributes
from efirt.values.key import Key
from efirt.views.explain_names import specified
from efirt.views.explain_obstacle import DATABASES, KEYS, OWNER_S
from efirt.views.explain_state import State
from efirt.views.explain_try import CHECKED, CREATE, DELETE, OVERWRITE, Try
from efirt.wire.text import char16_size

EDK2: Final = KnownNames(SPECIFIED)
BOOKS: Final = KnownNames(row for row in AUTHENTICATION + DRIVER if row.read_only)
SIGNATURE_BOOKS: Final = KnownNames(AUTHENTICATION)
FIRMWARES: Final = OWN - GUARDED
LARGEST_BITS: Final = 0x7F
MAYBE_FULL: Final = RECORD + 8
ENTRY: Final = 1024
"""Bytes that an entry in the books about private variables takes, at most, with two records."""


def is_masked(s: State, operation: type[Op]) -> bool:
    """Whether firmware's own table says that it has no such service while an operating system runs."""
    return s.road.is_runtime and s.services is not None and not s.services & BITS[operation]


def has(w: Try, bits: int) -> bool:
    """Whether all of these bits are among the attributes."""
    return w.attributes & bits == bits


def is_volatile(w: Try, s: State) -> bool:
    """Whether a volatile variable would be changed after what made it is gone."""
    there = s.variable
    return w.writes and s.road.is_runtime and there is not None and not there.attributes & Attributes.NV


def has_other_attributes(w: Try, s: State) -> bool:
    """Whether it was written with other attributes than it has."""
    return w.is_real and s.variable is not None and bool(w.attributes) and w.attributes != s.variable.attributes


def is_unauthenticated(w: Try, s: State) -> bool:
    """Whether an authenticated variable was written without authentication."""
    return w.is_real and w.writes and s.variable is not None and _lacks(w, s.variable.attributes)


def _lacks(w: Try, present: Attributes) -> bool:
    return bool(present & Attributes.AT) and not w.attributes & Attributes.AT


def has_unusual_attributes(w: Try, _s: State) -> bool:
    """Whether a variable of the specification's would stand there with other attributes than the specification's."""
    entry = specified(w.key)
    return w.stores and entry is not None and w.attributes != entry.attributes


def is_malformed(w: Try, _s: State) -> bool:
    """Whether the value is one that firmware can tell to be wrong."""
    row = CHECKED.find(w.key)
    if row is None or not w.value or w.action not in {CREATE, OVERWRITE}:
        return False
    return not row.smallest <= len(w.value) <= row.largest or not row.well_formed(w.value)


def is_signed_try(w: Try, s: State) -> bool:
    """Whether a signature decides: by what is there, or by what is written."""
    present = s.variable.attributes if s.variable else Attributes(0)
    return w.writes and bool((present | w.attributes) & Attributes.AT) and s.authenticates is not False


def needs_signature(w: Try, s: State) -> bool:
    """Whether a signature decides, and there is none."""
    return is_signed_try(w, s) and (w.signature is None or not w.signature.signature)


def by_owner(w: Try, s: State) -> bool:
    """Whether the owner has to sign."""
    return w.key in OWNER_S and s.is_setup is False and needs_signature(w, s)


def by_keys(w: Try, s: State) -> bool:
    """Whether the owner, or whom the owner trusts, has to sign."""
    return w.key in DATABASES and s.is_setup is False and needs_signature(w, s)


def has_bare_value(w: Try, s: State) -> bool:
    """Whether it was written as authenticated, and no descriptor stands before the value."""
    return w.is_real and bool(w.attributes & Attributes.AT) and w.signature is None and s.authenticates is not False


def is_too_large(w: Try, s: State) -> bool:
    """Whether it is larger than a variable may be, where there would be room for it."""
    if not w.stores or not w.is_real or s.storage is None:
        return False
    return 0 < s.storage.maximum_variable_size < w.needs <= s.storage.remaining_storage_size


def left(w: Try, s: State) -> int | None:
    """Bytes that would be left of the store; None where that cannot be told."""
    counts = w.stores and w.attributes & Attributes.NV and s.storage is not None
    return s.storage.remaining_storage_size - w.needs if counts and s.storage else None


def given_back(s: State) -> int:
    """Bytes that a firmware gets back from the present value, if it is one that need not wait for its next start to do so."""
    return char16_size(s.key.name) + len(s.variable.data) + MAYBE_FULL if s.variable else 0


def is_below(left: int | None, least: int) -> bool:
    """Whether less would be left than has to be; no where it cannot be told."""
    return left is not None and left < least


def is_book(w: Try, s: State) -> bool:
    """Whether firmware keeps books there: those about signatures only where it has authenticated variables."""
    keeps = s.authenticates is not False or SIGNATURE_BOOKS.find(w.key) is None
    return w.writes and s.is_there is True and keeps and BOOKS.find(w.key) is not None


def may_lack_books(w: Try, s: State) -> bool:
    """Whether a private variable's entry in firmware's books, which are written anew with each creation and deletion, may not fit."""
    if w.action not in {CREATE, DELETE} or w.key in KEYS or not is_signed_try(w, s) or s.storage is None:
        return False
    return s.storage.remaining_storage_size < w.needs + s.books_size + ENTRY


def is_left_to_firmware(key: Key) -> bool:
    """Whether it is for firmware to write: by the specification, or since edk2's boot manager locks it."""
    entry = specified(key)
    return key in LOCKED_BY_BOOT_MANAGER or (entry is not None and entry.read_only)
