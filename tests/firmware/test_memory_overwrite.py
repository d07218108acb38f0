"""The memory overwrite request where firmware protects it."""

import pytest

from efirt.firmware import DEFAULT
from efirt.firmware.memory_overwrite import LOCK, MEMORY_OVERWRITE_RULES, REQUEST
from efirt.firmware.quirks import QUIRKS
from efirt.firmware.rule import changed
from efirt.ops import SetVariable
from efirt.values.key import Key
from efirt.values.status import Status
from tests.firmware.machine import Machine, write

PROFILE = QUIRKS["memory-overwrite-protected"](DEFAULT)
KEY, OTHER = b"8 bytes!", b"8 others"
OK, DENIED, INVALID = Status.SUCCESS, Status.ACCESS_DENIED, Status.INVALID_PARAMETER


def ask(name: Key, data: bytes, attributes: int = 7) -> SetVariable:
    return write(name, attributes, data)


CASES: dict[str, tuple[list[SetVariable], Status]] = {
    "the request's lock is not deleted": ([ask(LOCK, b"")], Status.WRITE_PROTECTED),
    "the request and its lock are stored and visible": ([ask(REQUEST, b"\x01", 6)], INVALID),
    "the lock is a flag or a key": ([ask(LOCK, b"xx")], INVALID),
    "the lock's flag is 0 or 1": ([ask(LOCK, b"\x02")], INVALID),
    "a lock without a key stays until reset": ([ask(LOCK, b"\x01"), ask(LOCK, b"\0")], DENIED),
    "a lock with a key opens by the key": ([ask(LOCK, KEY), ask(LOCK, b"\0")], DENIED),
    "the request is one byte": ([ask(REQUEST, b"xx")], INVALID),
    "a locked request stays as it is": ([ask(LOCK, b"\x01"), ask(REQUEST, b"\x01")], DENIED),
}


def test_every_row_has_a_case() -> None:
    assert {row.sentence for row in MEMORY_OVERWRITE_RULES} == set(CASES)


@pytest.mark.parametrize("sentence", CASES)
def test_a_broken_rule_answers_and_without_it_something_else_happens(sentence: str) -> None:
    ops, expected = CASES[sentence]
    machine = Machine(PROFILE)
    assert [machine.status(op) for op in ops][-1] == expected
    without = Machine(PROFILE._replace(memory_overwrite_rules=changed(MEMORY_OVERWRITE_RULES, sentence)))
    assert [without.status(op) for op in ops][-1] != expected


def test_a_key_locks_and_unlocks_and_is_not_told() -> None:
    machine = Machine(PROFILE)
    assert machine.status(ask(REQUEST, b"\x01")) == OK
    assert machine.status(ask(LOCK, KEY)) == OK
    assert machine.data(LOCK) == b"\x02"
    assert machine.status(ask(REQUEST, b"\0")) == DENIED
    assert machine.status(ask(LOCK, KEY)) == OK
    assert machine.data(LOCK) == b"\0"
    assert machine.status(ask(REQUEST, b"\0")) == OK


def test_what_is_locked_is_not_looked_at_any_closer() -> None:
    machine = Machine(PROFILE)
    assert machine.status(ask(LOCK, b"\x01")) == OK
    assert machine.status(ask(LOCK, b"\x02")) == DENIED
    assert machine.status(ask(LOCK, b"xx")) == INVALID
    assert machine.status(ask(LOCK, b"\0", 1)) == INVALID


def test_a_wrong_key_with_other_attributes_spoils_nothing() -> None:
    machine = Machine(PROFILE)
    assert machine.status(ask(LOCK, KEY)) == OK
    assert machine.status(ask(LOCK, OTHER, 3)) == INVALID
    assert machine.status(ask(LOCK, KEY)) == OK
    assert machine.data(LOCK) == b"\0"


def test_a_wrong_key_locks_for_good_until_reset() -> None:
    machine = Machine(PROFILE)
    assert machine.status(ask(LOCK, KEY)) == OK
    assert machine.status(ask(LOCK, OTHER)) == DENIED
    assert machine.data(LOCK) == b"\x01"
    assert machine.status(ask(LOCK, KEY)) == DENIED
    machine.firmware.reset()
    assert machine.data(LOCK) == b"\0"
    assert machine.status(ask(REQUEST, b"\x01")) == OK


def test_elsewhere_both_are_locked() -> None:
    assert {Machine().status(ask(name, b"\x01")) for name in (REQUEST, LOCK)} == {Status.WRITE_PROTECTED}
