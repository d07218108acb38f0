"""`list`, `get` and `info`: what is there, for people and for programs."""

import pytest

from efirt.ops import GetVariable
from efirt.runtime.services import Runtime
from tests.cli.conftest import Cli
from tests.cli.fakes import GUID, OURS, Kept, holding, over, watch

GLOBAL = "8be4df61-93ca-11d2-aa0d-00e098032b8c"


def test_list_has_a_line_for_each_variable_in_firmware_s_order_and_a_sum(same: Cli, machine: Kept) -> None:
    result = same("list")
    *lines, last = result.out.splitlines()
    variables = list(Runtime(machine).variables())
    assert [line.split()[2] for line in lines] == [variable.key.name for variable in variables]
    assert [int(line.split()[1]) for line in lines] == [len(variable.data) for variable in variables]
    assert last == f"{len(variables)} variables, {sum(len(variable.data) for variable in variables)} bytes"
    assert (result.status, result.err) == (0, "")


def test_list_names_the_guids_that_people_know(efirt: Cli) -> None:
    line = next(line for line in efirt("list").out.splitlines() if " BootOrder " in line)
    assert line.split("BootOrder")[1].strip() == f"{GLOBAL} (EFI global)"


def test_list_of_an_empty_firmware_is_the_sum_alone(efirt: Cli) -> None:
    assert efirt("list", opener=over(holding([]))).out == "0 variables, 0 bytes\n"
    assert efirt("list", "--json", opener=over(holding([]))).json == []


def test_list_data_puts_a_dump_under_each_line(efirt: Cli) -> None:
    result = efirt("list", "--data", opener=over(holding(["A"], bytes(range(0x3F, 0x51)))))
    assert result.out.splitlines()[1:3] == [
        "    00000000  3f 40 41 42 43 44 45 46  47 48 49 4a 4b 4c 4d 4e  |?@ABCDEFGHIJKLMN|",
        "    00000010  4f 50                                             |OP|",
    ]


def test_list_json_is_an_array_of_variables_without_data(same: Cli, machine: Kept) -> None:
    rows = same("list", "--json").json
    order = next(row for row in rows if row["name"] == "BootOrder")
    size = len(Runtime(machine).get("BootOrder").data)
    assert order == {"name": "BootOrder", "guid": GLOBAL, "attributes": 7, "flags": ["NV", "BS", "RT"], "size": size}
    assert list(order) == ["name", "guid", "attributes", "flags", "size"]


def test_list_json_data_carries_the_bytes_in_hexadecimal(efirt: Cli) -> None:
    assert efirt("list", "--json", "--data", opener=over(holding(["A"], b"\x00\xff"))).json[0]["data"] == "00ff"


def test_get_shows_a_heading_and_a_dump(efirt: Cli) -> None:
    result = efirt("get", f"A-{OURS}", opener=over(holding(["A"], b"hi\n")))
    assert result.out == (f"A  {OURS}  NV+BS+RT  3 bytes\n00000000  68 69 0a                                          |hi.|\n")
    assert (result.status, result.err) == (0, "")


def test_get_json_is_one_variable_with_its_data(efirt: Cli) -> None:
    assert efirt("get", f"A-{OURS}", "--json", opener=over(holding(["A"], b"hi"))).json == {
        "name": "A",
        "guid": OURS,
        "attributes": 7,
        "flags": ["NV", "BS", "RT"],
        "size": 2,
        "data": "6869",
    }


def test_get_raw_writes_the_bytes_and_nothing_else(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    from efirt.cli.main import main

    value = bytes(range(256))
    monkeypatch.setenv("EFIRT_DRIVER", "xen:simulated")
    assert main(["get", f"A-{OURS}", "--raw"], open_runtime=over(holding(["A"], value))) == 0
    assert capsysbinary.readouterr() == (value, b"")


def test_get_finds_a_bare_name_of_the_specification_in_its_own_namespace(efirt: Cli) -> None:
    driver = holding(["db"])
    asked = watch(driver, GetVariable)
    efirt("get", "db", opener=over(driver))
    assert str(asked[0].key.guid) == "d719b2cb-3d3a-4596-a3bc-dad00e67656f"


def test_names_that_differ_in_their_guid_only_stay_apart(same: Cli, machine: Kept) -> None:
    Runtime(machine).set(f"BootOrder-{OURS}", b"ours")
    assert same("get", f"BootOrder-{OURS}", "--json").json["data"] == b"ours".hex()
    assert same("get", "BootOrder", "--json").json["guid"] == GLOBAL


def test_info_tells_what_the_road_tells(efirt: Cli) -> None:
    result = efirt("info", "--driver", "xen:simulated?revision=1.10")
    assert result.status == 0
    told = {line[:22].strip(): line[22:] for line in result.out.splitlines()}
    assert told["driver"] == "xen:simulated?revision=1.10"
    assert told["UEFI revision"].startswith("1.1")
    assert told["vendor"].startswith("EDK II")


def test_info_json_has_every_member_and_a_reason_for_each_that_is_null(efirt: Cli) -> None:
    told = efirt("info", "--json").json
    assert list(told) == [
        "driver", "state", "reachable", "revision", "runtime_revision", "vendor", "vendor_revision",
        "table_address", "table_count", "tables", "storage", "storage_at_boot", "clock", "missing",
    ]  # fmt: skip
    assert told["missing"].keys() == {member for member, value in told.items() if value is None}
    assert set(told["storage"]) == {"maximum_storage_size", "remaining_storage_size", "maximum_variable_size"}


def test_info_without_xen_finds_tables_and_no_snapshot(efirt: Cli) -> None:
    told = efirt("info", "--json", "--driver", "simulated").json
    assert isinstance(told["tables"], list)
    assert told["storage_at_boot"] is None
    assert "Xen" in told["missing"]["storage_at_boot"]


def test_our_own_guid_has_no_name() -> None:
    from efirt.cli.variables import guid_text

    assert guid_text(GUID) == OURS
