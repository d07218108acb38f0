"""Variable policies, as the platform's drivers register, disable and lock them, and as they are written in a driver's name."""

import pytest

from efirt.firmware import PROFILES
from efirt.firmware.known import LOCKED_BY_BOOT_MANAGER
from efirt.firmware.phases import Phase
from efirt.firmware.policies import Policy, PolicyBook, State
from efirt.firmware.quirks import with_quirks
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.values.status import Status
from tests.firmware.machine import VENDOR, Machine, key, write
from tests.firmware.signing import PK, Believing, certificate, certificates, day, signed

EDK2 = PROFILES["edk2"]
STORED = 7
SUCCESS, INVALID, PROTECTED = Status.SUCCESS, Status.INVALID_PARAMETER, Status.WRITE_PROTECTED
FOUR = Policy(VENDOR, "T", 4, 4)
OWN = certificate("own")


def starting() -> Machine:
    machine = Machine(EDK2._replace(policies_may_end=True), verifier=Believing())
    machine.firmware.boot(Phase.DRIVERS)
    return machine


def test_a_policy_of_a_driver_counts_when_the_drivers_have_run_and_in_this_boot_only() -> None:
    machine = starting()
    assert machine.firmware.policies.register(FOUR) == SUCCESS
    assert machine.status(write("T", STORED, b"early")) == SUCCESS
    machine.firmware.step()
    assert machine.status(write("T", STORED, b"fiver")) == INVALID
    assert machine.status(write("T", STORED, b"four")) == SUCCESS
    machine.firmware.exit_boot_services()
    assert machine.status(write("T", STORED, b"fiver")) == INVALID
    machine.firmware.reset()
    assert machine.status(write("T", STORED, b"fiver")) == SUCCESS


def test_a_platform_s_own_policies_are_there_in_every_boot() -> None:
    machine = Machine(EDK2._replace(policies=(FOUR,)))
    for _ in range(2):
        assert machine.status(write("T", STORED, b"fiver")) == INVALID
        machine.firmware.reset()


def test_policies_are_locked_when_the_drivers_have_run() -> None:
    machine = starting()
    machine.firmware.step()
    book = machine.firmware.policies
    assert book.register(FOUR) == book.disable() == book.lock() == PROTECTED
    assert book.enforced


def test_a_driver_may_lock_them_earlier() -> None:
    book = starting().firmware.policies
    assert book.lock() == SUCCESS
    assert book.lock() == book.register(FOUR) == book.disable() == PROTECTED


def test_a_policy_that_makes_no_sense_or_is_there_is_refused() -> None:
    book = PolicyBook()
    assert book.register(FOUR._replace(largest=0)) == INVALID
    assert book.register(FOUR._replace(name="#" * 256)) == INVALID
    assert book.register(FOUR._replace(name="#" * 255)) == SUCCESS
    assert book.register(FOUR) == SUCCESS
    assert book.register(FOUR._replace(smallest=1)) == Status.ALREADY_STARTED
    assert book.register(FOUR._replace(guid=Guid(bytes(16)))) == SUCCESS
    assert book.register(FOUR._replace(name="")) == SUCCESS


def test_policies_can_be_switched_off_until_the_next_boot_where_the_platform_lets_it() -> None:
    machine = starting()
    book = machine.firmware.policies
    book.register(FOUR)
    assert book.disable() == SUCCESS
    assert book.disable() == Status.ALREADY_STARTED
    machine.firmware.step()
    assert machine.status(write("T", STORED, b"fiver")) == SUCCESS
    for locked in LOCKED_BY_BOOT_MANAGER & {Key("HwErrRecSupport", PK.guid)}:
        assert machine.status(write(locked, STORED, bytes(2))) == SUCCESS
        machine.firmware.reset()
        assert machine.status(write(locked, STORED, bytes(2))) == PROTECTED
    assert PolicyBook().disable() == PROTECTED


