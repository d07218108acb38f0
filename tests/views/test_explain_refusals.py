"""Why a write was refused: what the machine shows decides, and nothing that it contradicts is said."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from efirt.drivers.efivarfs.driver import _is_looked_at
from efirt.drivers.efivarfs.kernel import Manner
from efirt.errors import DriverError, EfirtError, FirmwareError, NotFound, Unsupported
from efirt.firmware import PROFILES
from efirt.firmware.profiles import DEFAULT, OVMF_2022_11
from efirt.firmware.quirks import with_quirks
from efirt.ops import Driver, GetVariable, Op, Reply, SetVariable
from efirt.ops.holder import Holder
from efirt.ops.road import Road
from efirt.runtime.efivarfs_simulated import under_linux
from efirt.runtime.services import Runtime
from efirt.values.attributes import Attributes
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from efirt.values.status import Status
from efirt.views.explain import Explanation, explain_refusal, explained
from efirt.views.explain_names import specified
from tests.firmware.machine import VENDOR, Machine
from tests.firmware.signing import DB, EXCHANGE, KEK, OWNER_CERTIFICATE, PK, STRANGER, WRITER, certificate, certificates, day, signed
from tests.views.explain_claims import ABSENT, MINE, PRIVATE, kept, keys, machine, ways

VOLATILE = Key("BootCurrent", GLOBAL)


class Refused(NamedTuple):
    """A write that was refused.

    Attributes:
        op: It.
        truth: What firmware itself answers.
        error: What it came back as.
        explanation: Why.
    """

    op: SetVariable
    truth: Status
    error: EfirtError
    explanation: Explanation | None


def refused(built: Machine, op: SetVariable, over: Callable[[Driver], Driver] = lambda driver: driver) -> Refused:
    """Have a write refused; the machine is as before."""
    restore = kept(built)()
    truth = built.status(op)
    restore()
    restore = kept(built)()
    runtime = Runtime(over(built.firmware))
    try:
        with pytest.raises(EfirtError) as raised:
            runtime._set(f"set {op.key}", op)
        return Refused(op, truth, raised.value, explain_refusal(runtime, raised.value))
    finally:
        restore()


def reason(built: Machine, op: SetVariable, over: Callable[[Driver], Driver] = lambda driver: driver) -> str:
    """The name of the first reason."""
    explanation = refused(built, op, over).explanation
    assert explanation is not None
    return explanation.reasons[0].name


def writes(built: Machine) -> Iterator[SetVariable]:
    """All ways to write all variables that the machine refuses, sensible and not."""
    for key in keys():
        there, entry = built.ask(GetVariable(key, 1 << 20)).attributes, specified(key)
        for attributes in {int(there or (entry.attributes if entry else 7)), 0x3, 0x27}:
            for action in ("create", "append", "delete"):
                yield from ways(key, action, attributes).values()


def refusals(built: Machine, over: Callable[[Driver], Driver] = lambda driver: driver) -> Iterator[Refused]:
    for op in writes(built):
        restore = kept(built)()
        is_refused = built.status(op).is_error
        restore()
        if is_refused:
            yield refused(built, op, over)


@pytest.mark.parametrize("state", ["user", "full"])
@pytest.mark.parametrize("profile", ["ovmf-2022.11", "ovmf-2025.02", "uefi-spec"])
def test_every_refusal_of_firmware_has_a_reason_and_an_answer_of_its_own(profile: str, state: str) -> None:
    without = []
    for one in refusals(machine(PROFILES[profile], state)):
        assert one.explanation is not None
        assert one.explanation.statuses == (one.truth,)
        if not one.explanation.reasons:
            without.append((one.op.key.name, str(one.truth), str(one.op.attributes)))
    assert without == []


def is_linux_s_own(one: Refused) -> bool:
    """Whether Linux did not ask: no such file, a descriptor that is no boot option, no room told for variables without RT."""
    bits = one.op.attributes
    is_odd = _is_looked_at(one.op.key) and bits & Attributes.AT
    return isinstance(one.error, NotFound) or bool(is_odd) or bits & 0x5 == Attributes.NV


def test_behind_a_number_of_linux_s_firmware_s_own_answer_is_among_those_named() -> None:
    firsts = []
    for one in refusals(machine(OVMF_2022_11, "user"), under_linux):
        assert one.explanation is not None
        if is_linux_s_own(one):
            continue
        assert one.truth in one.explanation.statuses or isinstance(one.error, DriverError), one
        firsts.append(one.explanation.statuses[:1] == (one.truth,))
    assert sum(firsts) > 0.9 * len(firsts)


def test_a_write_to_what_is_made_at_start_is_told_so_and_not_to_be_locked() -> None:
    explanation = refused(machine(OVMF_2022_11, "setup"), SetVariable(VOLATILE, Attributes(6), b"\1\0")).explanation
    assert explanation is not None
    assert ([one.name for one in explanation.reasons], explanation.is_certain) == (["volatile"], True)


def test_what_is_out_of_sight_is_named_only_where_nothing_is_seen() -> None:
    built = machine(OVMF_2022_11, "setup")
    stored = {record.key.name: record.key for record in built.firmware.variables.stored.store}
    assert reason(built, SetVariable(stored["MemoryTypeInformation"], Attributes(7), b"x")) == "hidden"
    assert reason(built, SetVariable(stored["MemoryTypeInformation"], Attributes(7), b"x"), under_linux) == "hidden"


@pytest.mark.parametrize(
    ("op", "name"),
    [
        (SetVariable(MINE, Attributes(3), b"x"), "other-attributes"),
        (SetVariable(ABSENT, Attributes(6), b"x"), "volatile-new"),
        (SetVariable(ABSENT, Attributes(3), b"x"), "hidden-new"),
        (SetVariable(ABSENT, Attributes(0x87), b"x"), "foreign-bits"),
        (SetVariable(ABSENT, Attributes(0x17), b"x"), "count-based"),
        (SetVariable(ABSENT, Attributes(0), b""), "absent"),
        (SetVariable(ABSENT, Attributes(7), bytes(40_000)), "too-large"),
        (SetVariable(ABSENT, Attributes(0x27), b"x"), "no-descriptor"),
        (SetVariable(Key("Foo", GLOBAL), Attributes(7), b"x"), "foreign-name"),
        (SetVariable(Key("BootNext", GLOBAL), Attributes(7), b"x"), "malformed"),
        (SetVariable(Key("SysPrepOrder", GLOBAL), Attributes(3), b"\1\0"), "hidden-new"),
        (SetVariable(PRIVATE, Attributes(7), b"x"), "unauthenticated"),
        (SetVariable(PRIVATE, Attributes(0), b""), "unauthenticated"),
        (SetVariable(DB, Attributes(7), b"x"), "unauthenticated"),
        (signed(DB, certificates(EXCHANGE), None, day(28)), "keys"),
        (signed(PK, certificates(EXCHANGE), None, day(28)), "owner"),
        (signed(DB, certificates(EXCHANGE), STRANGER, day(28), attributes=0x67), "other-signer"),
        (signed(KEK, certificates(EXCHANGE), EXCHANGE, day(28), attributes=0x67), "other-owner"),
        (signed(DB, certificates(EXCHANGE), OWNER_CERTIFICATE, day(1)), "older"),
        (signed(PRIVATE, b"x", STRANGER, day(28), attributes=0x67), "other-creator"),
        (signed(PRIVATE, b"x", WRITER, day(28, time_zone=60), attributes=0x67), "more-than-a-date"),
        (signed(KEK, certificates(certificate("x", curve=True)), OWNER_CERTIFICATE, day(28)), "other-list"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_mistake_is_named(op: SetVariable, name: str) -> None:
    assert reason(machine(OVMF_2022_11, "user"), op) == name


def test_the_first_platform_key_is_told_to_sign_itself() -> None:
    assert reason(machine(OVMF_2022_11, "setup"), signed(PK, certificates(OWNER_CERTIFICATE), None)) == "first-key"


def test_a_database_without_a_kek_is_told_of_that() -> None:
    op = signed(DB, certificates(EXCHANGE), EXCHANGE, day(28))
    assert reason(machine(OVMF_2022_11, "without KEK"), op) == "no-exchange-keys"


def test_a_full_store_tells_its_numbers() -> None:
    explanation = refused(machine(OVMF_2022_11, "full"), SetVariable(ABSENT, Attributes(7), bytes(500))).explanation
    assert explanation is not None
    assert explanation.reasons[0].name == "no-room"
    assert "514 bytes" in explanation.reasons[0].why


def test_a_policy_s_lock_is_possible_where_nothing_else_is_to_be_seen() -> None:
    built = machine(with_quirks(DEFAULT, f"policy:Mine-{VENDOR}/lock=created"), "setup")
    explanation = refused(built, SetVariable(MINE, Attributes(7), b"x")).explanation
    assert explanation is not None
    assert (explanation.reasons[0].name, explanation.is_certain) == ("locked", False)


def test_a_missing_service_is_read_from_firmware_s_table() -> None:
    assert reason(machine(with_quirks(DEFAULT, "no-set"), "setup"), SetVariable(MINE, Attributes(7), b"x")) == "no-writing"


def test_linux_s_number_is_told_by_name_with_the_answer_that_the_machine_shows() -> None:
    one = refused(machine(OVMF_2022_11, "setup"), SetVariable(Key("Foo", GLOBAL), Attributes(7), b"x"), under_linux)
    assert one.explanation is not None
    assert one.explanation.errno == 22
    assert one.explanation.statuses[0] == Status.INVALID_PARAMETER
    assert {Status.UNSUPPORTED, Status.ACCESS_DENIED} < {*one.explanation.statuses}
    assert one.explanation.told.startswith("firmware answered EFI_INVALID_PARAMETER, or another that Linux calls EINVAL (a namespace")


def test_a_deletion_that_linux_refuses_may_have_been_refused_for_anything() -> None:
    built = machine(with_quirks(DEFAULT, f"policy:Boot0001-{GLOBAL}/lock=now"), "setup")
    one = refused(built, SetVariable(Key("Boot0001", GLOBAL), Attributes(0), b""), under_linux)
    assert one.explanation is not None
    assert isinstance(one.error, FirmwareError)
    assert one.error.status == Status.INVALID_PARAMETER
    assert one.explanation.statuses[0] == one.truth == Status.WRITE_PROTECTED


def test_in_a_dom0_linux_s_number_may_be_xen_s() -> None:
    class Dom0(Holder):
        def road(self, _key: Key) -> Road:
            return Road(is_dom0=True)

    class Refusing(Holder):
        def call(self, op: Op) -> Reply:
            return Reply(Status.INVALID_PARAMETER, os_errno=22) if isinstance(op, SetVariable) else super().call(op)

    built = machine(OVMF_2022_11, "setup")
    for holder, expected in ((Dom0, True), (Holder, False)):
        driver = holder(Refusing(built.firmware))
        driver.name = "efivarfs"
        runtime = Runtime(driver)
        with pytest.raises(FirmwareError) as raised:
            runtime.set(MINE, b"x", force=True)
        explanation = explain_refusal(runtime, raised.value)
        assert explanation is not None
        assert ("behind-xen" in [one.name for one in explanation.reasons]) == expected


@pytest.mark.parametrize(
    ("manner", "name"), [(Manner(writable=False), "closed"), (Manner(root=False), "closed")], ids=["read-only", "not root"]
)
def test_a_refusal_of_the_road_s_asks_firmware_nothing(manner: Manner, name: str) -> None:
    built = machine(OVMF_2022_11, "setup")
    runtime = Runtime(under_linux(built.firmware, manner))
    with pytest.raises(DriverError) as raised:
        runtime.set(MINE, b"x", force=True)
    before = runtime.driver.files.calls  # type: ignore[attr-defined] # the simulated kernel counts
    explanation = explain_refusal(runtime, raised.value)
    assert explanation is not None
    assert explanation.reasons[0].name == name
    assert runtime.driver.files.calls == before  # type: ignore[attr-defined]


def test_what_goes_wrong_while_looking_leaves_the_first_error_as_it_is() -> None:
    class Dying(Holder):
        dead = False

        def call(self, op: Op) -> Reply:
            if self.dead:
                raise DriverError("power lost")
            self.dead = isinstance(op, SetVariable)
            return super().call(op)

    runtime = Runtime(Dying(machine(OVMF_2022_11, "user").firmware))
    with pytest.raises(FirmwareError) as raised:
        runtime.set(VOLATILE, b"\1\0", 6, force=True)
    explained(runtime, raised.value)
    assert raised.value.status == Status.WRITE_PROTECTED
    assert "power lost" not in str(raised.value)
    assert raised.value.explanation.reasons[0].name == "locked"
    assert raised.value.explanation.state.is_there is None


def test_nothing_is_written_to_find_out_why() -> None:
    asked: list[type[Op]] = []

    class Watching(Holder):
        def call(self, op: Op) -> Reply:
            asked.append(type(op))
            return super().call(op)

    built = machine(OVMF_2022_11, "user")
    for op in writes(built):
        restore = kept(built)()
        runtime = Runtime(Watching(built.firmware))
        try:
            runtime._set("set", op)
        except EfirtError as cause:
            asked.clear()
            explain_refusal(runtime, cause)
            assert SetVariable not in asked
        restore()


def test_an_absent_variable_is_explained_without_another_question() -> None:
    built = machine(OVMF_2022_11, "user")
    runtime = Runtime(built.firmware)
    with pytest.raises(NotFound) as raised:
        runtime.get(ABSENT)
    explanation = explain_refusal(Runtime(Holder(built.firmware)), raised.value)
    assert explanation is not None
    assert [one.name for one in explanation.reasons] == ["absent"]
    assert explanation.state.modes == {}


def test_a_firmware_that_gives_nothing_out_says_so_in_its_table() -> None:
    runtime = Runtime(machine(with_quirks(DEFAULT, "mask:0x3fef"), "setup").firmware)
    with pytest.raises(Unsupported) as raised:
        runtime.get(MINE)
    explanation = explain_refusal(runtime, raised.value)
    assert explanation is not None
    assert [one.name for one in explanation.reasons] == ["no-reading"]


def test_an_error_about_no_variable_is_not_explained() -> None:
    runtime = Runtime(machine(OVMF_2022_11, "setup").firmware)
    with pytest.raises(FirmwareError) as raised:
        runtime.query(0)
    assert explain_refusal(runtime, raised.value) is None
    explained(runtime, raised.value)
    assert raised.value.explanation is None


def test_an_explained_error_says_it_in_its_own_words() -> None:
    runtime = Runtime(machine(OVMF_2022_11, "setup").firmware)
    with pytest.raises(FirmwareError) as raised:
        runtime.set("BootCurrent", b"\1\0", 6, force=True)
    raised.value.message = f"before: {raised.value.message}; after"
    explained(runtime, raised.value)
    assert raised.value.message.startswith(f"before: set {VOLATILE}: firmware answered EFI_WRITE_PROTECTED (it is volatile (BS+RT)")
    assert raised.value.message.endswith("; after")
    assert raised.value.advice == ""


@pytest.mark.parametrize(
    ("status", "op", "name"),
    [
        (Status.SECURITY_VIOLATION, signed(Key("dbr", DB.guid), b"x", None), "unsigned"),
        (Status.OUT_OF_RESOURCES, SetVariable(MINE, Attributes(7), b"x"), "fuller"),
        (Status.INVALID_PARAMETER, SetVariable(MINE, Attributes(7), b"x"), "demands"),
        (Status.UNSUPPORTED, SetVariable(MINE, Attributes(7), b"x"), "not-at-runtime"),
        (Status.DEVICE_ERROR, SetVariable(MINE, Attributes(7), b"x"), "flash"),
        (Status.INVALID_PARAMETER, SetVariable(Key("SysPrepOrder", GLOBAL), Attributes(0xF), b"\1\0"), "other-than-specified"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_answer_that_nothing_foretold_has_a_reason_that_can_be(status: Status, op: SetVariable, name: str) -> None:
    class Refusing(Holder):
        def call(self, op: Op) -> Reply:
            return Reply(status) if isinstance(op, SetVariable) else super().call(op)

    runtime = Runtime(Refusing(machine(OVMF_2022_11, "setup").firmware))
    with pytest.raises(FirmwareError) as raised:
        runtime._set("set", op)
    explanation = explain_refusal(runtime, raised.value)
    assert explanation is not None
    assert name in [one.name for one in explanation.reasons]
