"""`set` and `delete`: what is done, what is said, and what is refused with nothing changed."""

import io
import sys
from pathlib import Path

import pytest

from efirt.ops import Op, Reply, SetVariable
from efirt.runtime.services import Runtime
from efirt.values.attributes import Attributes
from efirt.values.status import Status
from tests.cli.conftest import Cli
from tests.cli.fakes import OURS, Kept, holding, over, watch

NAME = f"Ours-{OURS}"


def value(machine: Kept) -> bytes:
    return Runtime(machine).get(NAME).data


def test_set_creates_with_the_ordinary_attributes_and_says_so(same: Cli, machine: Kept) -> None:
    result = same("set", NAME, "--text", "hé")
    assert result == (0, f"created {NAME}: NV+BS+RT, 3 bytes\n", "")
    assert Runtime(machine).get(NAME)[1:] == (Attributes(7), "hé".encode())


def test_set_overwrites_what_is_there(same: Cli, machine: Kept) -> None:
    same("set", NAME, "--text", "one")
    assert same("set", NAME, "--hex", "00").out == f"overwrote {NAME}: NV+BS+RT, 1 bytes (3 before)\n"
    assert value(machine) == b"\0"


def test_set_without_attributes_writes_with_those_that_are_there(efirt: Cli) -> None:
    driver = holding(["Ours"], b"one", Attributes(0x6))
    written = watch(driver, SetVariable, Reply(Status.SUCCESS))
    assert efirt("set", NAME, "--text", "x", opener=over(driver)).status == 0
    assert efirt("set", NAME, "--text", "x", "--append", opener=over(driver)).status == 0
    assert [op.attributes for op in written] == [Attributes(0x6), Attributes(0x46)]


def test_set_append_goes_behind_what_is_there(same: Cli, machine: Kept) -> None:
    same("set", NAME, "--text", "one")
    assert same("set", NAME, "--text", "two", "--append").out == f"appended {NAME}: NV+BS+RT, 6 bytes (3 before)\n"
    assert value(machine) == b"onetwo"


def test_the_attribute_append_means_the_same_as_the_option(same: Cli, machine: Kept) -> None:
    same("set", NAME, "--text", "one")
    assert same("set", NAME, "--text", "two", "--attributes", "NV+BS+RT+APPEND").status == 0
    assert value(machine) == b"onetwo"


def test_set_append_creates_what_is_not_there(same: Cli, machine: Kept) -> None:
    assert same("set", NAME, "--text", "one", "--append").out.startswith("created ")
    assert value(machine) == b"one"


@pytest.mark.parametrize("digits", ["00ff10", "00 ff 10", "00:FF:10", " 00: ff10 "])
def test_set_hex_takes_blanks_and_colons(same: Cli, machine: Kept, digits: str) -> None:
    assert same("set", NAME, "--hex", digits).status == 0
    assert value(machine) == b"\x00\xff\x10"


def test_set_file_takes_bytes_as_they_are(same: Cli, machine: Kept, tmp_path: Path) -> None:
    (tmp_path / "value").write_bytes(b"\r\n\x00\xff")
    assert same("set", NAME, "--file", str(tmp_path / "value")).status == 0
    assert value(machine) == b"\r\n\x00\xff"


