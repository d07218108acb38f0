"""The tools of differential runs, with a simulated machine in place of the real one: what differs is found, counted, and made short."""

from collections import Counter
from pathlib import Path

import pytest

from efirt import Attributes, EfiTime, Key, Status
from efirt.firmware import Firmware, Profile
from efirt.ops import Op, QueryVariableInfo, ResetSystem, SetVariable
from efirt.signatures.lazy import LazyVerifier
from efirt.testing.authenticated_sequences import KEYS, AuthenticatedGenerator
from efirt.testing.restarts import filling, harmless, parts, restarting, to_clear
from efirt.testing.sequences import VENDORS, Generator
from tests.real.boots import Memory
from tests.real.differential import PROFILE, Difference, differ, with_first_looks
from tests.real.outcomes import OUTCOMES
from tests.real.programs import digest
from tests.real.shrink import Run, Shrinker
from tests.real.summary import Summary
from tests.real.twin import Twin, boots

CLOCK = EfiTime(2026, 5, 4, 3, 2, 1)
PROGRAM = bytes(range(32))


def fresh() -> Memory:
    firmware = Firmware(PROFILE, now=lambda: 0, verifier=LazyVerifier(), runtime=False)
    room = firmware.call(QueryVariableInfo(Attributes(7))).storage
    stored, volatile = firmware.variables.stored, firmware.variables.volatile
    assert room is not None
    shown = tuple(record.variable for record in volatile.store)
    return Memory(tuple(stored.store), frozenset(), stored.used.common, shown, volatile.used.common, room)


def real(profile: Profile = PROFILE) -> Run:
    """A simulated machine that stands in for a real one."""
    return lambda ops: boots(Twin(fresh(), CLOCK, profile), with_first_looks(ops), CLOCK)


def run(ops: list[Op], profile: Profile = PROFILE) -> Difference:
    return differ(real(profile)(ops))


def test_two_that_are_alike_do_not_differ_not_even_after_resets() -> None:
    ops = restarting(1, (90, 90, 90), PROGRAM)
    found = run(ops)
    assert found.comparison.unexplained == []
    assert found.boots == 3
    assert [one.op for one in found.asked if one.is_drawn] == [op for op in ops if not isinstance(op, ResetSystem)]
    assert [ops[one.place] for one in found.asked if one.is_drawn] == [one.op for one in found.asked if one.is_drawn]


def test_what_a_boot_does_differently_is_found_although_no_operation_shows_it() -> None:
    ops = restarting(2, (60, 60), PROGRAM)
    larger = PROFILE._replace(limits=PROFILE.limits._replace(store_size=PROFILE.limits.store_size + 4))
    found = run([SetVariable(op.key, op.attributes, b"") if isinstance(op, SetVariable) else op for op in ops], larger)
    assert found.comparison.unexplained
    assert all(not found.asked[step.number].is_drawn or isinstance(step.op, QueryVariableInfo) for step in found.comparison.unexplained)


def test_a_full_store_is_tidied_up_by_a_reset() -> None:
    found = run(filling(3, 2, 60, PROGRAM))
    full = Summary().with_run("filling", found)
    assert found.comparison.unexplained == []
    assert 0 < full.full < full.operations / 2
    sizes = [one.real.size for one in found.asked if isinstance(one.op, QueryVariableInfo) and not one.is_drawn and one.real.size]  # type: ignore[union-attr]
    assert min(sizes) < 0x40000 // 2


def test_every_outcome_of_an_authenticated_write_is_met_and_told_apart() -> None:
    found = run([*AuthenticatedGenerator(4).sequence(900), *filling(4, 1, 120, PROGRAM), *AuthenticatedGenerator(5).sequence(200)])
    summary = Summary().with_run("authenticated", found)
    assert {name for name in OUTCOMES if not summary.outcomes[name]} == set()
    assert summary.outcomes.total() == summary.authenticated
    assert f"{summary.authenticated} authenticated writes" in summary.report()


def test_the_clock_s_difference_is_explained_and_counted() -> None:
    summary = Summary().with_run("clock", run(restarting(6, (12, 12), PROGRAM)))
    assert summary.explained.total() >= 2
    assert summary.reports == ()


def test_a_difference_is_reported_with_its_step() -> None:
    found = run(Generator(5).sequence(300), PROFILE.quirk("rewrite_rules", "the same value again is not written again"))
    summary = Summary().with_run("broken", found)
    assert "unexplained" in summary.reports[0]
    assert "QueryVariableInfo" in summary.report()