def test_while_policies_are_off_a_removal_needs_no_signature_but_a_later_time() -> None:
    machine = Machine(with_quirks(EDK2, "variable-policy-disabled,user-absent"), verifier=Believing())
    assert machine.status(signed(key("P"), b"v", OWN, day(5))) == SUCCESS
    nobody = certificate("nobody")
    assert machine.status(signed(key("P"), b"w", nobody, day(8))) == Status.SECURITY_VIOLATION
    assert machine.status(signed(key("P"), b"", nobody, day(4))) == Status.SECURITY_VIOLATION
    assert machine.status(signed(key("P"), b"", nobody, day(8), attributes=0x67)) == Status.SECURITY_VIOLATION
    assert machine.status(signed(key("P"), b"", nobody, day(9))) == SUCCESS
    assert machine.data("P") is None


def test_while_policies_count_a_removal_by_nobody_is_refused() -> None:
    machine = Machine(with_quirks(EDK2, "user-absent"), verifier=Believing())
    assert machine.status(signed(key("P"), b"v", OWN, day(5))) == SUCCESS
    assert machine.status(signed(key("P"), b"", certificate("nobody"), day(9))) == Status.SECURITY_VIOLATION


def test_the_platform_key_goes_too_while_policies_are_off() -> None:
    machine = Machine(with_quirks(EDK2, "variable-policy-disabled"), verifier=Believing())
    assert machine.status(signed(PK, certificates(OWN), OWN, day(1))) == SUCCESS
    assert machine.status(signed(PK, b"", certificate("nobody"), day(2))) == SUCCESS
    assert machine.data(PK) is None


def test_a_policy_of_a_size_counts_for_attributes_0_with_a_value_and_not_for_a_deletion() -> None:
    machine = Machine(EDK2._replace(policies=(FOUR._replace(must_have=1),)))
    assert machine.status(write("T", STORED, b"four")) == SUCCESS
    assert machine.status(write("T", 0, b"fiver")) == INVALID
    assert machine.status(write("T", 0, b"four")) == INVALID
    assert machine.status(write("T", 0, b"")) == SUCCESS


def test_a_wild_card_stands_for_a_digit_and_not_for_itself() -> None:
    policy = Policy(VENDOR, "T#")
    assert [policy.wildness(key(name)) for name in ("T1", "Ta", "T#", "Tg", "T")] == [1, 1, None, None, None]


# As they are written


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        (f"T-{VENDOR}", Policy(VENDOR, "T")),
        (f"*-{VENDOR}/max=0x10", Policy(VENDOR, largest=16)),
        (f"T-{VENDOR}/min=4/max=4", FOUR),
        (f"T-{VENDOR}/must=NV+RT/cannot=AT", Policy(VENDOR, "T", must_have=5, cannot_have=0x20)),
        (f"T-{VENDOR}/lock=now", Policy(VENDOR, "T", locks_now=True)),
        (f"T-{VENDOR}/lock=created", Policy(VENDOR, "T", locks_once_there=True)),
        (f"T-{VENDOR}/lock=S-{VENDOR}=255", Policy(VENDOR, "T", locks_by=State(key("S"), 255))),
        (f"Boot####-{VENDOR}", Policy(VENDOR, "Boot####")),
    ],
)
def test_a_policy_is_read_as_it_is_written(text: str, policy: Policy) -> None:
    assert Policy.parse(text) == policy


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"T-{VENDOR}/size=4", "'size=4' is no demand of a policy: write min=, max="),
        (f"T-{VENDOR}/lock=later", "'later' is no lock of a policy"),
        (f"T-{VENDOR}/lock=S-{VENDOR}=256", "is no lock of a policy"),
        (f"T-{VENDOR}/must=WET", "'WET' is not a variable attribute"),
        ("", "does not name a variable"),
    ],
)
def test_a_policy_that_reads_otherwise_is_an_error(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Policy.parse(text)
