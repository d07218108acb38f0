"""Variables for tests of file formats: some by hand, and Hypothesis' strategies for all the others."""

from collections.abc import Callable
from uuid import UUID

from hypothesis import strategies as st

from efirt.errors import DecodeError
from efirt.images.contents import Contents
from efirt.store import ZERO_TIME, Record
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.key import Key

ONE = Guid(UUID("11111111-2222-3333-4444-555555555555").bytes_le)
OTHER = Guid(UUID("99999999-2222-3333-4444-555555555555").bytes_le)
DAY = EfiTime(2024, 2, 29, 1, 2, 3, 0, 0)

PLAIN = Record(Key("Plain", ONE), Attributes(7), b"plain")
TWIN = Record(Key("Plain", OTHER), Attributes(3), b"twin")
SIGNED = Record(Key("Signed", ONE), Attributes(0x27), b"signed", DAY)
PRIVATE = Record(Key("Private", ONE), Attributes(0x27), b"private", DAY, digest=bytes(range(32)))
COUNTED = Record(Key("Counted", ONE), Attributes(7), b"x", monotonic_count=1 << 40, public_key_index=7)
HALF = Record(Key("half \ud800", ONE), Attributes(7), b"x")


def units(text: str) -> str:
    """Give the text as CHAR16 has it, where two halves are one character."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


TEXT = st.text(st.characters(codec=None), max_size=9).map(units)
GUIDS = st.one_of(st.sampled_from([ONE, OTHER]), st.binary(min_size=16, max_size=16).map(Guid))
ATTRIBUTES = st.one_of(st.sampled_from([7, 3, 6, 0x27]), st.integers(0, 2**32 - 1)).map(Attributes)
TIMES = st.one_of(st.just(bytes(16)), st.binary(min_size=16, max_size=16)).map(EfiTime.decode)
DIGESTS = st.one_of(st.just(b""), st.binary(min_size=32, max_size=32), st.binary(max_size=70))
RECORDS = st.builds(
    Record,
    st.builds(Key, TEXT, GUIDS),
    ATTRIBUTES,
    st.binary(max_size=40),
    TIMES,
    st.one_of(st.just(0), st.integers(0, 2**64 - 1)),
    st.one_of(st.just(0), st.integers(0, 2**32 - 1)),
    DIGESTS,
)
LISTS = st.lists(RECORDS, max_size=6).map(tuple)


def _ordinary(record: Record) -> Record:
    name = record.key.name.encode("ascii", "replace").decode().replace("\0", "0").replace("/", "-") or "Empty"
    authenticated = bool(record.attributes & Attributes.AT)
    return Record(
        record.key._replace(name=name),
        record.attributes,
        record.data or b"x",
        record.timestamp if authenticated else ZERO_TIME,
        digest=record.digest.ljust(32, b"x")[:32] if authenticated and record.digest.strip(b"\0") else b"",
    )


ORDINARY = st.lists(RECORDS.map(_ordinary), max_size=6, unique_by=lambda record: record.key).map(tuple)
"""What every format with time stamps and digests can say."""


def wording(value: object) -> str:
    """Name a case of a test by its words alone."""
    return value.replace(" ", "-") if isinstance(value, str) else ""


def accepted(decode: Callable[[bytes], Contents], data: bytes) -> Contents | None:
    """Give what was decoded, or None where it said with a DecodeError why not; anything else is a failure of the test."""
    try:
        return decode(data)
    except DecodeError as cause:
        refusal = cause
    assert refusal.why
    assert refusal.offset is None or refusal.offset >= 0
    return None