BROKEN = {
    "a plain row": (PROFILE.quirk("rewrite_rules", "the same value again is not written again"), 3, Generator),
    "the order of times": (PROFILE.quirk("signature_rules", "a signature is later than the one before"), 4, AuthenticatedGenerator),
    "a list of keys": (PROFILE.quirk("list_rules", "keys come in signature lists", Status.SECURITY_VIOLATION), 3, AuthenticatedGenerator),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_sequence_that_shows_a_difference_becomes_short_in_few_runs(name: str) -> None:
    profile, longest, generator = BROKEN[name]
    ops = generator(5).sequence(300)
    shrinker = Shrinker(real(profile), program=PROGRAM, say=lambda _line: None)
    short = shrinker.shrink(ops)
    assert 1 <= len(short) <= longest
    assert run(short, profile).comparison.unexplained
    assert shrinker.runs <= 12


def test_a_sequence_with_resets_becomes_short_too() -> None:
    nothing = SetVariable(Key("Nothing", VENDORS[0]), Attributes(0x47), b"")
    profile = PROFILE.quirk("create_rules", "appending nothing creates nothing", Status.NOT_FOUND)
    shrinker = Shrinker(real(profile), program=PROGRAM, say=lambda _line: None)
    assert shrinker.shrink([*restarting(12, (40, 40), PROGRAM), nothing]) == [nothing]


def test_a_sequence_without_a_difference_is_not_shrunk() -> None:
    with pytest.raises(ValueError, match="no difference"):
        Shrinker(real(), say=lambda _line: None).shrink(Generator(10).sequence(20))


def test_what_would_take_a_machine_down_is_left_out_and_only_that() -> None:
    ops = [*AuthenticatedGenerator(19).sequence(200)]
    kept = harmless(ops, PROGRAM)
    left_out = [op for op in ops if op not in kept]
    assert left_out
    assert {op.key.name for op in left_out if isinstance(op, SetVariable)} == {"PK"}
    assert any(isinstance(op, SetVariable) and op.key.name == "PK" for op in kept)


def test_what_was_written_is_undone_without_taking_the_machine_down() -> None:
    ops: list[Op] = []
    firmware = Firmware(PROFILE, now=lambda: 0, verifier=LazyVerifier())
    there = {record.key: record for record in firmware.variables.stored.store}
    for op in AuthenticatedGenerator(20).sequence(400):
        ops += harmless([op], PROGRAM, firmware)
        if len(ops) >= 60 and KEYS[0] in firmware.variables.stored.store:
            break
    assert KEYS[0] in firmware.variables.stored.store
    undone = to_clear(ops, there, firmware)
    left = {record.key: record.data for record in firmware.variables.stored.store if record.key.name != "certdb"}
    assert left == {key: record.data for key, record in there.items() if key.name != "certdb"}
    assert sum(isinstance(op, SetVariable) and op.key == KEYS[0] and bool(op.attributes) for op in undone) == 1


def test_a_machine_that_would_not_come_up_again_is_not_reset() -> None:
    ops = restarting(14, (300, 20), PROGRAM)
    with pytest.raises(ValueError, match="would not start"):
        harmless(ops, bytes(32))


def test_a_machine_boots_once_more_than_it_is_reset() -> None:
    ops = restarting(11, (12, 12, 12), PROGRAM)
    cut = parts(ops)
    assert [op for part in cut for op in part] == ops
    assert Counter(isinstance(part[-1], ResetSystem) for part in cut) == {True: 2, False: 1}


def test_the_digest_of_a_program_leaves_out_checksum_and_certificates(tmp_path: Path) -> None:
    program = bytearray(0x400)
    program[0x3C:0x40] = (0x40).to_bytes(4, "little")
    program[0x46:0x48] = (1).to_bytes(2, "little")
    program[0x54:0x56] = (240).to_bytes(2, "little")
    program[0x94:0x98] = (0x200).to_bytes(4, "little")
    program[0x158:0x160] = (0x100).to_bytes(4, "little") + (0x200).to_bytes(4, "little")
    program[0x200:0x300] = bytes(range(256))
    plain = digest(bytes(program))
    program[0x98] ^= 1  # the checksum
    assert digest(bytes(program)) == plain
    program[0xE8] ^= 1  # where certificates are
    assert digest(bytes(program)) == plain
    program[0x210] ^= 1
    assert digest(bytes(program)) != plain
