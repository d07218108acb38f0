"""What is written so that a menu changes, in which order, and how it is taken back."""

from collections.abc import Callable
from zlib import crc32

import pytest

from efirt.drivers.faults.driver import Faults
from efirt.errors import DecodeError, Refused
from efirt.ops import GetNextVariableName, Reply
from efirt.payloads.key_option import KeyOption
from efirt.payloads.load_option import ACTIVE, CATEGORY_APP, FORCE_RECONNECT, HIDDEN
from efirt.runtime.services import Runtime
from efirt.values.status import Status
from efirt.views.boot import Boot
from efirt.views.boot_duplicates import duplicates
from efirt.views.boot_plan import Plan
from tests.views.menus import GOOD, boot, entry, full, hot_key, machine, order, path

Change = Callable[[Boot], Plan]


def test_a_new_entry_takes_the_lowest_free_number_and_the_first_place() -> None:
    driver = full()
    plan = boot(driver).add(GOOD)
    assert plan.number == 0
    assert driver.values["BootOrder"] == order(0, 1, 2, 3)
    assert driver.values["Boot0000"] == GOOD.encode()
    assert driver.writes == ["Boot0000", "BootOrder"]


def test_a_number_that_something_still_refers_to_is_not_free() -> None:
    driver = machine(BootOrder=order(0), BootNext=order(1), BootCurrent=order(2), Boot0003=GOOD, Boot0004=GOOD)
    driver.values["Boot0005"] = driver.values.pop("Boot0004")
    assert boot(driver).add(GOOD).number == 4


def test_the_digits_of_a_number_are_large() -> None:
    driver = machine(**{f"Boot{number:04X}": GOOD for number in range(10)})
    boot(driver).add(GOOD)
    assert "Boot000A" in driver.values


@pytest.mark.parametrize(
    ("place", "numbers"), [(1, (9, 1, 2, 3)), (2, (1, 9, 2, 3)), (4, (1, 2, 3, 9)), (99, (1, 2, 3, 9)), (None, (1, 2, 3))]
)
def test_a_place_is_counted_from_one(place: int | None, numbers: tuple[int, ...]) -> None:
    driver = full()
    boot(driver).add(GOOD, place=place, number=9)
    assert driver.values["BootOrder"] == order(*numbers)
    assert "Boot0009" in driver.values


def test_the_first_entry_of_a_machine_makes_its_order() -> None:
    driver = machine()
    boot(driver, "sysprep").add(GOOD)
    assert driver.values == {"SysPrep0000": GOOD.encode(), "SysPrepOrder": order(0)}


def test_a_place_before_the_first_and_a_number_that_is_taken_are_errors_of_who_asks() -> None:
    with pytest.raises(ValueError, match="the first is 1"):
        boot(full()).add(GOOD, place=0)
    with pytest.raises(ValueError, match="0002 already"):
        boot(full()).add(GOOD, number=2)


def test_a_number_is_looked_for_also_where_firmware_does_not_list_it() -> None:
    driver = full()
    driver._routes[GetNextVariableName] = lambda _op: Reply(Status.NOT_FOUND)
    driver.values["BootOrder"] = b""
    with pytest.raises(ValueError, match="0002 already"):
        boot(driver).add(GOOD, number=2)


def test_no_number_is_free_where_the_names_could_not_be_listed() -> None:
    held = Faults(full(), "next:nth=3:status=DEVICE_ERROR")
    with pytest.raises(Refused, match="not all entries may be here"):
        Boot(Runtime(held)).add(GOOD)


def test_an_order_that_cannot_be_read_is_not_written_over() -> None:
    changes: list[Change] = [
        lambda one: one.add(GOOD),
        lambda one: one.remove(1),
        lambda one: one.order([1]),
        lambda one: one.dedupe(),
    ]
    for change in changes:
        driver = full()
        driver.refused["BootOrder"] = Status.DEVICE_ERROR
        with pytest.raises(Refused, match="BootOrder cannot be read"):
            change(boot(driver))
        assert driver.writes == []


def test_an_entry_leaves_the_order_before_it_goes() -> None:
    driver = full()
    driver.values["BootNext"] = order(2)
    boot(driver).remove(2)
    assert driver.writes == ["BootOrder", "BootNext", "Boot0002"]
    assert driver.values["BootOrder"] == order(1, 3)
    assert "BootNext" not in driver.values


