"""A boot menu is read whatever is in it: what is wrong with one entry is told of that one, and hides no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.drivers.faults.driver import Faults
from efirt.errors import DriverError
from efirt.ops import Driver, GetVariable
from efirt.payloads.load_option import ACTIVE, CATEGORY_APP, HIDDEN
from efirt.runtime.services import Runtime
from efirt.values.status import Status
from efirt.views.boot import Boot
from efirt.views.boot_menu import KINDS, Menu
from efirt.views.boot_record import entry_record, menu_record
from tests.cli.fakes import watch
from tests.views.menus import entry, machine, order, path

GOOD = entry()
RAW = GOOD.encode()

# What is odd, and a word of what is said of it.
ODD = {
    "cut-short": (RAW[:18], "no NUL"),
    "no-path-behind-the-label": (RAW[:20], "0 follow the description"),
    "empty-head": (b"\1", "6 bytes are the least"),
    "path-past-the-end": (RAW[:4] + b"\xff\xff" + RAW[6:], "claim 65535 bytes"),
    "no-end-node": (RAW[:4] + (len(path().encode()) - 4).to_bytes(2, "little") + RAW[6:-4], "no end node"),
    "node-of-no-size": (RAW[:4] + b"\4\0" + "x\0".encode("utf-16-le") + b"\4\4\0\0", "claims 0 bytes"),
    "no-path": (b"\1\0\0\0\0\0" + "x\0".encode("utf-16-le"), "no end node"),
}


def menu(driver: Driver, kind: str = "boot") -> Menu:
    return Boot(Runtime(driver), kind).menu()


def test_entries_stand_in_the_order_and_the_others_behind_by_number() -> None:
    found = menu(machine(BootOrder=order(3, 1), Boot0000=GOOD, Boot0001=GOOD, Boot0003=GOOD, Boot0002=GOOD))
    assert [one.number for one in found.entries] == [3, 1, 0, 2]
    assert [found.position(one) for one in found.entries] == [1, 2, None, None]
    assert found.problems == ()


def test_what_the_variables_say_of_the_next_and_the_last_start_is_read() -> None:
    found = menu(
        machine(BootNext=order(1), BootCurrent=order(2), Timeout=order(5), Boot0001=GOOD, Boot0002=GOOD, OsIndications=b"\1" + bytes(7))
    )
    assert (found.next, found.current, found.timeout, found.indications, found.supported) == (1, 2, 5, 1, None)
    assert [(found.is_next(one), found.is_current(one)) for one in found.entries] == [(True, False), (False, True)]


@pytest.mark.parametrize("odd", ODD)
def test_an_entry_that_firmware_cannot_use_is_told_with_its_defect_and_hides_no_other(odd: str) -> None:
    data, word = ODD[odd]
    found = menu(machine(BootOrder=order(1, 2), Boot0001=data, Boot0002=GOOD))
    assert [one.number for one in found.entries] == [1, 2]
    assert word in (found.entries[0].defect or "")
    assert found.entries[1].defect is None
    assert found.tried == (2,)


def test_all_odd_entries_in_one_menu_stand_beside_those_that_are_not() -> None:
    odd = {f"Boot{number:04X}": data for number, (data, _) in enumerate(ODD.values())}
    found = menu(machine(**odd, Boot000A=GOOD, BootOrder=order(*range(len(odd)), 10) + b"\7", BootNext=b"\1"))
    assert [bool(one.defect) for one in found.entries] == [True] * len(odd) + [False]
    assert len(found.problems) == 2
    record = menu_record(found)
    assert record["entries"][-1]["label"] == "debian"
    assert all(one["defect"] for one in record["entries"][:-1])


def test_an_entry_that_cannot_be_read_is_told_and_hides_no_other() -> None:
    driver = machine(BootOrder=order(1, 2), Boot0001=GOOD, Boot0002=GOOD)
    driver.refused["Boot0001"] = Status.DEVICE_ERROR
    found = menu(driver)
    assert "EFI_DEVICE_ERROR" in (found.entries[0].defect or "")
    assert entry_record(found, found.entries[0])["label"] is None
    assert found.entries[1].defect is None


def test_an_order_of_half_a_number_is_read_as_far_as_it_goes() -> None:
    found = menu(machine(BootOrder=order(1, 2) + b"\3", Boot0001=GOOD, Boot0002=GOOD))
    assert found.order == (1, 2)
    assert "BootOrder" in found.problems[0]
    assert "2 bytes an entry" in found.problems[0]


def test_numbers_without_an_entry_and_numbers_that_stand_there_twice_are_told() -> None:
    found = menu(machine(BootOrder=order(1, 7, 1), BootNext=order(9), Boot0001=GOOD))
    assert found.problems == (
        "BootOrder has 0007, and there is no such entry",
        "BootOrder has 0001 more than once",
        "BootNext is 0009, and there is no such entry",
    )


def test_an_entry_spelled_with_small_digits_is_none_to_firmware() -> None:
    found = menu(machine(BootOrder=order(10), Boot000a=GOOD))
    assert "not spelled Boot000A" in (found.entries[0].defect or "")
    assert found.position(found.entries[0]) is None
    assert found.problems == ("BootOrder has 000A, and there is no such entry",)


def test_a_number_finds_the_entry_that_firmware_finds() -> None:
    found = menu(machine(Boot000a=entry("small"), Boot000A=entry("large")))
    chosen = found.entry(10)
    assert chosen
    assert chosen.option
    assert chosen.option.description == "large"
    assert found.entry(11) is None


def test_an_entry_that_firmware_does_not_see_as_it_starts_says_so() -> None:
    driver = machine(Boot0001=GOOD)
    driver.attributes = 1
    assert "attributes NV" in (menu(driver).entries[0].defect or "")


def test_a_name_that_only_looks_like_an_entry_is_none() -> None:
    assert menu(machine(Boot001=GOOD, BootXYZW=GOOD, Boot00012=GOOD, PlatformRecovery0001=GOOD)).entries == ()


@pytest.mark.parametrize(("kind", "names"), [("driver", ("DriverOrder", "Driver0001")), ("sysprep", ("SysPrepOrder", "SysPrep0001"))])
def test_drivers_and_programs_before_the_boot_have_a_menu_of_their_own(kind: str, names: tuple[str, str]) -> None:
    found = menu(machine(**{names[0]: order(1), names[1]: RAW}, BootNext=order(1), Boot0001=GOOD), kind)
    assert [one.key.name for one in found.entries] == [names[1]]
    assert (found.order, found.next, found.timeout) == ((1,), None, None)


def test_another_kind_is_an_error_of_who_asks() -> None:
    with pytest.raises(ValueError, match="boot, driver, sysprep"):
        Boot(Runtime(machine()), "recovery")


def test_what_firmware_tries_is_active_and_meant_for_it() -> None:
    found = menu(
        machine(
            BootOrder=order(1, 2, 3, 4, 1, 9),
            Boot0001=entry(attributes=0),
            Boot0002=entry(attributes=ACTIVE | CATEGORY_APP),
            Boot0003=entry(attributes=ACTIVE | HIDDEN),
            Boot0004=GOOD,
            Boot0005=GOOD,
        )
    )
    assert found.tried == (3, 4)


def test_names_that_end_halfway_leave_the_entries_that_were_listed_and_those_of_the_order() -> None:
    driver = machine(Boot0001=GOOD, Boot0002=GOOD, Boot0003=GOOD, BootOrder=order(3))
    found = menu(Faults(driver, "next:nth=3:status=DEVICE_ERROR"))
    assert [one.number for one in found.entries] == [3, 1, 2]
    assert not found.is_whole
    assert "not all entries may be here" in found.problems[0]


def test_names_that_cannot_be_listed_at_all_are_an_error() -> None:
    with pytest.raises(DriverError, match="errno 5"):
        menu(Faults(machine(Boot0001=GOOD), "next:errno=5"))


def test_a_listing_asks_for_each_entry_once() -> None:
    driver = machine(BootOrder=order(1, 2), Boot0001=GOOD, Boot0002=GOOD)
    asked = watch(driver, GetVariable)
    menu(driver)
    assert sorted(op.key.name for op in asked) == sorted(
        ["BootOrder", "BootNext", "BootCurrent", "Timeout", "OsIndications", "OsIndicationsSupported", "Boot0001", "Boot0002"]
    )


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("0001", 1), ("00a", 10), ("Boot000A", 10), ("FFFF", 0xFFFF)])
def test_a_number_is_hexadecimal_with_or_without_its_name(text: str, number: int) -> None:
    assert KINDS["boot"].parse(text) == number


@pytest.mark.parametrize("text", ["", "0x1", "00001", "12 ", "Driver0001", "debian", "-1", "Boot"])
def test_what_is_no_number_says_how_one_is_written(text: str) -> None:
    with pytest.raises(ValueError, match="000A"):
        KINDS["boot"].parse(text)


@given(
    st.dictionaries(st.sampled_from(["Boot0001", "Boot000A", "Boot000b"]), st.binary(max_size=60)),
    st.binary(max_size=7),
    st.binary(max_size=3),
)
def test_any_bytes_make_a_menu(entries: dict[str, bytes], numbers: bytes, following: bytes) -> None:
    values = {name: data for name, data in {**entries, "BootOrder": numbers, "BootNext": following}.items() if data}
    found = menu(machine(**values))
    assert {one.key.name for one in found.entries} == values.keys() - {"BootOrder", "BootNext"}
    assert len(menu_record(found)["entries"]) == len(found.entries)
