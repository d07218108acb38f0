"""A row as text, as JSON and as CSV: one line each, whatever stands in it."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.images.edk2_check import Problem
from efirt.scan.look import Manner, looked_at
from efirt.scan.plan import Found
from efirt.scan.report import COLUMNS, CSV, JSON, TEXT, header_of, line_of
from efirt.scan.row import Row
from efirt.testing.identities import identity
from efirt.views.certificate_update import Judged, Update
from efirt.views.secure_boot import Dbx, Keys, SecureBoot
from tests.scan.conftest import IMAGE

HOSTILE = 'a,"b"\n\x1b[31m\u202e\udcff\x7f=1+1'


@pytest.fixture
def row(tmp_path: Path) -> Row:
    (tmp_path / "a.fd").write_bytes(IMAGE)
    found = looked_at(Found(str(tmp_path / "a.fd")), Manner("2026-11-23T00:00:00Z"))
    assert isinstance(found, Row)
    return found


def cells(line: str) -> dict[str, str]:
    (values,) = csv.reader(io.StringIO(line))
    return dict(zip(COLUMNS, values, strict=True))


def told(row: Row) -> Any:
    return json.loads(line_of(row, JSON))


def test_json_tells_everything(row: Row) -> None:
    found = told(row)
    (pk,) = found["pk"]["certificates"]
    assert (found["verdict"], found["reason"], found["format"], found["size"], found["variables"]) == ("ok", None, "edk2", 0x20000, 3)
    assert (found["mode"], found["enabled"], found["custom"], found["pk"]["kind"]) == ("user", True, False, "vendor")
    certificate = identity("vendor", 4).certificate
    assert pk == {
        "subject": certificate.subject.rfc4514_string(),
        "issuer": certificate.issuer.rfc4514_string(),
        "serial": f"{certificate.serial_number:x}",
        "not_before": "2012-01-01T00:00:00Z",
        "not_after": "2014-01-01T00:00:00Z",
        "sha256": pk["sha256"],
        "owner": "00000000-0000-0000-0000-000000000000",
        "known": None,
        "kind": "unknown",
        "recognized_by": None,
        "problem": None,
    }
    assert found["kek"] == {name: value for name, value in found["pk"].items() if name != "kind"}
    assert found["db"] == {"is_there": False, "certificates": [], "other_entries": 0, "problem": None}
    assert found["dbx"]["entries"] == 0
    assert (found["updates"], found["needed"], found["changes_pcr7"], found["damage"]) == ([], 0, False, [])
    assert found["remarks"] == ["KEK: CN=vendor,O=efirt tests expired on 2014-01-01"]


def test_all_rows_have_the_same_members(row: Row) -> None:
    other = Row("b.fd", "blocked", "it cannot be read")
    assert told(other).keys() == told(row).keys()
    assert cells(line_of(other, CSV)).keys() == cells(line_of(row, CSV)).keys()
    assert all(told(other)[name] is None for name in ("size", "mode", "enabled", "pk", "kek", "db", "dbx", "free", "changes_pcr7"))


def test_an_update_is_told_with_what_it_changes(row: Row) -> None:
    update = Update("KEK", "A new one", "ab" * 32, 1506, "no", "since")
    replaced = Update("PK", "", "", 0, "no", "it is a test key")
    changed = row._replace(judged=Judged("blocked", "why", (replaced, update), 1506, ("remark",)))
    pk, kek = told(changed)["updates"]
    assert (pk["certificate"], pk["thumbprint"], pk["changes_pcr7"]) == (None, None, True)
    assert kek == {"variable": "KEK", "certificate": "A new one", "thumbprint": "ab" * 32, "size": 1506, "from_guest": "no",
                   "why": "since", "changes_pcr7": True}  # fmt: skip
    assert told(changed)["changes_pcr7"] is True
    assert cells(line_of(changed, CSV))["missing"] == "PK: another PK; KEK: A new one"
    assert cells(line_of(changed, CSV))["changes_pcr7"] == "yes"
    assert "changes PCR 7" in line_of(changed, TEXT)


def test_csv_has_a_header_and_the_cells_under_it(row: Row) -> None:
    assert header_of(CSV) == ",".join(COLUMNS)
    assert header_of(JSON) is header_of(TEXT) is None
    found = cells(line_of(row, CSV))
    assert (found["path"], found["verdict"], found["mode"], found["enabled"], found["pk"]) == (row.path, "ok", "user", "yes", "vendor")
    assert found["pk_certificates"] == found["kek_certificates"] == "CN=vendor,O=efirt tests"
    assert (found["dbx_entries"], found["dbx_version"], found["damage_count"]) == ("0", "", "0")


def test_text_is_one_line_for_a_person(row: Row) -> None:
    assert line_of(row, TEXT) == f"ok                {row.path}: PK vendor, Secure Boot on"
    assert line_of(Row("b", "blocked", "why"), TEXT) == "blocked           b: why"


@pytest.mark.parametrize(
    ("mode", "enabled", "words"),
    [("setup", False, "not set up"), ("audit", False, "in audit mode"), ("user", False, "off"), ("deployed", None, "as the host says")],
)
def test_the_switch_in_words(row: Row, mode: str, enabled: bool | None, words: str) -> None:
    boot = SecureBoot(Keys(), Keys(), Keys(), Dbx(), mode, enabled, is_custom=False)
    assert line_of(row._replace(boot=boot), TEXT).endswith(f"Secure Boot {words}")


@given(st.one_of(st.just(HOSTILE), st.text(st.characters(codec=None), max_size=20)))
def test_whatever_stands_in_a_name_it_stays_one_line_and_is_read_back(name: str) -> None:
    row = Row(name, "damaged", name, damage=(Problem(1, name, name),), damage_count=1)
    for style in (TEXT, JSON, CSV):
        line = line_of(row, style)
        assert line.isprintable()
        assert len(line.splitlines()) == 1
    assert told(row)["path"] == name
    assert line_of(row, JSON).isascii()
    assert cells(line_of(row, CSV))["verdict"] == "damaged"
    assert cells(line_of(row, CSV))["path"][:1] not in {"=", "+", "-", "@"}


def test_what_rows_share_is_written_once_and_never_mixed_up() -> None:
    for number in range(3000):
        keys = Keys(is_there=True, others=number)
        boot = SecureBoot(keys, Keys(), Keys(), Dbx(), "user", enabled=True, is_custom=False)
        row = Row("x", "ok", boot=boot, judged=Judged("ok", "", (), 0, ()))
        assert told(row)["pk"]["other_entries"] == number