def test_another_entry_that_comes_next_stays_so() -> None:
    driver = full()
    driver.values["BootNext"] = order(3)
    boot(driver).remove(2, 1)
    assert driver.values["BootNext"] == order(3)


def test_the_last_entry_takes_the_order_with_it() -> None:
    driver = machine(DriverOrder=order(1), Driver0001=GOOD)
    boot(driver, "driver").remove(1)
    assert driver.values == {}


def test_an_entry_that_cannot_be_read_can_be_removed() -> None:
    driver = full()
    driver.refused["Boot0002"] = Status.DEVICE_ERROR
    boot(driver).remove(2)
    assert "Boot0002" not in driver.values
    assert driver.values["BootOrder"] == order(1, 3)


def test_an_entry_that_is_not_there_is_an_error_that_names_those_that_are() -> None:
    changes: list[Change] = [lambda one: one.remove(7), lambda one: one.next(7), lambda one: one.order([7]), lambda one: one.activate(7)]
    for change in changes:
        driver = full()
        with pytest.raises(ValueError, match=r"no entry 0007; the entries are 0001, 0002, 0003"):
            change(boot(driver))
        assert driver.writes == []


def test_nothing_is_left_to_start_only_where_that_is_forced() -> None:
    changes: list[Callable[..., Plan]] = [
        lambda one, **how: one.remove(1, 2, 3, **how),
        lambda one, **how: one.activate(1, 2, 3, active=False, **how),
        lambda one, **how: one.edit(1, entry(attributes=0), **how),
    ]
    for change in changes:
        driver = full()
        if change is changes[2]:
            driver.values["BootOrder"] = order(1)
        with pytest.raises(Refused, match="start none of the entries"):
            change(boot(driver))
        assert driver.writes == []
        change(boot(driver), force=True)
        assert driver.writes


def test_a_menu_with_nothing_to_start_may_stay_so() -> None:
    driver = machine(BootOrder=order(1), Boot0001=entry(attributes=0), Boot0002=GOOD)
    boot(driver).remove(2)
    assert "Boot0002" not in driver.values


def test_the_order_is_what_was_named_and_the_rest_if_wanted() -> None:
    driver = full()
    boot(driver).order([3, 1])
    assert driver.values["BootOrder"] == order(3, 1)
    driver = full()
    boot(driver).order([3], rest=True)
    assert driver.values["BootOrder"] == order(3, 1, 2)
    with pytest.raises(ValueError, match="twice"):
        boot(full()).order([1, 2, 1])


def test_what_is_so_already_is_not_written() -> None:
    driver = full()
    driver.values["BootNext"] = order(2)
    menu = boot(driver)
    assert not menu.order([1, 2, 3]).writes
    assert not menu.activate(1).writes
    assert not menu.next(2).writes
    assert not menu.timeout(3).writes
    assert not menu.firmware_setup(on=False).writes
    assert not menu.edit(1, entry("one")).writes
    assert driver.writes == []


def test_a_dry_run_writes_nothing_and_says_what_it_would() -> None:
    driver = full()
    plan = boot(driver).add(GOOD, dry_run=True)
    assert [(write.key.name, write.action) for write in plan.writes] == [("Boot0000", "create"), ("BootOrder", "change")]
    assert driver.writes == []
    assert plan.result.order == (0, 1, 2, 3)


def test_an_edited_entry_takes_its_hot_keys_with_it_and_no_others() -> None:
    driver = full()
    raw = driver.values["Boot0001"]
    others = {"Key0001": hot_key(2, raw), "Key0002": hot_key(1, b"another"), "Key0003": b"odd"}
    driver.values |= {"Key0000": hot_key(1, raw), **others}
    menu = boot(driver)
    menu.edit(1, menu.option(1)._replace(description="new"))
    assert driver.writes == ["Boot0001", "Key0000"]
    assert KeyOption.decode(driver.values["Key0000"]).crc == crc32(driver.values["Boot0001"])
    assert others.items() <= driver.values.items()


