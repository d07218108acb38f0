"""What real OVMF showed through its resets, as it was kept, held against the model: no machine boots for it."""

from pathlib import Path

import pytest

from efirt import Key
from efirt.values.guid import Guid
from tests.real.boots import Boot
from tests.real.differential import PROFILE, differ
from tests.real.kept import FOLDER, read
from tests.real.summary import Summary

FILES = sorted(FOLDER.glob("boots-*.json.gz"))
ERROR_FLAG = Key("VarErrorFlag", Guid.parse("04b37fe8-f6ae-480b-bdd5-37d98c5e89aa"))


def kept(path: Path) -> list[Boot]:
    return [*read(path.read_bytes())]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_model_answers_and_boots_as_the_real_machine_did(path: Path) -> None:
    boots = kept(path)
    summary = Summary().with_run(path.name, differ(boots))
    assert summary.reports == (), summary.report()
    assert summary.boots == len(boots) >= 2
    assert summary.operations >= 100


def test_they_show_a_reset_of_an_owned_platform_and_a_store_that_is_tidied_up() -> None:
    last = {path.name: kept(path)[-1].memory for path in FILES}
    assert any(record.key.name == "SecureBootEnable" for record in last["boots-restarting.json.gz"].stored)
    assert last["boots-filling.json.gz"].used < 100_000
    assert {record.key: record.data for record in last["boots-filling.json.gz"].stored}[ERROR_FLAG] == b"\xff"


def test_a_model_that_boots_otherwise_is_told_from_it() -> None:
    smaller = PROFILE._replace(limits=PROFILE.limits._replace(authenticated_size=0x400))
    for path in FILES:
        assert differ(kept(path), smaller).comparison.unexplained
