"""The shape all formats decode to: what is found of variables with one key, and what counts as unchanged."""

import pytest

from efirt.errors import DecodeError
from efirt.images.contents import Contents, repeated, unchanged
from efirt.images.damage import Damage
from efirt.images.losses import bare, without_counts
from efirt.store import Record, Store
from efirt.values.attributes import Attributes
from efirt.values.key import Key
from tests.images.records import COUNTED, ONE, PLAIN, PRIVATE, SIGNED, TWIN

AGAIN = PLAIN._replace(data=b"again")


def test_one_name_under_two_guids_is_two_variables() -> None:
    contents = Contents((PLAIN, TWIN))
    assert contents.variables == (PLAIN, TWIN)
    assert contents.hidden == ()


@pytest.mark.parametrize(("last", "found", "hidden"), [(False, (PLAIN, TWIN), (AGAIN,)), (True, (TWIN, AGAIN), (PLAIN,))])
def test_of_one_key_the_first_is_found_or_the_last(last: bool, found: tuple[Record, ...], hidden: tuple[Record, ...]) -> None:
    contents = Contents((PLAIN, TWIN, AGAIN), last_counts=last)
    assert (contents.variables, contents.hidden) == (found, hidden)


def test_the_same_variable_twice_is_found_once() -> None:
    contents = Contents((PLAIN, PLAIN))
    assert (contents.variables, contents.hidden) == ((PLAIN,), (PLAIN,))


def test_a_repeated_key_is_damage_at_each_place_but_the_first() -> None:
    key, other = PLAIN.key, TWIN.key
    assert repeated([(0, key), (5, other), (9, key), (12, key)]) == (
        Damage(9, f"{key} stands here again, after byte 0"),
        Damage(12, f"{key} stands here again, after byte 0"),
    )


def test_damage_says_where_and_what() -> None:
    assert str(Damage(9, "something")) == "at byte 9: something"


def read(data: bytes) -> Contents:
    if not data.startswith(b"x"):
        raise DecodeError("test", 0, "no x")
    return Contents((Record(Key("A", ONE), Attributes(7), data),), source=data)


def test_what_was_only_read_is_its_own_bytes() -> None:
    assert unchanged(read(b"xyz"), read) == b"xyz"


@pytest.mark.parametrize(
    "contents",
    [
        Contents(read(b"xyz").records),
        read(b"xyz")._replace(records=()),
        read(b"xyz")._replace(last_counts=True),
        Contents(read(b"xyz").records, source=b"other format"),
        Contents(read(b"xyz").records, source=b"x"),
    ],
    ids=["never-read", "changed", "changed-otherwise", "of-another-format", "of-another-file"],
)
def test_anything_else_is_written_anew(contents: Contents) -> None:
    assert unchanged(contents, read) is None


def test_a_record_has_a_digest_at_its_end_and_none_by_default() -> None:
    assert Record._fields[-1] == "digest"
    assert PLAIN.digest == b""
    assert Store([PRIVATE]).get(PRIVATE.key) == PRIVATE


def test_losses_name_the_variable_and_keep_the_rest() -> None:
    kept = without_counts(COUNTED)
    assert kept.record == COUNTED._replace(monotonic_count=0, public_key_index=0)
    assert kept.lost == (f"the monotonic count of {COUNTED.key}", f"the public key index of {COUNTED.key}")
    assert bare(PRIVATE).lost == (f"the time stamp of {PRIVATE.key}", f"who may write {PRIVATE.key}")
    assert bare(SIGNED).record == Record(SIGNED.key, SIGNED.attributes, SIGNED.data)
    assert bare(PLAIN) == (PLAIN, ())
