"""`drivers`, which driver is taken, and a machine whose firmware cannot be reached."""

import pytest

from tests.cli.conftest import Cli


def test_drivers_tells_of_each_whether_it_applies_and_why(efirt: Cli) -> None:
    result = efirt("drivers")
    assert result.status == 0
    assert "  xen: " in result.out
    assert "    does not apply here: switched off" in result.out
    assert "* xen:simulated: " in result.out
    assert "    not ResetSystem: " in result.out


def test_drivers_json_has_the_documented_members(efirt: Cli) -> None:
    rows = {row["name"]: row for row in efirt("drivers", "--json").json}
    assert list(rows)[:6] == ["xen", "efivarfs", "efi_test", "freebsd", "netbsd", "xen:simulated"]
    assert set(rows["xen"]) == {"name", "summary", "live", "applies", "reason", "advice", "chosen", "carries", "not_carried"}
    assert rows["xen"]["live"] is True
    assert rows["xen"]["applies"] is False
    assert rows["xen:simulated"]["chosen"] is True
    assert "GetVariable" in rows["xen:simulated"]["carries"]
    assert "ENOSYS" in rows["xen:simulated"]["not_carried"]["UpdateCapsule"]


def test_drivers_also_tells_of_one_named_with_options(efirt: Cli) -> None:
    row = efirt("drivers", "--json", "--driver", "xen:simulated?rs=off").json[-1]
    assert (row["name"], row["applies"], row["chosen"]) == ("xen:simulated?rs=off", False, True)
    assert "efi=no-rs" in row["reason"]


def test_drivers_says_that_there_is_none_of_the_name_asked_for(efirt: Cli) -> None:
    result = efirt("drivers", "--json", "--driver", "nonesuch")
    assert result.status == 0
    assert "there is no driver 'nonesuch'" in result.json[-1]["reason"]


def test_drivers_without_a_choice_marks_none_where_none_applies(efirt: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EFIRT_DRIVER")
    assert [row["name"] for row in efirt("drivers", "--json").json if row["chosen"]] == []


def test_without_runtime_services_info_tells_what_can_still_be_told(efirt: Cli) -> None:
    told = efirt("info", "--json", "--driver", "xen:simulated?rs=off")
    assert told.status == 0
    assert told.json["reachable"] is False
    assert told.json["revision"] == 0x00020046
    assert told.json["table_count"] == 11
    assert told.json["vendor"] is None
    assert "unknown: " in efirt("info", "--driver", "xen:simulated?rs=off").out


@pytest.mark.parametrize(
    "words", [("list",), ("get", "BootOrder"), ("set", "Lang", "--text", "en"), ("delete", "BootNext"), ("time",), ("time", "set", "now")]
)
def test_without_runtime_services_every_other_verb_gives_the_reason(efirt: Cli, words: tuple[str, ...]) -> None:
    result = efirt(*words, "--json", "--driver", "xen:simulated?rs=off")
    assert (result.status, result.out) == (1, "")
    assert result.error["kind"] == "no-driver"
    assert "efi=no-rs" in result.error["message"]


@pytest.mark.parametrize("switch", ["dom0=off", "policy=off", "efi=off", "abi=0x03000002"])
def test_any_other_reason_is_one_line_too(efirt: Cli, switch: str) -> None:
    result = efirt("list", "--driver", f"xen:simulated?{switch}")
    assert (result.status, result.out, result.err.count("\n")) == (1, "", 1)


def test_the_environment_names_the_driver(efirt: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFIRT_DRIVER", "simulated")
    assert efirt("info", "--json").json["driver"] == "simulated"


def test_the_option_goes_before_the_environment(efirt: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFIRT_DRIVER", "nonesuch")
    assert efirt("info", "--json", "--driver", "simulated").json["driver"] == "simulated"


def test_an_unknown_driver_is_one_error_that_lists_those_there_are(efirt: Cli) -> None:
    result = efirt("--driver", "nonesuch", "list", "--json")
    assert (result.status, result.error["kind"]) == (1, "no-driver")
    assert "xen:simulated" in result.error["advice"]


def test_no_driver_at_all_is_one_error_that_says_how_to_name_one(efirt: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EFIRT_DRIVER")
    result = efirt("list", "--json")
    assert (result.status, result.error["kind"]) == (1, "no-driver")
    assert "--driver" in result.error["advice"]


@pytest.mark.parametrize("name", ["xen:simulated?rs=maybe", "xen:simulated?rs", "xen:simulated?nonesuch=1", "simulated:bogus?nonesuch=1"])
def test_a_driver_s_name_that_makes_no_sense_is_a_usage_error(efirt: Cli, name: str) -> None:
    result = efirt("list", "--json", "--driver", name)
    assert (result.status, result.error["kind"]) == (2, "usage")
