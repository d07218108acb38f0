"""Every row of every table: what it refuses, and that it is this row that refuses it."""

from typing import Any, NamedTuple

import pytest

from efirt.firmware import DEFAULT, PROFILES, Firmware, Profile
from efirt.firmware.capsule import CAPSULE_RULES, INITIATE_RESET, PERSIST, POPULATE, Offer
from efirt.firmware.rule import Rule, Rules, first_broken
from efirt.ops import Op, QueryVariableInfo, SetVariable
from efirt.ops.capsule import CapsuleHeader
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.guid_names import HARDWARE_ERROR, IMAGE_SECURITY
from efirt.values.key import Key
from efirt.values.status import Status
from tests.firmware.machine import VENDOR, Machine, key, well_known, write

NV, BS, RT, HR, AW, AT, APPEND = 1, 2, 4, 8, 0x10, 0x20, 0x40
STORED = NV | BS | RT

INVALID = Status.INVALID_PARAMETER
UNSUPPORTED = Status.UNSUPPORTED
PROTECTED = Status.WRITE_PROTECTED
VIOLATION = Status.SECURITY_VIOLATION
FULL = Status.OUT_OF_RESOURCES

WITH_ERRORS = DEFAULT._replace(limits=DEFAULT.limits._replace(hardware_error_storage=0x4000))
WITHOUT_AUTHENTICATION = DEFAULT._replace(authentication=False)
RESERVING = DEFAULT._replace(limits=DEFAULT.limits._replace(boot_reserve=259_700))
SMALL_STORE = DEFAULT._replace(limits=DEFAULT.limits._replace(store_size=28 + 2400))
FOR_USERS = DEFAULT._replace(limits=DEFAULT.limits._replace(user_storage=400))

HIDDEN = Record(key("Hidden"), Attributes(NV | BS), b"x")
VOLATILE = Record(key("Volatile"), Attributes(BS | RT), b"x")
STAYS = Record(key("Stays"), Attributes(STORED), b"x")
SIGNED = Record(key("Signed"), Attributes(STORED | AT), b"x")
ODD = Record(key("Odd"), Attributes(NV | RT), b"x")
ERROR = Key("HwErrRec0001", HARDWARE_ERROR)


class Case(NamedTuple):
    """What is asked of which machine."""

    sentence: str
    op: Op
    profile: Profile = DEFAULT
    extra: tuple[Record, ...] = ()
    runtime: bool = True


def descriptor(size: int, payload: bytes = b"") -> bytes:
    return bytes(16) + size.to_bytes(4, "little") + bytes(20) + payload


def ask_room(attributes: int) -> QueryVariableInfo:
    return QueryVariableInfo(Attributes(attributes))


def large(limit: int, name: str = "N") -> bytes:
    return bytes(limit - 60 - 2 * (len(name) + 1) + 1)


LIMITS = DEFAULT.limits