def test_entries_become_inactive_from_the_last_and_active_from_the_first() -> None:
    driver = full()
    boot(driver).activate(1, 2, active=False)
    assert driver.writes == ["Boot0002", "Boot0001"]
    driver.writes.clear()
    boot(driver).activate(2, 1)
    assert driver.writes == ["Boot0001", "Boot0002"]
    assert driver.values["Boot0001"] == entry("one").encode()


def test_an_entry_with_a_defect_is_not_edited() -> None:
    driver = machine(Boot0001=b"\1\0\0\0\xff\xff" + "x\0".encode("utf-16-le"), Boot0002=GOOD)
    with pytest.raises(ValueError, match="remove it and add it anew"):
        boot(driver).option(1)
    driver.refused["Boot0002"] = Status.DEVICE_ERROR
    with pytest.raises(ValueError, match="cannot be read"):
        boot(driver).activate(2)


def test_the_next_start_the_timeout_and_firmware_s_menu_are_set_and_taken_away() -> None:
    driver = full()
    driver.values["OsIndicationsSupported"] = b"\1" + bytes(7)
    driver.values["OsIndications"] = b"\4" + bytes(7)
    menu = boot(driver)
    menu.next(2)
    menu.timeout(0xFFFF)
    menu.firmware_setup()
    assert (driver.values["BootNext"], driver.values["Timeout"]) == (order(2), order(0xFFFF))
    assert driver.values["OsIndications"] == b"\5" + bytes(7)
    menu.next(None)
    menu.timeout(None)
    menu.firmware_setup(on=False)
    assert not {"BootNext", "Timeout"} & driver.values.keys()
    assert driver.values["OsIndications"] == b"\4" + bytes(7)


def test_firmware_that_does_not_say_that_it_shows_its_menu_is_asked_only_by_force() -> None:
    for supported in ({}, {"OsIndicationsSupported": b"\4" + bytes(7)}):
        driver = machine(**supported)
        with pytest.raises(Refused, match="OsIndicationsSupported"):
            boot(driver).firmware_setup()
        boot(driver).firmware_setup(force=True)
        assert driver.values["OsIndications"] == b"\1" + bytes(7)


def test_indications_of_another_size_are_not_written_over() -> None:
    driver = machine(OsIndications=b"\0\0\0\0", OsIndicationsSupported=b"\1" + bytes(7))
    with pytest.raises(ValueError, match="4 bytes"):
        boot(driver).firmware_setup()
    driver.refused["OsIndications"] = Status.DEVICE_ERROR
    with pytest.raises(Refused, match="cannot be read"):
        boot(driver).firmware_setup()


def test_a_timeout_has_sixteen_bits_and_drivers_have_none() -> None:
    with pytest.raises(ValueError, match="65535"):
        boot(full()).timeout(0x10000)
    changes: list[Change] = [lambda one: one.timeout(1), lambda one: one.next(1), lambda one: one.firmware_setup()]
    for change in changes:
        with pytest.raises(ValueError, match="only the boot menu"):
            change(boot(full(), "driver"))


def test_duplicates_are_told_with_what_differs_and_the_first_that_is_tried_is_kept() -> None:
    driver = machine(
        BootOrder=order(4, 1, 2, 3, 1, 9),
        Boot0001=GOOD,
        Boot0002=entry("old name"),
        Boot0003=entry(data=b"x"),
        Boot0004=entry(attributes=0),
        Boot0005=GOOD,
    )
    menu = boot(driver).menu()
    assert [(one.entry.number, one.kept.number, one.why) for one in duplicates(menu)] == [
        (2, 1, "starts the same with the same data; its label is 'old name', and not 'debian'"),
        (4, 1, "starts the same with the same data; it is inactive, and the other is active"),
        (5, 1, "the same in every byte"),
    ]
    boot(driver).dedupe()
    assert driver.values["BootOrder"] == order(1, 3)
    assert [name for name in driver.values if name != "BootOrder"] == ["Boot0001", "Boot0003"]
    assert driver.writes[0] == "BootOrder"


