"""The reference of the audit says what its rows have."""

import json
import re

from efirt.cli.options import Parser
from efirt.cli.plain import Plain
from efirt.cli.verbs import image_audit
from efirt.payloads.known_certificates import KNOWN, SUCCESSORS
from efirt.scan.look import Manner, looked_at
from efirt.scan.plan import Found
from efirt.scan.report import COLUMNS, JSON, line_of
from efirt.scan.row import Row
from efirt.views.certificate_update import Update
from tests.docs.conftest import Place
from tests.docs.pages import code_spans, rows, text_of
from tests.scan.conftest import IMAGE

PAGE = "docs/reference/audit.md"


def named(heading: str, table: int = 0) -> list[str]:
    """The names in the first column of a table under a heading."""
    found: list[list[str]] = []
    for row in rows(PAGE, heading):
        if row[0] == "member":
            found.append([])
        else:
            found[-1] += re.findall(r"`(\w+)`", row[0])
    return found[table]


def test_every_member_of_a_row_and_of_a_certificate_is_documented_and_no_other(place: Place) -> None:
    (place.folder / "a.fd").write_bytes(IMAGE)
    row = looked_at(Found(str(place.folder / "a.fd")), Manner("2026-11-23T00:00:00Z"))
    assert isinstance(row, Row)
    told = json.loads(line_of(row, JSON))
    assert {*named("JSON")} == {*told}
    assert {*named("JSON", 1)} == {*told["pk"]["certificates"][0]}
    text = text_of(PAGE)
    for member in ({*told["pk"], *told["dbx"], *Update._fields}) - {"size", "version", "problem", "kind"}:
        assert f"`{member}`" in text, member


def test_the_columns_are_documented_in_their_order() -> None:
    text = text_of(PAGE)
    last = text[text.index("## CSV") :].split("\n\n")[2]
    assert re.findall(r"`(\w+)`", last) == [*COLUMNS]


def test_the_options_are_documented() -> None:
    plain = Plain()
    parser: Parser = plain
    image_audit.options(parser)
    shown = {row[0].strip("`").split()[0] for row in rows(PAGE, "Options")[1:]}
    assert shown == {*plain._options, "--json"}


def test_what_follows_what_is_documented() -> None:
    table = {(row[0], row[1]): row[2].split(", ") for row in rows(PAGE, "Verdicts") if row[0] in SUCCESSORS}
    names = {
        (variable, KNOWN[old].name): [KNOWN[one].name for one in new]
        for variable, chain in SUCCESSORS.items()
        for old, new in chain.items()
    }
    assert table == names


def test_every_kind_of_certificate_is_documented() -> None:
    assert {*(one.kind for one in KNOWN.values()), "unknown"} <= {*code_spans(PAGE)}