CASES: dict[str, list[tuple[Case, Status]]] = {
    "write_rules": [
        (Case("a variable has a name", write("", STORED)), INVALID),
        (Case("attributes beyond 0x7f mean nothing", write("N", STORED | 0x80)), INVALID),
        (
            Case(
                "runtime access without boot access is refused, whatever count-based authentication asks",
                write("N", NV | RT | AW, bytes(561)),
            ),
            UNSUPPORTED,
        ),
        (Case("runtime access needs boot access", write("N", NV | RT)), INVALID),
        (Case("non-volatile alone means nothing, nor with count-based authentication", write("N", NV | AW, bytes(9))), INVALID),
        (Case("non-volatile alone means nothing", write("N", NV)), INVALID),
        (
            Case("authentication needs a firmware that was built with it", write("N", STORED | AT, descriptor(24)), WITHOUT_AUTHENTICATION),
            INVALID,
        ),
        (Case("a hardware error record needs storage that was set aside", write(ERROR, STORED | HR)), INVALID),
        (Case("two kinds of authentication exclude each other", write("N", STORED | AT | AW, bytes(560))), UNSUPPORTED),
        (
            Case("count-based authentication comes with an empty value only", write("Stays", STORED | AW, bytes(561)), extra=(STAYS,)),
            UNSUPPORTED,
        ),
        (Case("an authenticated write begins with its descriptor", write("Stays", STORED | AT, b""), extra=(STAYS,)), VIOLATION),
        (
            Case("a hardware error record fits its limit", write(ERROR, STORED | HR, large(LIMITS.hardware_error_size)), WITH_ERRORS),
            INVALID,
        ),
        (
            Case(
                "an authenticated variable fits its limit",
                write("N", STORED | AT, descriptor(24, large(LIMITS.authenticated_size))),
            ),
            INVALID,
        ),
        (Case("a stored variable fits its limit", write("N", STORED, large(LIMITS.variable_size))), INVALID),
        (Case("a volatile variable fits its limit", write("N", BS | RT, large(LIMITS.volatile_size)), runtime=False), INVALID),
        (Case("what only firmware writes, nobody else does", write(well_known("SetupMode"), BS | RT, b""), runtime=False), PROTECTED),
        (Case("a known variable has its own attributes", write(well_known("BootNext"), BS, bytes(2)), runtime=False), INVALID),
        (Case("a known variable has its own size", write(well_known("BootNext"), STORED, bytes(3))), INVALID),
        (Case("a hardware error record is named like one", write("N", STORED | HR), WITH_ERRORS), INVALID),
        (Case("the specification's namespaces hold the specification's names", write(well_known("Unknown"), STORED)), INVALID),
        (Case("a known variable's value is well formed", write(well_known("BootOrder"), STORED, bytes(3))), INVALID),
        (Case("what a driver has locked stays as it is", write(well_known("HwErrRecSupport"), STORED, bytes(2))), PROTECTED),
        (Case("what is hidden after the boot phase cannot be written then", write("Hidden", 0, b""), extra=(HIDDEN,)), PROTECTED),
        (Case("a variable keeps its attributes", write("Stays", NV | BS, b"new"), extra=(STAYS,)), INVALID),
    ],
    "authentication_rules": [
        (
            Case("the Secure Boot variables are stored and authenticated", write(Key("db", IMAGE_SECURITY), 0, b"")),
            INVALID,
        ),
        (Case("count-based authentication is no more", write("N", BS | AW, bytes(560)), runtime=False), UNSUPPORTED),
        (Case("an authenticated variable is written with authentication only", write("Signed", 0, b""), extra=(SIGNED,)), PROTECTED),
    ],
    "change_rules": [
        (Case("volatile variables are read-only after the boot phase", write("Volatile", BS | RT, b""), extra=(VOLATILE,)), PROTECTED),
        (
            Case(
                "only what is stored and visible changes after the boot phase",
                write("Odd", 0, b""),
                extra=(Record(key("Odd"), Attributes(BS | RT), b"x"),),
            ),
            INVALID,
        ),
    ],
    "rewrite_rules": [
        (Case("the same value again is not written again", write("Stays", STORED, b"x"), extra=(STAYS,)), Status.SUCCESS),
        (
            Case(
                "a value does not grow beyond its limit",
                write("Stays", STORED | APPEND, large(LIMITS.variable_size, "Stays")[1:]),
                extra=(STAYS,),
            ),
            INVALID,
        ),
    ],
    "create_rules": [
        (Case("appending nothing creates nothing", write("N", STORED | APPEND, b"")), Status.SUCCESS),
        (Case("what is not there cannot be deleted", write("N", STORED, b"")), Status.NOT_FOUND),
        (Case("only what is stored and visible is created after the boot phase", write("N", NV | BS)), INVALID),
    ],
    "space_rules": [
        (
            Case("hardware error records fit what was set aside", write(ERROR, STORED | HR, bytes(0x4000)), WITH_ERRORS),
            FULL,
        ),
        (Case("stored variables fit their space", write("N", STORED, bytes(2000)), SMALL_STORE, runtime=False), FULL),
        (Case("after the boot phase they leave its reserve alone", write("N", STORED, bytes(2000)), RESERVING), FULL),
        (Case("what firmware does not know fits its own space", write("N", STORED, bytes(2000)), FOR_USERS), FULL),
    ],
    "query_rules": [
        (Case("a question has attributes", ask_room(0)), INVALID),
        (Case("count-based authentication is no more", ask_room(STORED | AW)), UNSUPPORTED),
        (Case("at least one attribute is known", ask_room(0x4000_0000), runtime=False), UNSUPPORTED),
        (Case("non-volatile alone means nothing", ask_room(NV), runtime=False), INVALID),
        (Case("runtime access needs boot access", ask_room(NV | RT)), INVALID),
        (Case("after the boot phase only visible variables are counted", ask_room(NV | BS)), INVALID),
        (Case("a hardware error record is stored", ask_room(BS | RT | HR), WITH_ERRORS), INVALID),
        (Case("authentication needs a firmware that was built with it", ask_room(STORED | AT), WITHOUT_AUTHENTICATION), UNSUPPORTED),
        (Case("a hardware error record needs storage that was set aside", ask_room(STORED | HR)), UNSUPPORTED),
    ],
}
ALL = [(table, case, status) for table, cases in CASES.items() for case, status in cases]
IDS = [case.sentence.replace(" ", "-") for _, case, _ in ALL]


