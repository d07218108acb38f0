"""`boot add` and `boot edit`: an entry is hidden, of a category, and makes firmware reconnect, as the command line says."""

import pytest

from efirt.payloads.load_option import LoadOption
from efirt.runtime.services import Runtime
from tests.cli.conftest import Cli
from tests.cli.fakes import Kept
from tests.cli.test_boot import IDENTITY, data


def test_each_attribute_is_set_and_cleared_and_the_others_stay(same: Cli, machine: Kept) -> None:
    line = data(machine, "Boot0001")
    for words, attributes, state in (
        (("--hidden",), 0x9, "active,hidden"),
        (("--category", "app"), 0x109, "active,hidden,app"),
        (("--no-hidden", "--category", "31"), 0x1F01, "active,category 31"),
        (("--category", "boot"), 0x1, "active"),
        (("--force-reconnect", "--label", "debian"), 0x3, "active,force reconnect"),
        (("--no-force-reconnect",), 0x1, "active"),
    ):
        told = same("boot", "edit", "1", *words)
        assert told.status == 0
        assert told.out.splitlines()[1].startswith(f"+ Boot0001  {state}  debian  ")
        assert data(machine, "Boot0001") == attributes.to_bytes(4, "little") + line[4:]
    assert same("boot", "edit", "1", "--no-hidden").out == "nothing to change\n"


def test_bits_without_a_name_stay(same: Cli, machine: Kept) -> None:
    option = LoadOption.decode(data(machine, "Boot0001"))
    Runtime(machine).set("Boot0001", option._replace(attributes=0x80000011).encode())
    assert same("boot", "edit", "1", "--hidden").status == 0
    assert data(machine, "Boot0001")[:4] == bytes.fromhex("19000080")


def test_an_attribute_is_shown_by_a_dry_run_and_listed(same: Cli, machine: Kept) -> None:
    before = data(machine, "Boot0002")
    told = same("boot", "edit", "2", "--hidden", "--category", "app", "--dry-run").out.splitlines()
    assert [line[:34].split()[:3] for line in told[:2]] == [["-", "Boot0002", "active"], ["+", "Boot0002", "active,hidden,app"]]
    assert told[2] == "nothing was written"
    assert data(machine, "Boot0002") == before
    assert same("boot", "edit", "2", "--category", "app").status == 0
    assert same("boot", "list").out.splitlines()[2].split()[:3] == ["2", "0002", "app"]
    added = same("boot", "add", "--kind", "driver", "--label", "d", "--path", "File(\\d.efi)", "--category", "app")
    assert added.status == 0
    assert same("boot", "list", "--kind", "driver").out.splitlines()[0].split()[:3] == ["1", "0000", "active"]  # firmware ignores it there
    assert same("boot", "edit", "2", "--category", "5").status == 0
    assert same("boot", "list").out.splitlines()[2].split()[:3] == ["2", "0002", "reserved"]
    listed = next(entry for entry in same("boot", "list", "--json").json["entries"] if entry["number"] == 2)
    assert (listed["category"], listed["force_reconnect"], listed["hidden"]) == (5, False, False)


def test_a_new_entry_has_the_attributes_that_are_said(same: Cli, machine: Kept) -> None:
    assert same("boot", "add", "--kind", "driver", "--label", "d", *IDENTITY, "--force-reconnect").err == ""
    assert data(machine, "Driver0000")[:4] == b"\x03\0\0\0"
    assert same("boot", "add", "--label", "new", *IDENTITY, "--category", "app", "--hidden").err == ""
    assert data(machine, "Boot0003")[:4] == b"\x09\x01\0\0"


def test_an_attribute_that_firmware_does_not_look_at_is_remarked(same: Cli) -> None:
    told = same("boot", "add", "--kind", "sysprep", "--label", "d", *IDENTITY, "--force-reconnect", "--category", "app")
    assert told.status == 0
    assert "category of boot entries, not of sysprep entries" in told.err
    assert "--force-reconnect of driver entries, not of sysprep entries" in told.err


@pytest.mark.parametrize(("word", "why"), [("x", "'x' is no category"), ("32", "32 is no category"), ("100", "'100' is no category")])
def test_what_is_no_category_is_told(same: Cli, word: str, why: str) -> None:
    told = same("boot", "edit", "1", "--category", word)
    assert told.status != 0
    assert why in told.err


def test_the_last_entry_that_firmware_tries_does_not_become_a_program(same: Cli) -> None:
    assert same("boot", "order", "1").status == 0
    told = same("boot", "edit", "1", "--category", "app")
    assert told.status == 1
    assert "would start none of the entries by itself any more" in told.err
