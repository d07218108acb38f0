"""`efirt explain`, and what errors say of the machine."""

from pathlib import Path

import pytest

from efirt.errors import DriverError
from efirt.ops import GetVariable, Reply, SetVariable
from efirt.runtime.registry import open_driver
from efirt.runtime.services import Runtime
from efirt.values.key import Key
from efirt.values.status import Status
from efirt.views import explain
from tests.cli.conftest import Cli
from tests.cli.fakes import GUID, OURS, answering, over


def test_a_variable_is_explained_line_by_line(efirt: Cli) -> None:
    lines = efirt("explain", "BootCurrent").out.splitlines()
    assert lines[0] == "BootCurrent  8be4df61-93ca-11d2-aa0d-00e098032b8c (EFI global)"
    assert lines[1] == "the entry that was started (UEFI 2.10 §3.3)"
    assert lines[2] == "there: BS+RT, 2 bytes"
    assert lines[3].startswith("the machine: SetupMode 1, SecureBoot 0, no PK, ")
    assert [line.split()[:2] for line in lines[4:]] == [["read", "yes"], ["overwrite", "no"], ["append", "no"], ["delete", "no"]]


def test_what_is_not_there_can_be_created_and_not_overwritten(efirt: Cli) -> None:
    result = efirt("explain", f"Mine-{OURS}")
    lines = result.out.splitlines()
    assert (result.status, lines[1]) == (0, "not there")
    assert [line.split()[:2] for line in lines[3:]] == [["read", "no"], ["create", "yes"], ["delete", "no"]]


def test_two_reasons_are_two_lines_under_one_another(efirt: Cli) -> None:
    lines = efirt("explain", f"Mine-{OURS}", "--driver", "efivarfs:simulated?root=off").out.splitlines()
    assert "how much room is left" in lines[2]
    create = next(line for line in lines if line.startswith("create"))
    assert create.index("/sys/firmware") == len("overwrite  unknown     ")


def test_for_programs_it_is_one_object(efirt: Cli) -> None:
    told = efirt("explain", "PK", "--json").json
    assert (told["name"], told["exists"], told["size"], told["flags"]) == ("PK", False, None, None)
    assert told["title"].startswith("the platform key")
    assert told["source"] == "UEFI 2.10 §32.3"
    assert told["state"]["modes"] == {"SetupMode": 1, "SecureBoot": 0}
    assert [(one["action"], one["may"]) for one in told["abilities"]] == [
        ("read", "no"),
        ("create", "signed"),
        ("overwrite", "no"),
        ("append", "no"),
        ("delete", "no"),
    ]
    assert {*told["abilities"][1]["reasons"][0]} == {"name", "why", "advice"}
    assert efirt("explain", f"Mine-{OURS}", "--json").json["title"] is None


def test_a_variable_that_cannot_be_read_is_explained_all_the_same(efirt: Cli) -> None:
    def dead(_op: GetVariable) -> Reply:
        raise DriverError("get: \x1b[31mno answer")

    result = efirt("explain", "db", opener=over(answering({GetVariable: dead})))
    assert result.status == 0
    assert "unknown whether it is there: get: \\x1b[31mno answer" in result.out
    assert "\x1b" not in result.out


def test_the_room_of_a_plain_directory_s_disk_is_not_the_machine_s(efirt: Cli, tmp_path: Path) -> None:
    (tmp_path / f"Mine-{OURS}").write_bytes(b"\7\0\0\0value")
    result = efirt("explain", f"Mine-{OURS}", "--driver", f"efivarfs:{tmp_path}")
    assert "there: NV+BS+RT, 5 bytes" in result.out
    assert "unknown how much room is left" in result.out


def test_a_name_too_long_for_a_file_says_what_to_do(efirt: Cli) -> None:
    result = efirt("set", f"{'a' * 230}-{OURS}", "--hex", "00", "--driver", "efivarfs:simulated")
    assert "leaves 218 for the variable's; choose another name, or another driver" in result.err
    assert "ENAMETOOLONG" not in result.err


def test_a_name_that_makes_no_sense_is_a_usage_error(efirt: Cli) -> None:
    assert efirt("explain", "").status == 2


