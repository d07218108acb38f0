"""The process' own stack, behind efirt.attach, efirt.detach and efirt.active."""

import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

import efirt
from efirt import DriverError, NoDriver
from efirt.runtime import registry
from efirt.runtime.active import STACK, Nothing
from efirt.runtime.registry import Entry
from tests.runtime.fakes import Scripted, key, plain

pytestmark = pytest.mark.usefixtures("no_choice")


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    assert isinstance(STACK.active, Nothing)
    yield
    assert isinstance(STACK.active, Nothing)


def test_a_driver_is_attached_by_name_used_and_detached(name: str) -> None:
    attachment = efirt.attach(name)
    assert efirt.active().name == name
    assert list(efirt.active().names())
    efirt.detach(attachment)
    efirt.detach(attachment)
    with pytest.raises(NoDriver):
        efirt.active().get("BootOrder")


def test_a_driver_object_is_attached_and_closed_in_the_end() -> None:
    driver = plain()
    with efirt.attach(driver):
        assert efirt.active().get(key("A")).data == b"value"
    assert driver.closed == 1


def test_detaching_out_of_order_and_twice_keeps_the_others(name: str) -> None:
    first, second, third = efirt.attach(name), efirt.attach(plain("second")), efirt.attach(plain("third"))
    efirt.detach(second)
    efirt.detach(second)
    assert efirt.active().name == "third"
    efirt.detach(first)
    assert efirt.active().name == "third"
    efirt.detach(third)


def test_with_nothing_attached_the_sentence_says_what_to_do() -> None:
    with pytest.raises(
        NoDriver, match=r"no driver is attached; attach one \(efirt.attach\), or open one by name \(efirt.open\)"
    ) as refusal:
        efirt.active().get("BootOrder")
    assert refusal.value.errno == 6


def test_nothing_has_no_information_either() -> None:
    with pytest.raises(NoDriver):
        efirt.active().info()


def test_what_is_opened_is_not_attached(name: str) -> None:
    with efirt.open(name), pytest.raises(NoDriver):
        efirt.active().get("BootOrder")


def test_what_is_needed_is_named_when_attaching() -> None:
    needed = efirt.attach(plain("needed"))
    with efirt.attach("simulated", needs=needed):
        with pytest.raises(DriverError, match="simulated needs it"):
            efirt.detach(needed)
        assert efirt.active().name == "simulated"
    efirt.detach(needed)


class FailingModule(ModuleType):
    """A live driver whose attaching fails at one step."""

    def __init__(self, step: str) -> None:
        super().__init__("failing_module")
        self.step = step
        self.driver: Scripted | None = None

    def open_driver(self, _argument: str, _options: object) -> Scripted:
        if self.step == "open":
            raise NoDriver("it is not here", errno=6)
        self.driver = Scripted({}, "failing")  # its probe is not carried
        return self.driver


@pytest.mark.parametrize("step", ["name", "option", "import", "open", "probe", "needs", "switched off"])
def test_attaching_that_fails_at_any_step_leaves_the_stack_as_it_was_and_closes_what_was_opened(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = FailingModule(step)
    monkeypatch.setitem(sys.modules, "failing_module", module)
    where = "no_module_of_this_name" if step == "import" else "failing_module"
    entry = Entry("failing", "fails", where, live=step != "needs", probed=step != "needs")
    monkeypatch.setattr(registry, "BUILTIN", (entry, *registry.BUILTIN))
    monkeypatch.setenv(registry.DISABLE, "failing" if step == "switched off" else "")
    gone = efirt.attach(plain("gone"))
    efirt.detach(gone)
    below = efirt.attach(plain("below"))
    text = {"name": "plan9", "option": "failing?x"}.get(step, "failing")
    with pytest.raises((DriverError, ValueError, ImportError)):
        efirt.attach(text, needs=gone if step == "needs" else None)
    assert efirt.active().name == "below"
    efirt.detach(gone)  # the unload that follows a failed load
    assert efirt.active().get(key("A")).data == b"value"
    assert module.driver is None or module.driver.closed == 1
    efirt.detach(below)


def test_a_load_that_answers_enxio_and_is_unloaded_all_the_same_changes_nothing() -> None:
    below = efirt.attach(plain("below"))
    needed = efirt.attach(plain("needed"))
    efirt.detach(needed)
    newcomer = plain("newcomer")
    with pytest.raises(NoDriver) as refusal:
        efirt.attach(newcomer, needs=needed)
    assert refusal.value.errno == 6
    newcomer.close()
    efirt.detach(needed)
    assert efirt.active().name == "below"
    efirt.detach(below)


def test_there_is_no_other_name_behind_the_front_door() -> None:
    with pytest.raises(AttributeError, match="module 'efirt' has no attribute 'nonsense'"):
        efirt.nonsense  # noqa: B018 - looking is the test
    assert {name for name in efirt.__all__ if not hasattr(efirt, name)} == set()
