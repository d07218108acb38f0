"""certdb taken apart and put together: who may write what is lost neither way, or told."""

from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.images.writers import CERTDB, MAKERS, dissolved, gathered, is_private, strangers
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.guid_names import GLOBAL, IMAGE_SECURITY
from efirt.values.key import Key
from tests.images.records import DAY, DIGESTS, GUIDS, ONE, PLAIN, PRIVATE, SIGNED, TEXT, TWIN

BARE = PRIVATE._replace(digest=b"")
DIGEST = PRIVATE.digest


def node(record: Record, digest: bytes) -> bytes:
    """Lay an entry of certdb as edk2 does."""
    name = record.key.name.encode("utf-16-le", "surrogatepass")
    return record.key.guid.raw + pack("<III", 28 + len(name) + len(digest), len(name) // 2, len(digest)) + name + digest


def certdb(*nodes: bytes) -> Record:
    body = b"".join(nodes)
    return Record(CERTDB, Attributes(0x27), pack("<I", 4 + len(body)) + body)


def test_an_entry_goes_to_its_variable_and_certdb_goes() -> None:
    assert dissolved([PLAIN, certdb(node(BARE, DIGEST)), BARE, TWIN]) == ((PLAIN, PRIVATE, TWIN), ())


def test_digests_become_certdb_in_the_first_place() -> None:
    assert gathered([PLAIN, PRIVATE, TWIN]) == ((certdb(node(BARE, DIGEST)), PLAIN, BARE, TWIN), ())


def test_certdb_keeps_its_place_its_attributes_and_its_time_where_it_is_there() -> None:
    there = certdb()._replace(attributes=Attributes(7), timestamp=DAY)
    apart = gathered([PRIVATE, there, PLAIN])
    assert apart == ((BARE, there._replace(data=certdb(node(BARE, DIGEST)).data), PLAIN), ())


def test_an_empty_certdb_comes_and_goes_with_authenticated_variables() -> None:
    assert dissolved([PLAIN, certdb()]) == ((PLAIN,), ())
    assert gathered([PLAIN]) == ((PLAIN,), ())
    assert gathered([PLAIN, certdb()]) == ((PLAIN, certdb()), ())
    assert gathered([PLAIN, SIGNED]) == ((certdb(), PLAIN, SIGNED), ())


def test_an_entry_without_its_private_variable_is_told() -> None:
    apart = dissolved([certdb(node(BARE, DIGEST), node(PLAIN, DIGEST)), PLAIN])
    assert apart.records == (PLAIN,)
    assert apart.lost == (
        f"certdb's entry for {BARE.key}, of which there is no private variable",
        f"certdb's entry for {PLAIN.key}, of which there is no private variable",
    )


def test_twins_have_an_entry_each() -> None:
    twin = BARE._replace(key=Key("Private", TWIN.key.guid))
    apart = dissolved([certdb(node(twin, b"t" * 32), node(BARE, DIGEST)), BARE, twin])
    assert [record.digest for record in apart.records] == [DIGEST, b"t" * 32]


def test_what_a_variable_says_itself_goes_before_certdb_and_a_second_entry_is_told() -> None:
    apart = dissolved([certdb(node(BARE, b"other"), node(BARE, b"third")), PRIVATE])
    assert apart == (
        (PRIVATE,),
        (f"certdb's second entry for {BARE.key}", f"certdb's entry for {BARE.key}, which says itself who may write it"),
    )
    assert dissolved([certdb(node(BARE, DIGEST)), PRIVATE]) == ((PRIVATE,), ())


def test_a_certdb_that_cannot_be_read_is_told() -> None:
    apart = dissolved([Record(CERTDB, Attributes(0x27), b"\x05\0\0\0"), BARE])
    assert apart.records == (BARE,)
    assert [sentence.startswith("who may write private variables: certdb") for sentence in apart.lost] == [True]


@pytest.mark.parametrize("key", [Key("PK", GLOBAL), Key("KEK", GLOBAL), Key("db", IMAGE_SECURITY), Key("dbx", IMAGE_SECURITY), CERTDB])
def test_the_key_databases_are_nobody_s_private_variables(key: Key) -> None:
    assert not is_private(SIGNED._replace(key=key))
    assert is_private(SIGNED._replace(key=Key(key.name, ONE)))


@pytest.mark.parametrize(
    "odd",
    [
        PRIVATE._replace(attributes=Attributes(7)),
        PRIVATE._replace(attributes=Attributes(0x26)),
        PRIVATE._replace(key=Key("db", IMAGE_SECURITY)),
    ],
    ids=["not-authenticated", "volatile", "key-database"],
)
def test_a_digest_of_a_variable_that_edk2_notes_none_of_is_told(odd: Record) -> None:
    apart = gathered([odd])
    assert (apart.records[-1], apart.lost) == (
        odd._replace(digest=b""),
        (f"who may write {odd.key}, which edk2 does not note of such a variable",),
    )


STORES = st.lists(
    st.tuples(TEXT, GUIDS, st.sampled_from([7, 0x27])).map(lambda one: Record(Key(*one[:2]), Attributes(one[2]), b"x")),
    max_size=6,
    unique_by=lambda record: record.key,
)


@given(STORES, st.lists(DIGESTS, min_size=6, max_size=6))
def test_there_and_back_nothing_is_lost(store: list[Record], digests: list[bytes]) -> None:
    records = tuple(
        record._replace(digest=digest) if is_private(record) else record for record, digest in zip(store, digests, strict=False)
    )
    together = gathered(records)
    assert together.lost == ()
    assert not any(record.digest for record in together.records)
    assert dissolved(together.records) == (records, ())
    assert gathered(dissolved(together.records).records) == together


def test_a_signer_is_a_stranger_to_another_firmware_which_makes_the_digest_otherwise() -> None:
    assert strangers([PRIVATE, PLAIN], "edk2", "edk2") == ()
    assert strangers([PLAIN], "edk2", "QEMU") == ()
    assert strangers([PRIVATE], "edk2", "QEMU") == (
        f"the signer of {PRIVATE.key} cannot write it there: {MAKERS['edk2']}, and {MAKERS['QEMU']}",
    )
