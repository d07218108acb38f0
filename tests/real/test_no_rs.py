"""Real Xen with efi=no-rs: what can still be told is told, and everything else says why not."""

import json
from typing import Any

import pytest

from tests.real.machine import report

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return report("xen-no-rs", "no_rs.py", {}, tmp_path_factory.mktemp("no-rs"))[0]


def test_drivers_exits_0_and_says_that_runtime_services_are_off(said: dict[str, Any]) -> None:
    assert said["drivers"]["status"] == 0
    assert "efi=no-rs" in said["drivers"]["out"]


def test_info_shows_what_firmware_info_still_tells(said: dict[str, Any]) -> None:
    assert said["info"]["status"] == 0
    assert "2.7" in said["info"]["out"]
    assert "efi=no-rs" in said["info"]["out"]
    told = json.loads(said["info json"]["out"])
    assert told["revision"] == 0x00020046
    assert told["table_count"] > 5
    assert told["vendor"] is None


@pytest.mark.parametrize("verb", ["list", "get", "set", "delete", "time", "time set", "list by name"])
def test_every_other_verb_exits_1_with_the_reason(said: dict[str, Any], verb: str) -> None:
    assert said[verb]["status"] == 1
    assert "efi=no-rs" in said[verb]["err"]
    assert said[verb]["out"] == ""
