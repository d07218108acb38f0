"""A row as text: for people, as JSON, as CSV. One line each."""

from collections.abc import Callable
from functools import lru_cache
from json import JSONEncoder
from json.encoder import encode_basestring_ascii as _quoted

from efirt.annotation import Final
from efirt.scan.row import Row
from efirt.views.certificate_update import Judged, Update
from efirt.views.secure_boot import Certificate, Dbx, Keys, SecureBoot
from efirt.wire.escape import sentence

TEXT: Final = "text"
JSON: Final = "json"
CSV: Final = "csv"

COLUMNS: Final = (
    "path",
    "verdict",
    "reason",
    "format",
    "size",
    "variables",
    "mode",
    "enabled",
    "pk",
    "pk_certificates",
    "kek_certificates",
    "db_certificates",
    "dbx_entries",
    "dbx_version",
    "missing",
    "changes_pcr7",
    "needed",
    "free",
    "reclaimable",
    "damage_count",
    "damage",
    "remarks",
)
"""The first line of a CSV file."""

_WIDTH: Final = 16
_MOST_KEPT: Final = 1024

_LITERALS: Final = {None: "null", True: "true", False: "false"}

_encoded = JSONEncoder().encode
_texts: Final[dict[int, tuple[object, str]]] = {}
"""Of each value that many rows share: itself, so that its number stays its own, and its JSON."""


def line_of(row: Row, style: str) -> str:
    """A row in a style."""
    return _STYLES[style](row)


def header_of(style: str) -> str | None:
    """What stands before the first row; None for nothing."""
    return ",".join(COLUMNS) if style == CSV else None


def _text(row: Row) -> str:
    told = [row.reason] if row.reason else []
    if row.judged and row.judged.updates:
        told.append("changes PCR 7")
    if row.boot is not None:
        told.append(f"PK {row.boot.pk_kind}, Secure Boot {_switch(row)}")
    return sentence(f"{row.verdict:{_WIDTH}}  {row.path}: {'; '.join(told)}")


def _switch(row: Row) -> str:
    boot = row.boot
    if boot is None or boot.mode in {"setup", "audit"}:
        return "not set up" if boot is None or boot.mode == "setup" else "in audit mode"
    return {True: "on", False: "off", None: "as the host says"}[boot.enabled]


def _json(row: Row) -> str:
    """A row as an object; its members are put together here, in half the time that an encoder of any object takes."""
    boot, result, room = row.boot, row.judged, row.room
    reason, form = (_quoted(text) if text else "null" for text in (row.reason, row.format))
    damage = _encoded([problem._asdict() for problem in row.damage]) if row.damage else "[]"
    text = (
        f'{{"path": {_quoted(row.path)}, "verdict": "{row.verdict}", "reason": {reason}, "format": {form}, '
        f'"size": {_literal(row.size)}, "variables": {_literal(row.variables)}, {_modes(boot)}, '
        f'"needed": {_literal(result and result.needed)}, "changes_pcr7": {_literal(None if result is None else bool(result.updates))}, '
        f'"free": {_literal(room and room.free)}, "reclaimable": {_literal(room and room.reclaimable)}, '
        f'"damage_count": {row.damage_count}, "damage": {damage}, "remarks": {_list(result.remarks if result else ())}, '
        f"{_keys(boot, result)}}}"
    )
    return text.replace("\x7f", "\\u007f") if "\x7f" in text else text


def _modes(boot: SecureBoot | None) -> str:
    if boot is None:
        return '"mode": null, "enabled": null, "custom": null'
    return f'"mode": "{boot.mode}", "enabled": {_literal(boot.enabled)}, "custom": {_literal(boot.is_custom)}'


def _keys(boot: SecureBoot | None, result: Judged | None) -> str:
    if boot is None or result is None:
        return '"pk": null, "kek": null, "db": null, "dbx": null, "updates": []'
    kek, db, dbx = _shared(boot.kek, _keys_json), _shared(boot.db, _keys_json), _shared(boot.dbx, _dbx_json)
    pk = f'{{"kind": "{boot.pk_kind}", {_keys_json(boot.pk)[1:]}'  # of each machine another
    return f'"pk": {pk}, "kek": {kek}, "db": {db}, "dbx": {dbx}, "updates": {_shared(result.updates, _updates_json)}'


