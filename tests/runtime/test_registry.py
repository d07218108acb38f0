"""Names to drivers: by name, by choice, switched off, unknown."""

import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import pytest

import efirt
from efirt import DriverError, HypervisorError, NoDriver, PermissionDenied
from efirt.ops import Finding, Op, Probe, Reply
from efirt.runtime import choice, registry
from efirt.runtime.choice import choose, reports
from efirt.runtime.registry import Address, Entry, open_driver, switched_off
from tests.runtime.fakes import FOUND, Scripted

pytestmark = pytest.mark.usefixtures("no_choice")


class LiveModule(ModuleType):
    """A driver module such as a live one, whose answers a test says."""

    def __init__(self, probed: Reply | BaseException, finding: Finding | DriverError) -> None:
        super().__init__("live_module")
        self.probed, self.finding = probed, finding
        self.opened: list[Scripted] = []

    def open_driver(self, _argument: str, _options: Mapping[str, str]) -> Scripted:
        def probe(_op: Probe) -> Reply:
            if isinstance(self.probed, BaseException):
                raise self.probed
            return self.probed

        self.opened.append(Scripted({Probe: probe}, "live"))
        return self.opened[-1]

    def find(self) -> Finding:
        if isinstance(self.finding, DriverError):
            raise self.finding
        return self.finding

    def carries(self) -> tuple[frozenset[type[Op]], Mapping[type[Op], str]]:
        return frozenset({Probe}), {}


def use(monkeypatch: pytest.MonkeyPatch, *modules: LiveModule) -> None:
    monkeypatch.setenv(registry.DISABLE, "")
    for number, module in enumerate(modules):
        monkeypatch.setitem(sys.modules, f"live_module_{number}", module)
    entries = [Entry(f"live{number}", "a test's", f"live_module_{number}", live=True, probed=True) for number in range(len(modules))]
    monkeypatch.setattr(registry, "BUILTIN", (*entries, *(entry for entry in registry.BUILTIN if not entry.live)))


APPLIES = Finding(applies=True, reason="here it is")
ABSENT = Finding(applies=False, reason="it is not here", advice="bring it")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("xen", ("xen", "", {})),
        ("xen:privcmd", ("xen", "privcmd", {})),
        ("xen:simulated?rs=off&efi=on", ("xen", "simulated", {"rs": "off", "efi": "on"})),
        ("simulated?vars=/a:b=c?d", ("simulated", "", {"vars": "/a:b=c?d"})),
        ("a?x=", ("a", "", {"x": ""})),
        ("", ("", "", {})),
    ],
)
def test_a_name_is_taken_apart(text: str, address: tuple[str, str, Mapping[str, str]]) -> None:
    assert Address.parse(text) == address


@pytest.mark.parametrize("text", ["a?x", "a?=1", "a?x=1&x=2", "a?x=1&", "a?&"])
def test_options_without_a_value_or_twice_are_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="does not name a driver: write NAME:ARGUMENT"):
        Address.parse(text)


def test_a_driver_is_opened_by_name(name: str) -> None:
    with efirt.open(name) as runtime:
        assert runtime.name == name
        assert list(runtime.names())


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(
        NoDriver, match="there is no driver 'plan9'; the drivers are xen, efivarfs, efi_test, freebsd, netbsd, xen:simulated, "
    ):
        efirt.open("plan9")


@pytest.mark.parametrize(
    "text",
    [
        "xen:simulated?nonsense=1",
        "xen:simulated?rs=maybe",
        "xen:simulated?revision=x",
        "xen:simulated?abi=x",
        "simulated?nonsense=1",
        "simulated:x?vars=y",
    ],
)
def test_an_option_that_makes_no_sense_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"option|switch|revision|interface version"):
        efirt.open(text)


@pytest.mark.parametrize("option", ["rs=off", "efi=off", "dom0=off", "policy=off", "abi=0x03000000"])
def test_a_simulated_xen_that_refuses_opens_inactive_only_and_says_why_in_each_call(option: str) -> None:
    with pytest.raises(NoDriver, match="does not apply here") as not_opened:
        efirt.open(f"xen:simulated?{option}")
    assert not_opened.value.advice
    with efirt.open(f"xen:simulated?{option}", inactive=True) as runtime:
        with pytest.raises(HypervisorError) as refusal:
            runtime.get("BootOrder")
        assert refusal.value.advice
        info = runtime.info()
        assert not info.reachable
        assert info.state in refusal.value.message or info.state


def test_a_driver_that_is_switched_off_says_by_what_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(registry.DISABLE, "other, simulated")
    for opened in (lambda: efirt.open("simulated"), lambda: efirt.attach("simulated"), lambda: efirt.open("simulated?profile=x")):
        with pytest.raises(
            NoDriver, match=r"the driver simulated.* is switched off by EFIRT_DISABLE=other, simulated; take simulated out of"
        ):
            opened()
    efirt.open("xen:simulated").close()


def test_switching_off_a_family_switches_off_its_members_and_names_the_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(registry.DISABLE, "xen")
    with pytest.raises(NoDriver, match="the driver xen:simulated is switched off by EFIRT_DISABLE=xen; take xen out of EFIRT_DISABLE"):
        efirt.open("xen:simulated")


def test_a_member_can_be_switched_off_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(registry.DISABLE, "xen:simulated")
    assert switched_off("xen:simulated", live=False) is not None
    assert switched_off("xen", live=True) is None


def test_live_switches_off_what_reaches_a_real_machine_and_nothing_else() -> None:
    with pytest.raises(NoDriver, match=r"with every driver that reaches this machine's firmware.*; take live out of EFIRT_DISABLE"):
        efirt.open("xen")
    assert switched_off("simulated", live=False) is None


