"""From one format to another: nothing that can be kept is lost, and the rest is told."""

import pytest
from hypothesis import given

from efirt.images import qemu_json, xapi
from efirt.images.contents import Contents
from efirt.images.conversion import converted
from efirt.images.detect import FORMATS
from efirt.images.writers import CERTDB, gathered
from efirt.images.xapi import VarstoredState
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.key import Key
from tests.images.records import COUNTED, LISTS, ONE, ORDINARY, PLAIN, PRIVATE, SIGNED, TWIN

FLASH = Contents(gathered((PLAIN, TWIN, SIGNED, PRIVATE)).records)


def test_to_the_same_format_nothing_changes() -> None:
    contents = Contents((PLAIN, PLAIN), source=b"x")
    assert converted(contents, "xapi", "xapi") == (contents, (), ())


@pytest.mark.parametrize("target", ["qemu-json", "xapi", "aws"])
def test_flash_goes_to_a_format_with_digests_and_back(target: str) -> None:
    there = converted(FLASH, "edk2", target)
    assert (there.contents.records, there.lost) == ((PLAIN, TWIN, SIGNED, PRIVATE), ())
    back = converted(there.contents, target, "edk2")
    assert (back.contents, back.lost) == (FLASH, ())


@pytest.mark.parametrize(
    ("source", "target", "told"),
    [
        ("edk2", "qemu-json", True),
        ("edk2", "xapi", False),
        ("edk2", "aws", False),
        ("aws", "edk2", False),
        ("qemu-json", "xapi", True),
        ("xapi", "aws", False),
        ("qemu-json", "edk2", True),
        ("dmpstore", "qemu-json", False),
        ("edk2", "dmpstore", False),
    ],
)
def test_a_signer_that_will_be_a_stranger_is_noted(source: str, target: str, told: bool) -> None:
    contents = FLASH if source == "edk2" else Contents((PRIVATE,))
    assert [PRIVATE.key.name in note for note in converted(contents, source, target).notes] == [True] * told


def test_certdb_stays_a_variable_where_no_digests_are_kept() -> None:
    there = converted(FLASH, "edk2", "dmpstore")
    assert CERTDB in {record.key for record in there.contents.records}
    assert there.lost == (f"the time stamp of {SIGNED.key}", f"the time stamp of {PRIVATE.key}")
    assert converted(FLASH, "edk2", "directory").lost[-1] == "the order of the variables"


def test_who_may_write_what_is_not_there_is_told() -> None:
    orphan = Contents(tuple(record for record in FLASH.records if record.key != PRIVATE.key))
    told = (f"certdb's entry for {PRIVATE.key}, of which there is no private variable",)
    assert [converted(orphan, "edk2", target).lost[:1] for target in ("qemu-json", "xapi")] == [told, told]


def test_what_is_hidden_is_told_and_stays_behind() -> None:
    again = PLAIN._replace(data=b"again")
    there = converted(Contents((PLAIN, again), last_counts=True), "xapi", "qemu-json")
    assert (there.contents.records, there.lost) == ((again,), (f"one of two variables {PLAIN.key}, which is not found",))


def test_what_stands_beside_variables_is_told() -> None:
    there = converted(Contents((PLAIN,), beside=VarstoredState(2, b"12345678")), "xapi", "edk2")
    assert there.lost == ("the key of the memory overwrite request",)
    assert there.contents == Contents((PLAIN,))
    assert converted(Contents((PLAIN,), beside=VarstoredState(2, b"12345678")), "xapi", "qemu-json").lost == there.lost


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (PLAIN._replace(attributes=Attributes(6)), "it is volatile"),
        (PLAIN._replace(data=b""), "a value is not empty"),
        (PLAIN._replace(key=Key("", ONE)), "a name is not empty"),
        (PLAIN._replace(key=Key("a\0b", ONE)), "no NUL"),
    ],
    ids=["volatile", "no-value", "no-name", "nul"],
)
def test_what_flash_does_not_hold_is_told_and_left_out(odd: Record, why: str) -> None:
    there = converted(Contents((COUNTED, odd)), "qemu-json", "edk2")
    assert there.contents.records == (COUNTED,)
    assert [sentence.startswith(f"variable {odd.key}: ") and why in sentence for sentence in there.lost] == [True]


@given(ORDINARY)
def test_json_xapi_and_back_keep_everything_of_ordinary_stores(records: tuple[Record, ...]) -> None:
    blob = converted(qemu_json.decode(qemu_json.encode(Contents(records))), "qemu-json", "xapi")
    assert blob.lost == ()
    back = converted(xapi.decode(xapi.encode(blob.contents)), "xapi", "qemu-json")
    assert (back.contents.records, back.lost) == (records, ())


@given(LISTS)
def test_any_contents_can_be_prepared_for_any_format(records: tuple[Record, ...]) -> None:
    for target in (*FORMATS, "edk2", "directory"):
        there = converted(Contents(records), "nothing", target)
        assert len({record.key for record in there.contents.records}) == len(there.contents.records)
        if not there.lost and target != "edk2":
            assert there.contents.records == records