def test_what_asks_firmware_for_something_else_is_no_duplicate_and_a_hidden_one_is_told() -> None:
    further = entry()._replace(path_list=entry().path_list + path(r"\further.efi").encode())
    driver = machine(
        BootOrder=order(1, 2, 3, 4, 5),
        Boot0001=GOOD,
        Boot0002=further,
        Boot0003=entry(attributes=ACTIVE | HIDDEN),
        Boot0004=entry(attributes=ACTIVE | FORCE_RECONNECT),
        Boot0005=entry(attributes=ACTIVE | CATEGORY_APP),
        Boot0006=entry(attributes=ACTIVE | 0x4000),
    )
    assert [(one.entry.number, one.why) for one in duplicates(boot(driver).menu())] == [
        (3, "starts the same with the same data; it is hidden, and the other is not"),
        (6, "starts the same with the same data; its attributes are 0x4001, and not 0x1"),
    ]


def test_an_entry_whose_path_is_an_end_alone_starts_nothing_and_is_not_written() -> None:
    empty = entry()._replace(path_list=bytes.fromhex("7fff0400"))
    driver = machine(BootOrder=order(1, 2), Boot0001=GOOD, Boot0002=empty)
    menu = boot(driver).menu()
    assert menu.tried == (1,)
    assert [one.defect for one in menu.entries] == [None, "its device path is an end alone, which names nothing to start"]
    with pytest.raises(Refused, match="none of the entries by itself"):
        boot(driver).order([2])
    with pytest.raises(Refused, match="could not use Boot0000: its device path is an end alone"):
        boot(driver).add(empty, dry_run=True)
    assert driver.writes == []
    boot(driver).add(empty, force=True)
    assert driver.values["Boot0000"] == empty.encode()


def test_a_dry_run_refuses_what_the_guards_would() -> None:
    driver = machine(BootOrder=order(1), Boot0001=entry()._replace(path_list=b"\4\4\0\0\x7f\xff\4\0"))
    for dry_run in (True, False):
        with pytest.raises(Refused, match="could not use Boot0001"):
            boot(driver).edit(1, boot(driver).option(1)._replace(description="new"), dry_run=dry_run)
    boot(driver).edit(1, boot(driver).option(1).with_path(path()))
    assert boot(driver).menu().entries[0].defect is None


@pytest.mark.parametrize("number", [-1, 0x10000, 70000])
def test_a_number_beyond_sixteen_bits_is_none(number: int) -> None:
    with pytest.raises(ValueError, match="they are 0 to 65535"):
        boot(full()).add(GOOD, number=number, place=None, dry_run=True)


def test_a_start_that_comes_next_goes_on_with_the_entry_that_is_kept() -> None:
    driver = machine(BootOrder=order(1, 2), Boot0001=GOOD, Boot0002=GOOD, BootNext=order(2))
    boot(driver).dedupe()
    assert driver.values["BootNext"] == order(1)
    driver = machine(BootOrder=order(1), Boot0001=GOOD, BootNext=order(9))
    boot(driver).dedupe()
    assert "BootNext" not in driver.values


def test_entries_with_a_defect_are_no_duplicates() -> None:
    driver = machine(Boot0001=b"\1", Boot0002=b"\1", Boot0003=GOOD)
    assert duplicates(boot(driver).menu()) == ()
    assert duplicates(boot(machine(Boot000a=GOOD, Boot000A=GOOD)).menu()) == ()


def test_an_entry_of_a_label_that_cannot_be_written_is_an_error_of_who_asks() -> None:
    with pytest.raises(ValueError, match="NUL"):
        boot(full()).add(GOOD._replace(description="a\0b"))


def test_a_menu_of_sysprep_is_written_although_linux_would_not() -> None:
    driver = machine(SysPrepOrder=order(1), SysPrep0001=GOOD)
    boot(driver, "sysprep").remove(1)
    assert driver.values == {}


def test_an_active_bit_leaves_the_others_alone() -> None:
    driver = machine(BootOrder=order(1, 2), Boot0001=entry(attributes=0x10A | ACTIVE), Boot0002=GOOD)
    boot(driver).activate(1, active=False)
    assert driver.values["Boot0001"][:4] == (0x10A).to_bytes(4, "little")


def test_an_odd_path_is_an_error_of_the_bytes() -> None:
    with pytest.raises(DecodeError):
        _ = entry()._replace(path_list=b"").path
