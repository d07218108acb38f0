"""The two language variables follow each other."""

import pytest

from efirt.firmware import DEFAULT
from efirt.firmware.language import LANG, LANG_CODES, PLATFORM_LANG, PLATFORM_LANG_CODES, nothing
from efirt.values.guid import ZERO
from efirt.values.key import Key
from efirt.values.status import Status
from tests.firmware.machine import Machine, key, write


@pytest.mark.parametrize(
    ("given", "mirrored"),
    [
        (b"fr\0", b"fra\0"),
        (b"fr-FR\0", b"fra\0"),
        (b"en-US\0", b"eng\0"),
        (b"fr-CA\0", b"fra\0"),
        (b"fr;en\0", b"fra\0"),
        (b"f\0", b"fra\0"),
    ],
)
def test_the_platforms_language_sets_the_older_one(given: bytes, mirrored: bytes) -> None:
    machine = Machine()
    assert machine.status(write(PLATFORM_LANG, 7, given)) == Status.SUCCESS
    assert (machine.data(PLATFORM_LANG), machine.data(LANG)) == (given, mirrored)


@pytest.mark.parametrize(("given", "mirrored"), [(b"fra\0", b"fr\0"), (b"eng\0", b"en\0"), (b"f\0", b"fr\0"), (b"fra", b"en\0")])
def test_the_older_language_sets_the_platforms(given: bytes, mirrored: bytes) -> None:
    machine = Machine()
    ends = given.endswith(b"\0")
    assert machine.status(write(LANG, 7, given)) == (Status.SUCCESS if ends else Status.INVALID_PARAMETER)
    assert machine.data(PLATFORM_LANG) == mirrored
    assert machine.data(LANG) == (given if ends else b"eng\0")


@pytest.mark.parametrize(("variable", "other", "given"), [(PLATFORM_LANG, LANG, b"xx\0"), (LANG, PLATFORM_LANG, b"xyz\0")])
def test_an_unknown_language_is_stored_and_not_mirrored(variable: Key, other: Key, given: bytes) -> None:
    machine = Machine()
    before = machine.data(other)
    assert machine.status(write(variable, 7, given)) == Status.SUCCESS
    assert (machine.data(variable), machine.data(other)) == (given, before)


def test_the_hook_looks_at_the_name_only() -> None:
    machine = Machine()
    assert machine.status(write(Key("Lang", ZERO), 7, b"fra\0")) == Status.SUCCESS
    assert (machine.data(LANG), machine.data(PLATFORM_LANG)) == (b"eng\0", b"fr\0")
    for name in ("LangCodes", "PlatformLangCodes"):
        assert machine.status(write(key(name), 7, b"x")) == Status.WRITE_PROTECTED


def test_a_deletion_with_a_value_still_mirrors_it() -> None:
    machine = Machine()
    assert machine.status(write(LANG, 0, b"fra\0")) == Status.SUCCESS
    assert (machine.data(LANG), machine.data(PLATFORM_LANG)) == (None, b"fr\0")


def test_a_deletion_without_a_value_is_plain() -> None:
    machine = Machine()
    assert machine.status(write(LANG, 7, b"")) == Status.SUCCESS
    assert (machine.data(LANG), machine.data(PLATFORM_LANG)) == (None, b"en\0")


def test_without_room_for_both_neither_is_written() -> None:
    small = DEFAULT._replace(limits=DEFAULT.limits._replace(store_size=28 + 3000))
    machine = Machine(small)
    machine.ask(write("F", 7, bytes(machine.left() - 64 - 150)))
    assert machine.status(write(PLATFORM_LANG, 7, b"fr\0")) == Status.OUT_OF_RESOURCES
    assert (machine.data(PLATFORM_LANG), machine.data(LANG)) == (b"en\0", b"eng\0")


def test_in_the_boot_phase_the_older_values_make_room() -> None:
    small = DEFAULT._replace(limits=DEFAULT.limits._replace(store_size=28 + 3000))
    machine = Machine(small, runtime=False)
    machine.ask(write("F", 7, bytes(machine.left() - 64 - 20)))
    assert machine.status(write(PLATFORM_LANG, 7, b"fr\0")) == Status.SUCCESS
    assert machine.data(LANG) == b"fra\0"


def test_new_lists_of_languages_are_taken_over_in_the_boot_phase() -> None:
    open_profile = DEFAULT._replace(locked=frozenset())
    machine = Machine(open_profile, runtime=False)
    assert machine.status(write(LANG_CODES, 6, b"deueng\0")) == Status.SUCCESS
    assert machine.status(write(PLATFORM_LANG_CODES, 6, b"de;en\0")) == Status.SUCCESS
    assert machine.status(write(PLATFORM_LANG, 7, b"de\0")) == Status.SUCCESS
    assert machine.data(LANG) == b"deu\0"


def test_a_new_list_of_languages_changes_the_older_language_at_once() -> None:
    machine = Machine(DEFAULT._replace(locked=frozenset()), runtime=False)
    assert machine.status(write(LANG_CODES, 6, b"deufra\0")) == Status.SUCCESS
    assert (machine.data(PLATFORM_LANG), machine.data(LANG)) == (b"en\0", b"deu\0")
    machine.ask(write(PLATFORM_LANG, 7, b""))
    assert machine.status(write(PLATFORM_LANG_CODES, 6, b"uk;fr\0")) == Status.SUCCESS
    assert (machine.data(PLATFORM_LANG), machine.data(LANG)) == (b"uk\0", b"deu\0")


def test_a_firmware_without_the_hook_leaves_the_other_alone() -> None:
    machine = Machine(DEFAULT._replace(speaks=nothing))
    machine.ask(write(PLATFORM_LANG, 7, b"fr\0"))
    assert machine.data(LANG) == b"eng\0"
