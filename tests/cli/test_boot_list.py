"""`boot list` and `boot show`: a menu is shown whatever is in it."""

from typing import Any

from efirt.payloads.load_option import LoadOption
from efirt.runtime.services import Runtime
from tests.cli.conftest import Cli
from tests.cli.fakes import Kept, over
from tests.views.menus import entry, machine, order


def data(firmware: Kept, name: str) -> bytes:
    return Runtime(firmware).get(name).data


def test_the_list_has_a_heading_and_a_line_for_each_entry_in_the_order(efirt: Cli) -> None:
    result = efirt("boot", "list")
    assert (result.status, result.err) == (0, "")
    assert result.out.splitlines()[0] == "started from 0001, timeout 3 s"
    assert [line.split()[:3] for line in result.out.splitlines()[1:]] == [
        ["1", "*", "0001"],
        ["2", "0002", "active"],
        ["3", "0000", "hidden"],
    ]
    assert r"HD(1,GPT,5F0D7B36-2C41-4C8E-9A35-6D1F3C7E8B21,0x800,0x100000)/\EFI\debian\shimx64.efi" in result.out


def test_the_list_marks_what_comes_next_and_what_is_wrong(efirt: Cli) -> None:
    firmware = machine(
        BootOrder=order(1, 2, 7),
        BootNext=order(2),
        Timeout=order(0xFFFF),
        OsIndications=b"\1" + bytes(7),
        Boot0001=b"\1",
        Boot0002=entry("a\x1b[31mb\u202e", data="quiet\0".encode("utf-16-le"), attributes=0),
        Boot0003=entry("c", data=b"\xff\0"),
    )
    lines = efirt("boot", "list", opener=over(firmware)).out.splitlines()
    assert lines[0] == "next 0002, timeout for ever, firmware's own menu comes next"
    assert lines[1].split() == ["1", "!", "0001", "active"]
    assert lines[2].strip().startswith("defect: load option, at byte 1: 6 bytes are the least")
    assert r"a\x1b[31mb\u202e" in lines[3]
    assert lines[3].startswith("  2 + 0002  inactive")
    assert lines[3].endswith('"quiet"')
    assert lines[4].startswith("  -   0003  active")
    assert lines[4].endswith("ff 00")
    assert lines[5] == "problem: BootOrder has 0007, and there is no such entry"


def test_a_list_without_entries_says_so(efirt: Cli) -> None:
    assert efirt("boot", "list", "--kind", "driver").out == "there are no driver entries\n"
    assert efirt("boot", "list", opener=over(machine())).out == "nothing is known of the last start\nthere are no boot entries\n"


def test_the_kind_stands_before_or_after_the_verb(efirt: Cli) -> None:
    for words in (("boot", "--kind", "driver", "list"), ("boot", "list", "--kind=driver"), ("--kind", "driver", "boot", "list")):
        assert efirt(*words).out == "there are no driver entries\n"
    assert efirt("boot", "list", "--kind", "recovery").status == 2


MENU = ["kind", "order", "next", "current", "timeout", "os_indications", "os_indications_supported", "problems", "entries"]
ENTRY = [
    "number", "name", "label", "active", "hidden", "force_reconnect", "category", "attributes", "path", "path_hex", "disk", "file",
    "optional_data", "optional_text", "optional_encoding", "position", "next", "current", "defect",
]  # fmt: skip


def test_the_list_is_one_object_for_programs(efirt: Cli) -> None:
    told = efirt("boot", "list", "--json").json
    assert list(told) == MENU
    assert (told["kind"], told["order"], told["next"], told["current"], told["timeout"]) == ("boot", [1, 2, 0], None, 1, 3)
    first: dict[str, Any] = told["entries"][0]
    assert list(first) == ENTRY
    assert (first["number"], first["name"], first["label"], first["position"], first["current"]) == (1, "Boot0001", "debian", 1, True)
    assert first["disk"] == {
        "partition": 1,
        "start": 0x800,
        "size": 0x100000,
        "partition_guid": "5f0d7b36-2c41-4c8e-9a35-6d1f3c7e8b21",
        "mbr_signature": None,
    }
    assert first["file"] == r"\EFI\debian\shimx64.efi"
    assert bytes.fromhex(first["path_hex"])[-4:] == b"\x7f\xff\4\0"
    assert told["entries"][1]["disk"] is None


def test_an_entry_that_says_nothing_is_null_for_programs_and_hides_no_other(efirt: Cli) -> None:
    told = efirt("boot", "list", "--json", opener=over(machine(Boot0001=b"", Boot0002=b"\0", Boot0003=entry()))).json
    odd, good = told["entries"][-2:]
    assert (odd["path"], odd["path_hex"], odd["disk"], odd["file"]) == (None, None, None, None)
    assert odd["defect"]
    assert (good["label"], good["defect"]) == ("debian", None)


def test_an_entry_is_shown_with_its_members(same: Cli, machine: Kept) -> None:
    option = LoadOption.decode(data(machine, "Boot0001"))
    Runtime(machine).set("Boot0001", option.with_arguments("quiet").encode())
    result = same("boot", "show", "Boot0001")
    assert result.status == 0
    told = {line[:14].strip(): line[14:] for line in result.out.splitlines()}
    assert told["entry"] == "Boot0001: 1 of 3 in the order, this machine was started from it"
    assert told["label"] == "debian"
    assert told["attributes"] == "0x1: active"
    assert told["arguments"] == '"quiet", 12 bytes'
    assert "|q.u.i.e.t...|" in result.out
    assert "defect" not in told


def test_an_entry_for_programs_has_its_paths_node_by_node(efirt: Cli) -> None:
    told = efirt("boot", "show", "1", "--json").json
    assert list(told) == [*ENTRY, "paths", "path_list", "variable_attributes", "data"]
    assert [node["node"] for node in told["paths"][0]["nodes"]] == ["HardDrive", "FilePath"]
    assert told["variable_attributes"] == 7


def test_an_entry_with_a_defect_is_shown_with_it(efirt: Cli) -> None:
    result = efirt("boot", "show", "1", opener=over(machine(Boot0001=b"\1")))
    assert "defect        load option, at byte 1" in result.out
    assert efirt("boot", "show", "1", "--json", opener=over(machine(Boot0001=b"\1"))).json["paths"] == []


def test_a_path_that_cannot_be_read_is_shown_in_bytes(efirt: Cli) -> None:
    option = b"\1\0\0\0\x08\0x\0\0\0" + b"\4\4\0\0\x7f\xff\4\0" + b"arguments"
    driver = machine(Boot0001=option)
    result = efirt("boot", "show", "1", opener=over(driver))
    assert "path list     8 bytes that cannot be read as device paths\n" in result.out
    assert "04 04 00 00 7f ff 04 00" in result.out
    told = efirt("boot", "show", "1", "--json", opener=over(driver)).json
    assert (told["paths"], told["path_list"]) == (None, "040400007fff0400")


def test_an_entry_that_is_not_there_makes_no_sense(efirt: Cli) -> None:
    result = efirt("boot", "show", "7")
    assert (result.status, result.out) == (2, "")
    assert "the entries are 0001, 0002, 0000" in result.err