def _literal(value: int | None) -> str:
    """A number, or a truth; null where there is none."""
    return _LITERALS[value] if value is None or value is True or value is False else str(value)


@lru_cache(maxsize=_MOST_KEPT)
def _list(sentences: tuple[str, ...]) -> str:
    return _encoded(list(sentences))


def _shared(value: object, make: Callable[..., str]) -> str:
    """The JSON of a value that other rows have, too: the same object."""
    found = _texts.get(id(value))
    if found is None:
        if len(_texts) >= _MOST_KEPT:
            _texts.clear()
        found = _texts[id(value)] = value, make(value)
    return found[1]


def _keys_json(keys: Keys) -> str:
    certificates = ", ".join([_certificate(one) for one in keys.certificates])
    problem = _quoted(keys.problem) if keys.problem else "null"
    return (
        f'{{"is_there": {_literal(keys.is_there)}, "certificates": [{certificates}], "other_entries": {keys.others}, "problem": {problem}}}'
    )


def _dbx_json(dbx: Dbx) -> str:
    return _encoded(dbx.counted._asdict() | {"is_there": dbx.is_there, "problem": dbx.problem or None})


def _certificate(one: Certificate) -> str:
    names, known = one.names, one.known
    words = '"subject": null, "issuer": null, "serial": null, "not_before": null, "not_after": null'
    if names is not None:
        words = (
            f'"subject": {_quoted(names.subject)}, "issuer": {_quoted(names.issuer)}, "serial": "{names.serial:x}", '
            f'"not_before": "{names.not_before}", "not_after": "{names.not_after}"'
        )
    told = '"known": null, "kind": "unknown", "recognized_by": null'
    if known is not None:
        told = f'"known": {_quoted(known.name)}, "kind": "{known.kind}", "recognized_by": {_quoted(known.by)}'
    problem = _quoted(one.problem) if one.problem else "null"
    return f'{{{words}, "sha256": "{one.thumbprint}", "owner": "{one.owner}", {told}, "problem": {problem}}}'


def _updates_json(updates: tuple[Update, ...]) -> str:
    return _encoded(
        [update._asdict() | {"certificate": update.certificate or None, "thumbprint": update.thumbprint or None} for update in updates]
    )


def _csv(row: Row) -> str:
    boot, result, room = row.boot, row.judged, row.room
    keys = () if boot is None else (boot.pk, boot.kek, boot.db)
    cells: dict[str, object] = dict.fromkeys(COLUMNS, "")
    cells |= {"path": row.path, "verdict": row.verdict, "reason": row.reason, "format": row.format}
    cells |= {"size": _number(row.size), "variables": _number(row.variables), "damage_count": row.damage_count}
    cells["damage"] = "; ".join(f"at byte {problem.offset}: {problem.what}" for problem in row.damage)
    for column, one in zip(("pk_certificates", "kek_certificates", "db_certificates"), keys, strict=False):
        cells[column] = "; ".join(certificate.title for certificate in one.certificates)
    if boot is not None:
        cells |= {"mode": boot.mode, "enabled": {True: "yes", False: "no", None: ""}[boot.enabled], "pk": boot.pk_kind}
        cells |= {"dbx_entries": boot.dbx.counted.entries, "dbx_version": boot.dbx.counted.version or ""}
    if result is not None:
        cells["missing"] = "; ".join(f"{update.variable}: {update.certificate or 'another PK'}" for update in result.updates)
        cells |= {"changes_pcr7": "yes" if result.updates else "no", "needed": result.needed, "remarks": "; ".join(result.remarks)}
    if room is not None:
        cells |= {"free": room.free, "reclaimable": room.reclaimable}
    return ",".join(_cell(sentence(str(cells[column]))) for column in COLUMNS)


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _cell(text: str) -> str:
    """A cell; one that a spreadsheet would take for a formula gets a blank before it."""
    if text[:1] in {"=", "+", "-", "@"}:
        text = f" {text}"
    return '"' + text.replace('"', '""') + '"' if '"' in text or "," in text else text


_STYLES: Final = {TEXT: _text, JSON: _json, CSV: _csv}
