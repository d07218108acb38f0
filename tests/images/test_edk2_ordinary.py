"""What the check leaves out where all records are ordinary would have found nothing."""

from hypothesis import given, settings
from hypothesis import strategies as st

from efirt.images.edk2 import Edk2Image
from efirt.images.edk2_check import problems
from tests.images.flash import ADDED, ARM, DEAD, DELETED, DYING, OVMF_2M, Layout, image, record

GOOD_STATES = st.sampled_from([ADDED, ADDED, ADDED, DEAD, DELETED, DYING])
STATES = st.one_of(GOOD_STATES, st.sampled_from([0xFF, 0x7F, 0x11]))
NAMES = st.one_of(st.sampled_from("AB"), st.sampled_from(["", "a\0b", "\0"]))
RAWS = st.one_of(
    st.builds(record, st.sampled_from("AB"), st.binary(max_size=5), GOOD_STATES),
    st.builds(record, NAMES, st.binary(max_size=5), STATES),
    st.builds(record, st.sampled_from("AB"), st.just(b"1"), GOOD_STATES).map(lambda raw: raw[:-1] + b"\0"),
)


@settings(max_examples=300)
@given(st.lists(RAWS, max_size=4), st.sampled_from([OVMF_2M, ARM]))
def test_nothing_is_left_out_that_would_be_told(raws: list[bytes], layout: Layout) -> None:
    read = Edk2Image.decode(image(raws, layout), strict=False)
    assert problems(read) == problems(read._replace(walked=read.walked._replace(is_finished=False)))


@given(st.lists(st.builds(record, st.sampled_from("ABCDEF"), st.binary(max_size=5), st.sampled_from([DEAD, DELETED])), max_size=5))
def test_what_firmware_leaves_is_ordinary(dead: list[bytes]) -> None:
    read = Edk2Image.decode(image([*dead, record("A", b"1"), record("B", b"22")], OVMF_2M))
    assert read.is_ordinary
    assert read.surplus == ()
    assert not read.half_deleted


def test_a_second_one_alive_or_one_that_is_about_to_die_is_not_ordinary() -> None:
    for raws in ([record("A", b"1"), record("A", b"1")], [record("A", b"1", DYING)], [record("", b"1")], [record("A", b"1", 0xFF)[:60]]):
        assert not Edk2Image.decode(image(raws, OVMF_2M), strict=False).is_ordinary


def test_a_dead_one_whose_name_firmware_would_refuse_is_not_ordinary() -> None:
    read = Edk2Image.decode(image([record("", b"1", DEAD)], ARM))
    assert not read.is_ordinary
    assert [problem.what for problem in problems(read)] == ["a record's name is empty"]