def machine(case: Case, profile: Profile) -> Machine:
    built = Machine(profile, extra=case.extra, runtime=case.runtime)
    if any(record.key.name == "Odd" for record in case.extra):
        only = built.firmware.variables.volatile.store.remove(key("Odd"))
        built.firmware.variables.stored.write(only)
    return built


def state(machine: Machine) -> tuple[Any, ...]:
    variables = machine.firmware.variables
    return (tuple(variables.stored.store), tuple(variables.volatile.store), variables.stored.used, variables.volatile.used)


def outcome(case: Case, profile: Profile) -> tuple[Any, ...]:
    """Everything that a rule could change: the answer and what is stored."""
    built = machine(case, profile)
    return (built.ask(case.op), *state(built))


@pytest.mark.parametrize(("table", "case", "status"), ALL, ids=IDS)
def test_a_broken_rule_answers_as_its_row_says(table: str, case: Case, status: Status) -> None:
    rows = {rule.sentence: rule for rule in getattr(case.profile, table)}
    assert rows[case.sentence].status == status
    assert machine(case, case.profile).status(case.op) == status


@pytest.mark.parametrize(("table", "case", "status"), ALL, ids=IDS)
def test_without_the_row_something_else_happens(table: str, case: Case, status: Status) -> None:
    without = case.profile.quirk(table, case.sentence)
    assert outcome(case, without) != outcome(case, case.profile), f"nothing but the row {case.sentence!r} may refuse this"


@pytest.mark.parametrize(("table", "case", "status"), ALL, ids=IDS)
def test_a_quirk_is_a_changed_row(table: str, case: Case, status: Status) -> None:
    quirky = case.profile.quirk(table, case.sentence, Status.TIMEOUT)
    assert machine(case, quirky).status(case.op) == Status.TIMEOUT


@pytest.mark.parametrize(("table", "case", "status"), [entry for entry in ALL if entry[2] != Status.SUCCESS])
def test_what_is_refused_changes_nothing(table: str, case: Case, status: Status) -> None:
    built = machine(case, case.profile)
    before = state(built)
    assert built.status(case.op) == status
    stored, volatile, *used = state(built)
    assert [stored, volatile, *used][1:] == list(before[1:])
    assert [record for record in stored if record.key.name != "VarErrorFlag"] == [
        record for record in before[0] if record.key.name != "VarErrorFlag"
    ]


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())
@pytest.mark.parametrize("table", CASES)
def test_no_row_is_without_a_case_and_no_sentence_stands_twice(profile: Profile, table: str) -> None:
    sentences = [rule.sentence for rule in getattr(profile, table)]
    assert len(set(sentences)) == len(sentences)
    assert {case.sentence for case, _ in CASES[table]} == set(sentences)


def test_every_table_of_a_profile_has_cases() -> None:
    tables = {name for name, value in DEFAULT._asdict().items() if isinstance(value, tuple) and value and isinstance(value[0], Rule)}
    assert tables == set(CASES)


def test_a_quirk_of_a_row_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ValueError, match="no rule says 'nonsense'"):
        DEFAULT.quirk("query_rules", "nonsense")


def test_the_first_broken_rule_answers() -> None:
    rows: Rules[int] = (Rule("a", Status.TIMEOUT, lambda n: n > 1, ""), Rule("b", Status.ABORTED, lambda n: n > 0, ""))
    assert [first_broken(rows, n) for n in (0, 1, 2)] == [None, Status.ABORTED, Status.TIMEOUT]


FMP = Guid.parse("6dcbd5ed-e82d-4c44-bda1-7194199ad92a")
CAPSULES = [
    (VENDOR, POPULATE, INVALID),
    (VENDOR, INITIATE_RESET, INVALID),
    (FMP, PERSIST | POPULATE, INVALID),
    (VENDOR, PERSIST, UNSUPPORTED),
]


@pytest.mark.parametrize(("row", "guid", "flags", "status"), [(row, *case) for row, case in enumerate(CAPSULES)])
def test_a_capsule_rule_refuses_and_no_other_does(row: int, guid: Guid, flags: int, status: Status) -> None:
    offer = Offer(CapsuleHeader(guid, 28, flags, 28), DEFAULT)
    assert len(CAPSULES) == len(CAPSULE_RULES)
    broken = [rule for rule in CAPSULE_RULES if rule.broken(offer)]
    assert CAPSULE_RULES[row] in broken
    assert first_broken(CAPSULE_RULES, offer) == status


def test_every_row_names_its_source() -> None:
    for table in CASES:
        for rule in getattr(DEFAULT, table):
            assert "edk2 c5aa7e7d, " in rule.source, rule.sentence


def test_firmware_and_set_variable_are_the_types_under_test() -> None:
    assert SetVariable in Machine().firmware.carried
    assert isinstance(Machine().firmware, Firmware)
