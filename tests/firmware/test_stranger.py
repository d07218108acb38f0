"""Writes that are taken without the rules: the same answer, and the same held afterwards, as with them."""

from string import ascii_letters

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.firmware import DEFAULT, Firmware, namespaces
from efirt.firmware.facts import DEFAULT_FACTS
from efirt.firmware.known import AUTHENTICATION, DRIVER, SPECIFIED
from efirt.firmware.limits import OVMF_2M, OVMF_4M, Limits
from efirt.firmware.reading import Reading, reading_of
from efirt.firmware.stranger import plain_record
from efirt.ops import SetVariable
from efirt.store import Record
from efirt.values import guid_names
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.values.status import Status

OURS = Guid.parse("12345678-1234-1234-1234-123456789abc")
NAMED = [value for room in (namespaces, guid_names) for value in vars(room).values() if isinstance(value, Guid)]
GUIDS = st.one_of(st.just(OURS), st.sampled_from(NAMED))
NAMES = st.one_of(
    st.sampled_from(
        ["A", "B", "", "A\0B", "Gr\u00fc\u00dfe", "Lang", "PlatformLang", "LangCodes", "PlatformLangCodes", "Boot0001", "x" * 3000]
    ),
    st.sampled_from([row.name for row in SPECIFIED + DRIVER + AUTHENTICATION]),
    st.text(ascii_letters, min_size=1, max_size=3),
)
KEYS = st.builds(Key, NAMES, GUIDS)
BITS = st.one_of(st.sampled_from([3, 7]), st.sampled_from([0, 1, 2, 4, 5, 6, 0x27, 0x17, 0x47, 0x0F, 0x80000007]), st.integers(0, 0xFF))
DATA = st.one_of(st.binary(max_size=8), st.sampled_from([b"", bytes(0x1F00), bytes(0x2000), bytes(0x8300), bytes(0x8400)]))
OPS = st.builds(SetVariable, KEYS, BITS.map(Attributes), DATA)
STORED = st.lists(st.builds(Record, KEYS, BITS.map(Attributes), DATA), max_size=6, unique_by=lambda record: record.key)
SMALL = OVMF_2M._replace(store_size=0x900)


def held(reading: Reading) -> list[object]:
    return [[*region.store] for region in (reading.volatile, reading.stored)] + [
        region.used for region in (reading.volatile, reading.stored)
    ]


def firmware_of(stored: list[Record], limits: Limits, *, authentication: bool, runtime: bool) -> Firmware:
    profile = (DEFAULT if authentication else DEFAULT.without_authentication())._replace(limits=limits)
    return Firmware(profile, now=lambda: 0, stored=stored, volatile=(), runtime=runtime)


@given(STORED, st.lists(OPS, max_size=6), st.sampled_from([OVMF_4M, OVMF_2M, SMALL]), st.booleans(), st.booleans())
def test_what_is_taken_without_the_rules_they_would_take_just_so(
    stored: list[Record], ops: list[SetVariable], limits: Limits, authentication: bool, runtime: bool
) -> None:
    firmware = firmware_of(stored, limits, authentication=authentication, runtime=runtime)
    facts = DEFAULT_FACTS._replace(limits=limits, authentication=authentication)
    reading = reading_of(facts, stored, volatile=(), runtime=runtime)
    for op in ops:
        record = plain_record(reading, op)
        status = firmware.call(op).status
        if record is None:
            return
        assert status == Status.SUCCESS
        if record != reading.stored.store.get(op.key):
            reading.stored.write(record)
        assert held(reading) == held(firmware.variables)


@pytest.mark.parametrize("runtime", [False, True])
def test_an_ordinary_variable_is_taken_without_the_rules(runtime: bool) -> None:
    stored = [Record(Key("A", OURS), Attributes(7), b"old")]
    reading = reading_of(DEFAULT_FACTS, stored, volatile=(), runtime=runtime)
    for name, data in (("A", b"new"), ("A", b"old"), ("B", b"created")):
        key = Key(name, OURS)
        assert plain_record(reading, SetVariable(key, Attributes(7), data)) == Record(key, Attributes(7), data)
    assert held(reading)[1] == stored


@pytest.mark.parametrize("guid", sorted({*NAMED}, key=str), ids=str)
def test_no_namespace_that_firmware_or_the_specification_names_is_a_strangers(guid: Guid) -> None:
    reading = reading_of(DEFAULT_FACTS, [], volatile=(), runtime=False)
    known = {row.guid for row in SPECIFIED + DRIVER + AUTHENTICATION} | {
        value for value in vars(namespaces).values() if isinstance(value, Guid)
    }
    taken = plain_record(reading, SetVariable(Key("A", guid), Attributes(7), b"x")) is not None
    assert taken == (guid not in known)


def test_a_variable_that_lives_until_reset_and_one_that_is_about_to_die_are_for_the_rules() -> None:
    key = Key("A", OURS)
    op = SetVariable(key, Attributes(7), b"new")
    volatile = reading_of(DEFAULT_FACTS, [], volatile=[Record(key, Attributes(6), b"old")], runtime=False)
    dying = reading_of(DEFAULT_FACTS, [Record(key, Attributes(7), b"old")], half_deleted=[key], volatile=(), runtime=False)
    assert [plain_record(reading, op) for reading in (volatile, dying)] == [None, None]


A = Key("A", OURS)
CODES = [
    Record(Key("LangCodes", guid_names.GLOBAL), Attributes(6), b"engfra\0"),
    Record(Key("PlatformLangCodes", guid_names.GLOBAL), Attributes(6), b"en;fr\0"),
]
HIDDEN, SHOWN = Record(A, Attributes(3), b"old"), Record(A, Attributes(7), b"old")


@pytest.mark.parametrize(
    ("key", "bits", "data", "stored", "runtime"),
    [
        (A._replace(name="Lang"), 7, b"fra", [], False),
        (A, 3, b"new", [SHOWN], False),
        (A, 7, bytes(0x2000), [], False),
        (A, 7, bytes(0x700), [Record(Key("B", OURS), Attributes(7), bytes(0x200))], False),
        (A, 3, b"new", [], True),
        (A, 3, b"new", [HIDDEN], True),
        (A._replace(name="A\0B"), 7, b"new", [], False),
        (A._replace(name=""), 7, b"new", [], False),
        (A, 7, b"", [SHOWN], False),
        (Key("A", guid_names.GLOBAL), 7, b"new", [], False),
        (Key("certdb", namespaces.CERTIFICATES), 7, b"new", [], False),
    ],
    ids=["language", "attributes", "large", "full", "boot-only", "hidden", "nul", "nameless", "empty", "guarded", "own"],
)
def test_what_the_rules_would_not_just_store_is_for_the_rules(
    key: Key, bits: int, data: bytes, stored: list[Record], runtime: bool
) -> None:
    limits = SMALL if len(data) == 0x700 else OVMF_2M
    op = SetVariable(key, Attributes(bits), data)
    reading = reading_of(DEFAULT_FACTS._replace(limits=limits), stored, volatile=CODES, runtime=runtime)
    assert plain_record(reading, op) is None
    firmware = Firmware(DEFAULT._replace(limits=limits), now=lambda: 0, stored=stored, volatile=CODES, runtime=runtime)
    status = firmware.call(op).status
    reading.stored.write(Record(key, Attributes(bits), data))
    assert (status, held(reading)) != (Status.SUCCESS, held(firmware.variables))