def test_a_switched_off_driver_is_listed_as_such() -> None:
    report = next(report for report in reports() if report.name == "xen")
    assert not report.finding.applies
    assert "switched off" in report.finding.reason
    assert report.finding.advice


def test_every_built_in_driver_is_listed_with_what_it_carries() -> None:
    listed = {report.name: report for report in efirt.available_drivers()}
    assert list(listed)[:6] == ["xen", "efivarfs", "efi_test", "freebsd", "netbsd", "xen:simulated"]
    for report in listed.values():
        assert report.finding.reason
        assert not report.carried & report.refused.keys()
    for name in ("simulated", "xen:simulated", "efivarfs:simulated", "efi_test:simulated", "freebsd:simulated", "netbsd:simulated"):
        with efirt.open(name) as runtime:
            assert runtime.driver.carried == listed[name].carried, name


def test_the_environment_chooses_the_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(choice.CHOOSE, " xen:simulated ")
    with efirt.open() as runtime:
        assert runtime.name == "xen:simulated"


@pytest.mark.parametrize("chosen", ["plan9", "xen"])
def test_an_error_about_a_driver_from_the_environment_says_where_it_was_named(chosen: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(choice.CHOOSE, chosen)
    with pytest.raises(NoDriver, match=r"\(named by EFIRT_DRIVER\); "):
        efirt.open()
    with pytest.raises(NoDriver) as refusal:
        efirt.open("plan10")
    assert "EFIRT_DRIVER" not in str(refusal.value)


def test_a_simulated_driver_is_never_chosen_by_itself() -> None:
    with pytest.raises(NoDriver) as refusal:
        choose()
    said = str(refusal.value)
    assert said.startswith("no driver reaches this machine's firmware (xen: switched off")
    assert "take live out of EFIRT_DISABLE, or use a simulated driver; or name one, such as --driver xen:simulated" in said


def test_the_first_live_driver_that_applies_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    absent, first, second = LiveModule(FOUND, ABSENT), LiveModule(FOUND, APPLIES), LiveModule(FOUND, APPLIES)
    use(monkeypatch, absent, first, second)
    assert choose() == "live1"
    efirt.open().close()
    assert (absent.opened, second.opened) == ([], [])
    assert [driver.closed for driver in first.opened] == [1]


def test_where_none_applies_each_reason_and_advice_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, LiveModule(FOUND, ABSENT), LiveModule(FOUND, DriverError("no memory for it", "raise the limit")))
    with pytest.raises(NoDriver, match=r"\(live0: it is not here; live1: no memory for it\); bring it; or raise the limit; or name one"):
        efirt.open()


def test_a_driver_of_another_system_is_neither_chosen_nor_named_among_the_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, ours, also_ours = LiveModule(FOUND, APPLIES), LiveModule(FOUND, ABSENT), LiveModule(FOUND, ABSENT)
    use(monkeypatch, theirs, ours, also_ours)
    first, *rest = registry.BUILTIN
    monkeypatch.setattr(registry, "BUILTIN", (first._replace(system="plan9"), *rest))
    with pytest.raises(NoDriver) as refusal:
        efirt.open()
    assert "live0" not in str(refusal.value)
    assert str(refusal.value).count("bring it") == 1
    efirt.open(inactive=True).close()
    assert (len(theirs.opened), len(ours.opened)) == (0, 1)
    efirt.open("live0").close()


def test_each_driver_of_one_system_says_which() -> None:
    systems = {entry.name: entry.system for entry in registry.BUILTIN if entry.live}
    assert systems == {"xen": "", "efivarfs": "linux", "efi_test": "linux", "freebsd": "freebsd", "netbsd": "netbsd"}


@pytest.mark.parametrize(
    "failure", [HypervisorError("Xen said no", "ask again", errno=95), DriverError("no road"), OSError("disk"), KeyboardInterrupt()]
)
def test_a_driver_whose_probe_fails_is_closed(failure: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    module = LiveModule(failure, APPLIES)
    use(monkeypatch, module)
    expected: Any = NoDriver if isinstance(failure, DriverError) else type(failure)
    for opened in (lambda: efirt.open("live0"), lambda: efirt.attach("live0"), efirt.open):
        with pytest.raises(expected):
            opened()
    assert [driver.closed for driver in module.opened] == [1, 1, 1]
    with pytest.raises(NoDriver, match="no driver is attached"):
        efirt.active().get("A")


def test_a_failed_probe_keeps_the_numbers_of_its_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, LiveModule(HypervisorError("Xen said no", "ask again", errno=95, os_errno=45), APPLIES))
    with pytest.raises(NoDriver, match="the driver live0 does not apply here: Xen said no; ask again") as refusal:
        efirt.open("live0")
    assert (refusal.value.errno, refusal.value.os_errno) == (95, 45)


def test_a_closed_road_stays_a_question_of_permission(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, LiveModule(PermissionDenied("closed", "be root"), APPLIES))
    with pytest.raises(PermissionDenied):
        efirt.open("live0")


def test_an_inactive_driver_can_be_opened_to_learn_what_it_still_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    module = LiveModule(DriverError("no runtime services"), APPLIES)
    use(monkeypatch, module)
    with efirt.open("live0", inactive=True) as runtime:
        assert runtime.info().state == "no runtime services"
    assert module.opened[0].closed == 1


def test_a_driver_that_cannot_even_look_is_one_line_of_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, LiveModule(FOUND, DriverError("no memory for it", "raise the limit")))
    assert reports()[0].finding == Finding(applies=False, reason="no memory for it", advice="raise the limit")


def test_opening_and_probing_close_nothing_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    module = LiveModule(FOUND, APPLIES)
    use(monkeypatch, module)
    assert open_driver("live0") is module.opened[0]
    assert module.opened[0].closed == 0
