"""Which drivers apply here, and the one that is taken when none is named."""

import os
from errno import EACCES, EPERM

from efirt.annotation import Any, Final, Mapping, NamedTuple
from efirt.errors import DriverError, NoDriver, PermissionDenied
from efirt.later import imported
from efirt.ops import Driver, Finding, Op
from efirt.runtime import registry
from efirt.runtime.registry import Entry, foreign, open_driver, package, switched_off

CHOOSE: Final = "EFIRT_DRIVER"
"""The driver to open when none is named."""


_CLOSED: Final = frozenset({EACCES, EPERM})


class Report(NamedTuple):
    """One line of what drivers there are.

    Attributes:
        name: What opens it.
        summary: What it reaches.
        live: Whether it reaches the firmware of the machine it runs on.
        finding: Whether it applies here, and why.
        carried: The operations it has a road for; empty where that cannot be known without opening it.
        refused: Operations it has no road for, each with the reason.
    """

    name: str
    summary: str
    live: bool
    finding: Finding
    carried: frozenset[type[Op]]
    refused: Mapping[type[Op], str]


def _find(entry: Entry) -> Finding:
    off = switched_off(entry.name, live=entry.live)
    if off:
        return off
    try:
        finding: Finding = imported(entry.module).find()
    except DriverError as refusal:
        return Finding(applies=False, reason=refusal.message, advice=refusal.advice)
    return finding


def _find_foreign(point: Any) -> Finding:  # noqa: ANN401 - an EntryPoint, whose module is imported late
    off = switched_off(point.name, live=True)
    if off:
        return off
    try:
        applies, reason, *more = point.load().find()
        return Finding(bool(applies), str(reason), str(more[0]) if more else "")
    except Exception as cause:  # noqa: BLE001 - a foreign driver that does not load is one line of the list, not its end
        return Finding(applies=False, reason=f"cannot be loaded: {cause}", advice=f"update or remove {package(point)}")


def reports() -> list[Report]:
    """Every driver, built in or offered by another package, whether it applies here, and what it carries."""
    found = []
    for entry in registry.BUILTIN:
        carried, refused = imported(entry.module).carries()
        found.append(Report(entry.name, entry.summary, entry.live, _find(entry), carried, refused))
    for name, point in sorted(foreign().items()):
        summary = f"offered by {package(point)}"
        found.append(Report(name, summary, live=True, finding=_find_foreign(point), carried=frozenset(), refused={}))
    return found


def choose() -> str:
    """The name of the driver to open when none is named: EFIRT_DRIVER, or the first live one that applies.

    Raises:
        NoDriver: None applies; the text says why each does not.
        PermissionDenied: None applies, and one would but for this process' rights.
    """
    chosen = _chosen()
    if chosen:
        return chosen
    reasons, advice, closed = [], [], None
    for entry in registry.BUILTIN:
        if entry.live and entry.is_for_this_system:
            finding = _find(entry)
            if finding.applies:
                return entry.name
            reasons.append(f"{entry.name}: {finding.reason}")
            closed = closed or (finding if finding.os_errno in _CLOSED else None)
            advice += [finding.advice] if finding.advice else []
    message = "no driver reaches this machine's firmware (" + "; ".join(reasons) + ")"
    if closed:
        raise PermissionDenied(message, closed.advice, os_errno=closed.os_errno)
    name_one = "name one, such as --driver xen:simulated or EFIRT_DRIVER=xen:simulated (efirt drivers lists them)"
    raise NoDriver(message, "; or ".join([*dict.fromkeys(advice), name_one]))


def _open_any() -> Driver | None:
    """The first live driver that opens, whether or not its firmware can be reached; None where one is chosen, or none opens."""
    for entry in () if _chosen() else registry.BUILTIN:
        try:
            if entry.live and entry.is_for_this_system:
                return open_driver(entry.name, inactive=True)
        except DriverError:
            continue
    return None


def _chosen() -> str:
    return os.environ.get(CHOOSE, "").strip()


def open_chosen(*, inactive: bool = False) -> Driver:
    """Open the driver that is taken when none is named; with ``inactive`` also where its firmware cannot be reached.

    Raises:
        NoDriver: As :func:`choose` and :func:`~efirt.runtime.registry.open_driver`.
        PermissionDenied: As these.
    """
    try:
        return (_open_any() if inactive else None) or open_driver(choose(), inactive=inactive)
    except NoDriver as refusal:
        if not _chosen():
            raise
        message = f"{refusal.message} (named by {CHOOSE})"
        raise NoDriver(message, refusal.advice, errno=refusal.errno, os_errno=refusal.os_errno) from None