def test_an_error_for_programs_has_the_explanation(efirt: Cli) -> None:
    error = efirt("set", "BootCurrent", "--hex", "0000", "--json", "--driver", "efivarfs:simulated").error
    told = error["explanation"]
    assert (error["status"], error["errno"]) == ("EFI_WRITE_PROTECTED", 30)
    assert (told["action"], told["name"], told["statuses"], told["certain"]) == ("overwrite", "BootCurrent", ["EFI_WRITE_PROTECTED"], True)
    assert told["reasons"][0]["name"] == "volatile"
    assert told["state"]["exists"] is True


def test_an_error_for_people_has_the_likeliest_reason_and_at_most_two_lines_more(efirt: Cli) -> None:
    certain = efirt("set", "BootCurrent", "--hex", "0000")
    assert certain.err.count("\n") == 1
    several = efirt("set", "Timeout", "--hex", "0000", opener=over(refusing(Status.INVALID_PARAMETER, 22)))
    lines = several.err.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("efirt: set Timeout-")
    assert "or another that Linux calls EINVAL (" in lines[0]
    assert [line.startswith("efirt:   or ") for line in lines[1:]] == [True, True]


def refusing(status: Status, number: int | None = None) -> "Named":
    simulated = open_driver("simulated")

    def get(op: GetVariable) -> Reply:
        return simulated.call(op)

    return Named({GetVariable: get, SetVariable: lambda _op: Reply(status, os_errno=number)})


class Named:
    """A driver that firmware's variables are read through, and that refuses each write, under the name of one of Linux's."""

    name = "efivarfs"

    def __init__(self, answers: dict[object, object]) -> None:
        self._routes = answering(answers)  # type: ignore[arg-type] # as it is handed on
        self.carried, self.call, self.why_not, self.close = (
            self._routes.carried,
            self._routes.call,
            self._routes.why_not,
            self._routes.close,
        )


def test_the_names_of_hostile_variables_are_escaped_in_every_line(efirt: Cli) -> None:
    key = Key("\x1b[31mx", GUID)
    driver = refusing(Status.WRITE_PROTECTED)
    result = efirt("set", f"\x1b[31mx-{OURS}", "--text", "y", opener=over(driver))
    assert key.name not in result.err
    assert "\x1b" not in efirt("explain", f"\x1b[31mx-{OURS}", opener=over(driver)).out


def test_a_refused_boot_entry_is_explained_too(efirt: Cli) -> None:
    driver = "simulated?quirk=no-set"
    error = efirt("boot", "timeout", "5", "--json", "--driver", driver).error
    assert error["explanation"]["reasons"][0]["name"] == "no-writing"
    assert "firmware's own table says" in error["message"]


def test_a_guard_s_refusal_is_not_firmware_s(efirt: Cli) -> None:
    assert "explanation" not in efirt("delete", "Key0000", "--json").error


def test_a_defect_while_explaining_leaves_the_error(efirt: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_runtime: Runtime, _error: Exception) -> None:
        raise TypeError("oops")

    monkeypatch.setattr(explain, "explained", broken)
    error = efirt("set", "BootCurrent", "--hex", "0000", "--json").error
    assert (error["status"], "explanation" in error) == ("EFI_WRITE_PROTECTED", False)


def test_the_driver_is_closed_after_an_explanation(efirt: Cli) -> None:
    runtime = Runtime(open_driver("xen:simulated"))
    assert efirt("set", "BootCurrent", "--hex", "0000", opener=lambda _name=None, *, inactive=False: runtime).status == 1
    with pytest.raises(DriverError):
        runtime.get("BootOrder")


def test_a_failed_look_is_no_failure_of_its_own(efirt: Cli) -> None:
    error = efirt(
        "set", "BootCurrent", "--hex", "0000", "--json", "--driver", "simulated", "--faults", "get:nth=2+:status=DEVICE_ERROR"
    ).error
    assert error["status"] == "EFI_WRITE_PROTECTED"
    assert error["explanation"]["state"]["exists"] is None
    assert error["explanation"]["certain"] is False
