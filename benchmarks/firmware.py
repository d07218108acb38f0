"""The simulated firmware, against a bare dict lookup of the same run, and how its calls grow with the number of variables.

A store that fills with dead records would show what tidying up costs. So writing overwrites one variable in the boot phase of a machine
whose store never fills; after the boot phase the rules are the same ones.
"""

from collections.abc import Callable, Iterable
from functools import partial

import efirt
from benchmarks.measure import Row, best_seconds, per_item, per_item_in_turn
from efirt.drivers.simulated import Simulated
from efirt.firmware import DEFAULT, Firmware
from efirt.ops import GetNextVariableName, GetVariable, Op, Reply, SetVariable
from efirt.runtime.xen_simulated import behind_xen
from efirt.signatures.lazy import LazyVerifier

VENDOR = efirt.Guid.parse("5a1c3c60-7d0b-4c0e-8f43-5b7a2f0c9e0a")
STORED = efirt.Attributes(0x07)
SIGNED = efirt.Attributes(0x27)
COUNTS = (100, 1_000, 10_000)
BATCH = 20
"""Calls that are timed together: so few that some batch of many is not interrupted."""
ROOMY = DEFAULT._replace(limits=DEFAULT.limits._replace(store_size=1 << 40))
"""The usual firmware with a store that does not fill."""


def driver_of(count: int) -> Simulated:
    """A machine in its boot phase with so many variables beyond its own."""
    driver = Simulated(Firmware(ROOMY, now=lambda: 0, runtime=False, verifier=LazyVerifier()))
    for number in range(count):
        assert not driver.call(SetVariable(key(number), STORED, bytes(100))).status
    return driver


def key(number: int) -> efirt.Key:
    return efirt.Key(f"Variable{number:x}", VENDOR)


def spread(count: int) -> list[efirt.Key]:
    """As many keys as a batch has, from the first variable to the last."""
    return [key(number * count // BATCH) for number in range(BATCH)]


def gets(keys: Iterable[efirt.Key]) -> list[Op]:
    return [GetVariable(one) for one in keys]


def sets(keys: Iterable[efirt.Key]) -> list[Op]:
    """Each batch writes two values to each, since the same value again is not written."""
    return [SetVariable(one, STORED, bytes([value]) * 100) for one in keys for value in (1, 2)]


def checked(call: Callable[[Op], Reply], ops: list[Op]) -> list[Op]:
    """The operations, once each was answered with success."""
    for op in ops:
        reply = call(op)
        assert not reply.status, f"{op}: {reply.status}"
    return ops


def signed_writes() -> list[Op]:
    """Writes of one variable, each signed later than the one before."""
    from efirt.testing.conformance.payloads import Payloads, moment  # noqa: PLC0415 - an extra
    from efirt.testing.conformance.signing import Keys  # noqa: PLC0415

    payloads = Payloads(Keys())
    return [SetVariable(key(0), SIGNED, payloads.signed(key(0), SIGNED, moment(number), bytes(100))) for number in range(1, 101)]


def measure() -> list[Row]:
    names = {key(number): number for number in range(BATCH)}
    lookup = per_item(names.__getitem__, spread(BATCH))
    rows = [Row("a dict lookup", f"{1 / lookup:,.0f} calls/s", f"{lookup * 1e9:.0f} ns")]

    def row(what: str, seconds: float, aim: str) -> None:
        rows.append(Row(what, f"{1 / seconds:,.0f} calls/s", f"{seconds / lookup:,.0f} dict lookups", aim))

    driver, behind = driver_of(BATCH), behind_xen(driver_of(BATCH))
    reads, writes = gets(spread(BATCH)), sets(spread(BATCH))
    row("GetVariable, simulated", per_item(driver.call, checked(driver.call, reads)), "over 150,000 calls/s")
    row("SetVariable, simulated", per_item(driver.call, checked(driver.call, writes)), "over 50,000 calls/s")
    row("GetVariable, xen:simulated", per_item(behind.call, checked(behind.call, reads)), "over 15,000 calls/s")
    row("SetVariable, xen:simulated", per_item(behind.call, checked(behind.call, writes)), "over 15,000 calls/s")
    try:
        ops = signed_writes()
    except ImportError as why:
        rows.append(Row("an authenticated write", "skipped", str(why)))
    else:
        checked(driver_of(0).call, ops)
        first, *others = ops
        fresh = driver_of(0)
        fresh.call(first)
        row("an authenticated write", min(best_seconds(partial(fresh.call, op), rounds=1) for op in others), "over 1,000 calls/s")
    return rows + grown()


def grown() -> list[Row]:
    """Each call among more and more variables; where naming the next one costs the same among all, listing them is linear."""
    drivers = [driver_of(count) for count in COUNTS]
    asked: dict[str, list[list[Op]]] = {
        "GetVariable": [gets(spread(count)) for count in COUNTS],
        "SetVariable": [sets(spread(count)) for count in COUNTS],
        "GetNextVariableName": [[GetNextVariableName(one) for one in spread(count)[:-1]] for count in COUNTS],
    }
    found = {
        what: per_item_in_turn([(driver.call, checked(driver.call, one)) for driver, one in zip(drivers, ops, strict=True)])
        for what, ops in asked.items()
    }
    counts = ", ".join(f"{count:,}" for count in COUNTS)
    return [
        Row(
            f"{what} among {counts}",
            ", ".join(f"{one * 1e6:.1f}" for one in seconds) + " us",
            ", ".join(f"{one / seconds[0]:.2f}" for one in seconds) + f" of that among {COUNTS[0]}",
            "flat",
        )
        for what, seconds in found.items()
    ]
