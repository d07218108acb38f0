"""Capsules on a real Linux: its module capsule-loader, firmware that takes none, and firmware made to take them."""

from typing import Any

import pytest

from tests.real.conftest import Linux

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab-1")]

EINVAL = 22
UPLOADED = "efi: Successfully uploaded capsule file with reboot type 'RESET_WARM'"
NOT_COMPLETE = "efi: capsule upload not complete"
REFUSED = [[-EINVAL], ["efi: capsule not supported"]]
PAST_A_FIRMWARE_THAT_TAKES_NONE = {
    "nothing": [[], []],
    "a part of the head": [[20], [NOT_COMPLETE]],
    **dict.fromkeys(("cut short", "cut to the head", "a byte too many", "a page and more"), REFUSED),
    "of no size": [[-EINVAL], ["efi: invalid capsule size"]],
}
PAST_ONE_THAT_TAKES_THEM = PAST_A_FIRMWARE_THAT_TAKES_NONE | {
    "cut short": [[4096, 903], [NOT_COMPLETE]],
    "cut to the head": [[28], [NOT_COMPLETE]],
    "a byte too many": [[4096, -EINVAL], ["efi: capsule upload size exceeded header defined size"]],
    "a page and more": [[4096, -5], [UPLOADED]],
}
NUMBERS = {
    "DEVICE_ERROR": ["DEVICE_ERROR", 5],
    "SECURITY_VIOLATION": ["SECURITY_VIOLATION", 13],
    "OUT_OF_RESOURCES": ["OUT_OF_RESOURCES", 28],
    "UNSUPPORTED": ["INVALID_PARAMETER", EINVAL],
}
MALFORMED = {"populates", "management populates"}
NOT_PASSED_ON = {"resets": "0x40000", "own flag": "0x1"}
"""Kinds with a flag of which Linux asks no firmware."""


BARE = pytest.mark.parametrize("linux", ["linux", "linux-13"], indirect=True)
"""Under Xen there is no firmware's memory to write."""


@pytest.fixture
def capsules(linux: Linux) -> dict[str, Any]:
    found: dict[str, Any] = linux.report["capsules"]
    return found


def test_without_the_module_it_says_what_to_load(capsules: dict[str, Any]) -> None:
    (kind, said, number), log = capsules["without the module"]
    assert (kind, number, log) == ("NoDriver", 2, [])
    assert "modprobe capsule-loader" in said


def test_each_kind_is_refused_by_its_head_with_the_reason(linux: Linux, capsules: dict[str, Any]) -> None:
    assert len(capsules["kinds"]) == 9
    for name, ((kind, said, number), log) in capsules["kinds"].items():
        assert (kind, number, log) == ("DriverError", EINVAL, ["efi: capsule not supported"])
        assert "refused to take the head with EINVAL" in said
        if name in NOT_PASSED_ON:
            assert f"asks firmware about no capsule with the flags {NOT_PASSED_ON[name]}" in said
        else:
            assert ("Xen takes no capsules" if linux.name == "xen-pvh" else "firmware takes no capsules of the kind") in said


def test_a_damaged_one_never_reaches_the_kernel(capsules: dict[str, Any]) -> None:
    assert len(capsules["damaged"]) == 8
    assert [name for name, ((kind, *_), log) in capsules["damaged"].items() if (kind, log) != ("NotCarried", [])] == []


@BARE
def test_the_simulated_linux_says_the_same(capsules: dict[str, Any]) -> None:
    simulated = capsules["simulated"]
    for asked in ("kinds", "damaged"):
        assert {name: said for name, (said, _) in capsules[asked].items()} == {name: said for name, (said, _) in simulated[asked].items()}


@BARE
def test_past_efirt_the_kernel_drops_a_short_head_without_an_error(capsules: dict[str, Any]) -> None:
    assert capsules["past"] == PAST_A_FIRMWARE_THAT_TAKES_NONE


@pytest.mark.parametrize("linux", ["linux"], indirect=True)
def test_firmware_itself_has_a_finer_answer(capsules: dict[str, Any]) -> None:
    if "asked" not in capsules:
        pytest.skip("efi_test is not built for this kernel here")
    answers = {name: "INVALID_PARAMETER" if name in MALFORMED else "UNSUPPORTED" for name in capsules["kinds"]}
    assert {name: status for name, (status, _) in capsules["asked"].items()} == answers
    assert capsules["taking"]["asked"] == {name: ["SUCCESS", [20_000, 1]] for name in capsules["kinds"]}


@BARE
def test_firmware_that_takes_capsules_gets_the_whole_one(capsules: dict[str, Any]) -> None:
    assert capsules["taking"]["taken"] == [["SUCCESS", None], [UPLOADED]]
    at, flags, size = capsules["taking"]["noted"]
    assert (flags, size) == (0x10000, 5000)
    assert at
    assert at % 4096 == 0
    assert capsules["taking"]["taken at once"] == [["SUCCESS", None], ["efi: Successfully processed capsule file"]]


@BARE
def test_what_such_firmware_answers_arrives_as_a_number(capsules: dict[str, Any]) -> None:
    told = {name: capsules["taking"][name] for name in NUMBERS}
    assert told == {name: [said, ["efi: capsule update failed"]] for name, said in NUMBERS.items()}


@BARE
def test_one_larger_than_such_firmware_takes_is_told_as_that(capsules: dict[str, Any]) -> None:
    (kind, said, number), log = capsules["taking"]["larger"]
    assert (kind, number, log) == ("DriverError", 28, ["efi: capsule not supported"])
    assert "firmware takes no capsule of 20001 bytes" in said


@BARE
def test_past_efirt_a_damaged_one_is_dropped_without_an_error_or_taken_with_one(capsules: dict[str, Any]) -> None:
    assert capsules["taking"]["past"] == PAST_ONE_THAT_TAKES_THEM
    assert capsules["taking"]["damaged"] == capsules["damaged"]


@BARE
def test_ovmf_as_it_was_takes_none_again(capsules: dict[str, Any]) -> None:
    assert capsules["afterwards"] == capsules["kinds"]["persists"]
