"""``efirt check``, interrupted: what came before is reported, and what became of the case that was running is told as it is."""

from xml.etree import ElementTree as ET

import pytest

from efirt.errors import DriverError
from efirt.ops import Op, SetVariable
from efirt.testing.conformance import CASES, Run
from tests.cli.conftest import Cli
from tests.cli.fakes import over
from tests.testing.conformance_fakes import Watched


def interrupted_after_write(live: Watched, number: int, times: int = 1) -> None:
    """Interrupt the next question after one that makes a variable, and so many in all."""
    came: list[Op] = []

    def interrupt(op: Op) -> None:
        last = live.writes[-1] if live.writes else None
        is_made = isinstance(last, SetVariable) and bool(last.data) and op is not last
        if len(live.writes) >= number and (came or is_made) and len(came) < times:
            came.append(op)
            raise KeyboardInterrupt

    live.before = interrupt


@pytest.mark.parametrize("as_json", [True, False])
def test_what_was_found_before_somebody_interrupts_it_is_reported(efirt: Cli, live: Watched, as_json: bool) -> None:
    interrupted_after_write(live, 6)
    result = efirt("check", "--write", "--yes", "--group", "VAR-GET", "--junit", "j.xml", *["--json"] * as_json, opener=over(live))
    assert result.status == 130
    assert "interrupted; the case that was running was cleaned up after" in result.err
    suite = ET.parse("j.xml").getroot()  # noqa: S314 - this program wrote it
    assert len(suite) == sum(case.group == "VAR-GET" for case in CASES)
    if as_json:
        reasons = {row["id"]: row["reason"] for row in result.json["cases"]}
        assert list(reasons.values()).count("the run was interrupted") > 5
        assert result.json["passed"] >= 1
    else:
        assert "  the run was interrupted\n" in result.out


def test_who_interrupts_the_cleaning_up_too_is_not_told_that_it_was_done(efirt: Cli, live: Watched) -> None:
    interrupted_after_write(live, 6, times=2)
    result = efirt("check", "--write", "--yes", "--group", "VAR-GET", opener=over(live))
    assert result.status == 130
    assert "cleaned up after: variables of the suite may be left behind" in result.err


def test_what_an_interrupted_case_leaves_is_named(efirt: Cli, live: Watched) -> None:
    interrupted_after_write(live, 6)

    interrupting = live.before
    assert interrupting is not None

    def deaf(op: Op) -> None:
        interrupting(op)
        if isinstance(op, SetVariable) and not op.data and len(live.writes) >= 6:
            raise DriverError("nothing is deleted any more")

    live.before = deaf
    result = efirt("check", "--write", "--yes", "--group", "VAR-GET", opener=over(live))
    assert result.status == 130
    assert "was cleaned up after, but for this: " in result.err
    assert "nothing is deleted any more" in result.err


def test_an_interruption_between_two_cases_says_so(efirt: Cli, live: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Run, "_phases", interrupt)
    result = efirt("check", "--group", "VAR-GET", opener=over(live))
    assert (result.status, "interrupted between two cases" in result.err) == (130, True)
