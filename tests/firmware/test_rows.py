"""Every row of every table: what it refuses, and that it is this row that refuses it."""

from hashlib import sha256
from typing import Any, NamedTuple

import pytest

from efirt.firmware import DEFAULT, PROFILES, Firmware, Profile
from efirt.firmware.capsule import CAPSULE_RULES, INITIATE_RESET, PERSIST, POPULATE, Offer
from efirt.firmware.modes import AUDIT_MODE, DEPLOYED_MODE
from efirt.firmware.namespaces import CUSTOM_MODE
from efirt.firmware.phases import Phase
from efirt.firmware.policies import Policy, State
from efirt.firmware.profiles import EDK2
from efirt.firmware.rule import Rule, Rules, first_broken
from efirt.firmware.secure_boot import CERTDB
from efirt.ops import GetNextVariableName, Op, QueryVariableInfo, SetVariable
from efirt.ops.miscellaneous import CapsuleHeader
from efirt.payloads.certificate import Certificate
from efirt.payloads.certificate_database import CertificateDatabase
from efirt.payloads.signature_list import SHA256, Signature, SignatureList
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.guid_names import HARDWARE_ERROR
from efirt.values.key import Key
from efirt.values.status import Status
from tests.firmware.machine import VENDOR, Machine, key, well_known, write
from tests.firmware.signing import (
    DB,
    EXCHANGE,
    KEK,
    OWNER,
    OWNER_CERTIFICATE,
    PK,
    SIGNED,
    STRANGER,
    WRITER,
    Believing,
    certificate,
    certificates,
    day,
    digests,
    signed,
)

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
SEALED = Record(key("Signed"), Attributes(STORED | AT), b"x")
ODD = Record(key("Odd"), Attributes(NV | RT), b"x")
ERROR = Key("HwErrRec0001", HARDWARE_ERROR)


ABSENT = DEFAULT._replace(user_present=False)
SPECIFIED = PROFILES["uefi-spec"]
OWNED = (
    Record(PK, Attributes(SIGNED), certificates(OWNER_CERTIFICATE), day(1)),
    Record(KEK, Attributes(SIGNED), certificates(EXCHANGE), day(1)),
    Record(DB, Attributes(SIGNED), digests(1), day(5)),
)
ONLY_OWNED = OWNED[:1]
DEPLOYED = (*ONLY_OWNED, Record(DEPLOYED_MODE, Attributes(6), b"\x01"))
PRIVATE = key("Private")
WRITTEN = Record(PRIVATE, Attributes(SIGNED), b"x", day(5))
LATE = day(9)


def bound(by: bytes) -> Record:
    """certdb, where somebody is noted for the private variable."""
    parsed = Certificate.decode(by)
    writer = sha256((parsed.common_name or b"") + parsed.tbs).digest()
    return Record(CERTDB, Attributes(SIGNED), CertificateDatabase().binding(PRIVATE, writer).encode())