def test_set_file_of_a_dash_is_standard_input(same: Cli, machine: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\x00")))
    assert same("set", NAME, "--file", "-").status == 0
    assert value(machine) == b"\xff\x00"


def test_set_text_keeps_bytes_of_the_shell_that_are_not_utf_8(same: Cli, machine: Kept) -> None:
    assert same("set", NAME, "--text", b"\xff".decode("utf-8", "surrogateescape")).status == 0
    assert value(machine) == b"\xff"


def test_set_json_tells_what_changed(same: Cli) -> None:
    ours = {"name": "Ours", "guid": OURS, "attributes": 7, "flags": ["NV", "BS", "RT"]}
    assert same("set", NAME, "--text", "one", "--json").json == {"action": "created", **ours, "size": 3, "previous_size": None}
    assert same("set", NAME, "--text", "four", "--json").json == {"action": "overwrote", **ours, "size": 4, "previous_size": 3}
    assert same("delete", NAME, "--force", "--json").json == {"action": "deleted", **ours, "size": None, "previous_size": 4}


def test_what_cannot_be_read_back_is_written_all_the_same(efirt: Cli) -> None:
    driver = holding([])
    watch(driver, SetVariable, Reply(Status.SUCCESS))
    assert efirt("set", NAME, "--text", "one", opener=over(driver)).out == f"created {NAME}: NV+BS+RT, not visible now\n"


def test_other_attributes_than_the_present_are_explained_and_change_nothing(same: Cli, machine: Kept) -> None:
    same("set", NAME, "--text", "one")
    result = same("set", NAME, "--text", "two", "--attributes", "BS+RT", "--json")
    assert (result.status, result.error["status"]) == (1, "EFI_INVALID_PARAMETER")
    assert "NV+BS+RT" in result.error["message"]
    assert value(machine) == b"one"


def test_delete_says_what_went(same: Cli) -> None:
    same("set", NAME, "--text", "one")
    assert same("delete", NAME, "--force") == (0, f"deleted {NAME}: NV+BS+RT, 3 bytes\n", "")
    assert same("get", NAME).status == 1


def test_delete_of_what_is_not_there_says_so(same: Cli) -> None:
    result = same("delete", NAME, "--force", "--json")
    assert (result.status, result.error["kind"], result.error["status"]) == (1, "firmware", "EFI_NOT_FOUND")


def test_delete_of_what_boards_may_need_is_refused_until_it_is_forced(same: Cli, machine: Kept) -> None:
    same("set", NAME, "--text", "one")
    result = same("delete", NAME)
    assert result.status == 1
    assert "--force" in result.err
    assert value(machine) == b"one"
    assert same("delete", NAME, "--force").status == 0


def test_a_malformed_boot_option_is_refused_until_it_is_forced(same: Cli, machine: Kept) -> None:
    before = Runtime(machine).get("BootOrder")
    result = same("set", "BootOrder", "--hex", "000102", "--json")
    assert (result.status, result.error["kind"]) == (1, "refused")
    assert Runtime(machine).get("BootOrder") == before


def test_data_over_the_limit_is_one_error_and_changes_nothing(same: Cli, machine: Kept, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(bytes(1 << 20))
    result = same("set", NAME, "--file", str(tmp_path / "large"), "--json")
    assert result.status in {1, 2}
    assert result.error["message"]
    assert same("get", NAME).status == 1


@pytest.mark.parametrize(
    "words",
    [
        ("set", "", "--text", "x"),
        ("set", f"-{OURS}", "--text", "x"),
        ("set", f"A\0B-{OURS}", "--text", "x"),
        ("set", f"A\ud800-{OURS}", "--text", "x"),
        ("set", NAME, "--text", "x", "--attributes", "RT"),
        ("set", NAME, "--text", "x", "--attributes", "0"),
        ("set", NAME, "--text", "x", "--attributes", ""),
        ("set", NAME, "--text", "x", "--attributes", "NV+XX"),
        ("set", NAME, "--text", "x", "--attributes", "0x100000000"),
        ("set", NAME, "--text", "x", "--attributes", "NV+BS+RT+0x100"),
        ("set", NAME, "--text", ""),
        ("set", NAME, "--hex", "", "--append"),
        ("set", NAME, "--text", "\ud800"),
        ("set", NAME, "--hex", "0"),
        ("set", NAME, "--hex", "0g"),
        ("set", NAME, "--file", "not/there"),
        ("set", NAME, "--file", "a\0b"),
        ("set", NAME, "--file", "."),
        ("set", NAME, "--text", "x", "--hex", "00"),
        ("set", NAME),
    ],
)
def test_input_that_makes_no_sense_is_one_error_and_changes_nothing(same: Cli, machine: Kept, words: tuple[str, ...]) -> None:
    writes = []
    call = machine.call

    def noticing(op: Op) -> Reply:
        if isinstance(op, SetVariable):
            writes.append(op)
        return call(op)

    machine.call = noticing  # type: ignore[method-assign]
    options = words if words[1].startswith("A") or words[1] == NAME else (words[0], *words[2:], "--", words[1])
    text, result = same(*options), same("--json", *options)
    assert (text.status, text.out, result.status) == (2, "", 2)
    assert text.err.startswith("efirt: ")
    assert text.err.count("\n") == 1
    assert result.error["kind"] == "usage"
    assert writes == []


def test_a_status_without_a_name_is_told_as_a_number(same: Cli, machine: Kept) -> None:
    call = machine.call
    machine.call = lambda op: Reply(Status(1 << 63 | 99)) if isinstance(op, SetVariable) else call(op)  # type: ignore[method-assign]
    assert same("set", NAME, "--text", "x", "--json").error["status"] == "EFI_STATUS 0x8000000000000063"
