"""The composition xen:simulated: its options, and any driver behind a simulated Xen."""

import pytest

import efirt
from efirt import Attributes, HypervisorError, NotCarried, Runtime, Status
from efirt.ops import OPERATIONS, FirmwareInfo, FirmwareInfoIndex, GetTime, GetVariable, QueryVariableInfo, Reply, VariableInfo
from efirt.runtime.xen_simulated import behind_xen, carries, find
from tests.runtime.fakes import FOUND, Scripted, answering, key, plain


@pytest.mark.parametrize(
    ("text", "revision"),
    [("2.70", 0x00020046), ("2.7", 0x00020046), ("2.3.1", 0x0002001F), ("2.31", 0x0002001F), ("1.10", 0x0001000A), ("2.100", 0x00020064)],
)
def test_a_revision_is_written_as_people_write_it(text: str, revision: int) -> None:
    with efirt.open(f"xen:simulated?revision={text}") as runtime:
        facts = runtime.call(FirmwareInfo(FirmwareInfoIndex.VERSION)).facts
        assert facts is not None
        assert facts.revision == revision


@pytest.mark.parametrize("text", ["", "2", "2.", ".7", "2.7.1.1", "-2.7", "99999.1", "2.99999", "two"])
def test_a_revision_that_is_none_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a firmware revision: write it as 2.70 or 1.10"):
        efirt.open(f"xen:simulated?revision={text}")


@pytest.mark.parametrize("word", ["on", "yes", "1", "true", "ON", "True"])
def test_a_switch_is_on(word: str) -> None:
    with efirt.open(f"xen:simulated?rs={word}") as runtime:
        assert runtime.info().reachable


@pytest.mark.parametrize(
    ("option", "errno", "words"),
    [
        ("rs=off", 95, "efi=no-rs"),
        ("efi=off", 38, "not booted through EFI"),
        ("dom0=off", 1, "not dom0"),
        ("policy=off", 1, "policy"),
        ("abi=0x03000000", 13, "another version"),
    ],
)
def test_each_switch_has_its_number_and_sentence(option: str, errno: int, words: str) -> None:
    with efirt.open(f"xen:simulated?{option}", inactive=True) as runtime, pytest.raises(HypervisorError) as refusal:
        runtime.get("BootOrder")
    assert refusal.value.errno == errno
    assert words in str(refusal.value)


def test_what_it_says_it_carries_is_what_it_carries() -> None:
    carried, refused = carries()
    assert carried | refused.keys() == frozenset(OPERATIONS)
    with efirt.open("xen:simulated") as runtime:
        assert runtime.driver.carried == carried
    assert find().applies


def test_a_firmware_without_a_service_is_unsupported_behind_xen() -> None:
    driver = behind_xen(plain())
    assert driver.call(GetTime()).status == Status.UNSUPPORTED
    assert driver.call(GetVariable(key("A"))) == FOUND


def test_the_snapshot_is_taken_when_xen_starts_unless_it_is_given() -> None:
    then = Reply(Status.SUCCESS, storage=VariableInfo(3, 2, 1))
    now = Reply(Status.SUCCESS, storage=VariableInfo(30, 20, 10))
    ask = QueryVariableInfo(Attributes(7), boot_snapshot=True)
    assert behind_xen(answering(then, for_=QueryVariableInfo, ever=now)).call(ask).storage == (3, 2, 1)
    assert behind_xen(answering(for_=QueryVariableInfo, ever=now), snapshot=then).call(ask).storage == (3, 2, 1)
    assert behind_xen(plain()).call(ask) == Reply(Status.INCOMPATIBLE_VERSION)


def test_its_name_can_be_another() -> None:
    driver = behind_xen(Scripted({}), name="xen:mine")
    assert Runtime(driver).name == "xen:mine"
    with pytest.raises(NotCarried, match="xen:mine"):
        Runtime(driver).tables()