def _with(policy: Policy) -> Profile:
    return DEFAULT._replace(policies=(policy,))


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
READING = DEFAULT._replace(last_phase=Phase.READING)

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
        (Case("a policy demands attributes", write("N", NV | BS | RT), _with(Policy(VENDOR, cannot_have=RT))), INVALID),
        (Case("a policy demands a size", write("N", STORED, bytes(5)), _with(Policy(VENDOR, smallest=4, largest=4))), INVALID),
        (Case("what a policy locks at once stays as it is", write("N1", STORED), _with(Policy(VENDOR, "N#", locks_now=True))), PROTECTED),
        (
            Case(
                "what a policy locks once it is there stays as it is",
                write("Stays", STORED, b"new"),
                _with(Policy(VENDOR, "Stays", locks_once_there=True)),
                (STAYS,),
            ),
            PROTECTED,
        ),
        (
            Case(
                "what another variable locks stays as it is",
                write("N", STORED),
                _with(Policy(VENDOR, "N", locks_by=State(key("Stays"), ord("x")))),
                (STAYS,),
            ),
            PROTECTED,
        ),
        (Case("what is hidden after the boot phase cannot be written then", write("Hidden", 0, b""), extra=(HIDDEN,)), PROTECTED),
        (Case("a variable keeps its attributes", write("Stays", NV | BS, b"new"), extra=(STAYS,)), INVALID),
    ],
    "authentication_rules": [
        (
            Case("only a user who is there switches Secure Boot", write(Key("CustomMode", CUSTOM_MODE), NV | BS), ABSENT, runtime=False),
            VIOLATION,
        ),
        (Case("count-based authentication is no more", write("N", BS | AW, bytes(560)), runtime=False), UNSUPPORTED),
        (Case("an authenticated variable is written with authentication only", write("Signed", 0, b""), extra=(SEALED,)), PROTECTED),
    ],
    "key_rules": [
        (Case("the Secure Boot variables are stored and authenticated", write(DB, 0, b"")), INVALID),
    ],
    "signature_rules": [
        (
            Case("a signature's time is a date and a time of day alone", signed(PRIVATE, b"v", time=day(9, nanosecond=1))),
            VIOLATION,
        ),
        (Case("a signature is later than the one before", signed(DB, digests(2), EXCHANGE, day(5)), extra=OWNED), VIOLATION),
        (Case("a signature is PKCS#7", signed(PRIVATE, b"v", kind=0x0EF0)), VIOLATION),
        (
            Case(
                "a signature is in a form, and by a digest, that firmware takes",
                signed(DB, digests(2), EXCHANGE, LATE, digest="sha1"),
                extra=OWNED,
            ),
            VIOLATION,
        ),
    ],
    "platform_rules": [
        (Case("the signer is the platform key itself, not one that it issued", signed(KEK, b"", EXCHANGE, LATE), extra=OWNED), VIOLATION),
        (
            Case("the signature is the signer's, over this write", signed(KEK, b"", OWNER_CERTIFICATE, LATE, spoiled=True), extra=OWNED),
            VIOLATION,
        ),
    ],
    "exchange_rules": [
        (Case("there are key exchange keys", signed(DB, digests(2), EXCHANGE, LATE), extra=ONLY_OWNED), Status.NOT_FOUND),
        (Case("one of them, or one it issued, signed this write", signed(DB, digests(2), STRANGER, LATE), extra=OWNED), VIOLATION),
    ],
    "private_rules": [
        (
            Case(
                "who is noted as a private variable's creator writes it, with the same digest",
                signed(PRIVATE, b"v", STRANGER, LATE),
                extra=(WRITTEN, bound(WRITER)),
            ),
            VIOLATION,
        ),
        (
            Case("the signature is the signer's, over this write", signed(PRIVATE, b"v", spoiled=True)),
            VIOLATION,
        ),
    ],
    "self_rules": [
        (Case("a platform key is signed by itself", signed(PK, certificates(OWNER_CERTIFICATE), STRANGER)), VIOLATION),
    ],
    "list_rules": [
        (Case("keys come in signature lists", signed(DB, b"no list", None)), INVALID),
        (Case("the kinds of signature lists are known", signed(DB, bytes(16) + digests(1)[16:], None)), INVALID),
        (
            Case("an entry has the size of its kind", signed(DB, SignatureList.of(SHA256, Signature(OWNER, bytes(31))).encode(), None)),
            INVALID,
        ),
        (Case("no kind of list has a header", signed(DB, SignatureList(SHA256, 48, bytes(48), b"head").encode(), None)), INVALID),
        (
            Case("the first certificate of a list has a key for RSA", signed(DB, certificates(certificate("curve", curve=True)), None)),
            INVALID,
        ),
        (
            Case("there is one platform key", signed(PK, certificates(OWNER_CERTIFICATE, STRANGER), None), EDK2),
            INVALID,
        ),
    ],
    "mode_rules": [
        (Case("modes change in the boot phase only", write(AUDIT_MODE, BS | RT, b"\x01"), SPECIFIED), PROTECTED),
        (Case("audit begins in setup or user mode", write(AUDIT_MODE, BS | RT, b"\x01"), SPECIFIED, DEPLOYED, runtime=False), PROTECTED),
        (Case("deployment begins in user mode", write(DEPLOYED_MODE, BS | RT, b"\x01"), SPECIFIED, runtime=False), PROTECTED),
        (Case("a mode is not deleted", write(AUDIT_MODE, BS | RT, b""), SPECIFIED, runtime=False), PROTECTED),
        (Case("a mode is entered, not left, by writing it", write(AUDIT_MODE, BS | RT, b"\0"), SPECIFIED, runtime=False), INVALID),
    ],
    "next_rules": [
        (Case("the name that is handed in ends in its buffer", GetNextVariableName(key("Stays"), 4), extra=(STAYS,)), INVALID),
        (Case("the name that is handed in is a variable's", GetNextVariableName(key("Nobody"))), INVALID),
    ],
    "early_rules": [
        (Case("nothing is stored before firmware can write to its flash", write("N", STORED), READING), Status.NOT_AVAILABLE_YET),
        (Case("nothing that is stored is deleted before that", write("Stays", 0), READING, (STAYS,)), UNSUPPORTED),
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
        (Case("every attribute is known", ask_room(STORED | 0x100), SPECIFIED), INVALID),
    ],
}
ALL = [(table, case, status) for table, cases in CASES.items() for case, status in cases]
IDS = [case.sentence.replace(" ", "-") for _, case, _ in ALL]


def machine(case: Case, profile: Profile) -> Machine:
    built = Machine(profile, extra=case.extra, runtime=case.runtime, verifier=Believing())
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
    assert {case.sentence for case, _ in CASES[table]} >= set(sentences)


@pytest.mark.parametrize("table", CASES)
def test_no_case_is_without_a_row(table: str) -> None:
    sentences = {rule.sentence for profile in PROFILES.values() for rule in getattr(profile, table)}
    assert {case.sentence for case, _ in CASES[table]} == sentences


def test_every_table_of_a_profile_has_cases() -> None:
    tables = {*DEFAULT.tables}
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
            assert "edk2 c5aa7e7d, " in rule.source or "UEFI 2.10 §" in rule.source, rule.sentence


def test_firmware_and_set_variable_are_the_types_under_test() -> None:
    assert SetVariable in Machine().firmware.carried
    assert isinstance(Machine().firmware, Firmware)
