"""What a call costs outside firmware, and how many hypercalls a listing takes."""

from functools import partial

import efirt
from benchmarks.measure import Row, per_call
from efirt.drivers.xen import codec
from efirt.drivers.xen.driver import XenDriver
from efirt.drivers.xen.port import Port
from efirt.ops import GetNextVariableName, GetVariable, Op, SetVariable
from efirt.wire.memory import Mapping

KEY = efirt.Key.parse("BootOrder")
OPS: dict[str, Op] = {
    "GetVariable": GetVariable(KEY),
    "SetVariable of 100 bytes": SetVariable(KEY, efirt.Attributes(7), bytes(100)),
    "GetNextVariableName": GetNextVariableName(KEY),
}


class NullTransport:
    """Memory without a hypervisor behind it: every hypercall succeeds and does nothing."""

    name = "null"

    def allocate(self, size: int) -> Mapping:
        return Mapping(0x1000, size)

    def free(self, region: Mapping) -> None:
        pass

    def hypercall(self, number: int, address: int) -> None:
        pass

    def close(self) -> None:
        pass


def measure() -> list[Row]:
    rows = []
    for name, op in OPS.items():
        driver = XenDriver(Port(NullTransport()))
        whole = per_call(partial(driver.call, op))
        floor = per_call(partial(codec.encode, op))
        rows.append(
            Row(f"{name} over a null port", f"{whole * 1e6:.1f} us", f"{whole / floor:.1f} x encoding its bytes alone", "under 40 us")
        )
    with efirt.open("xen:simulated") as runtime:
        list(runtime.variables())
        before = runtime.hypercalls or 0
        count = len(list(runtime.variables()))
        used = (runtime.hypercalls or 0) - before
        rows.append(Row("listing with data", f"{used} hypercalls", f"{count} variables", f"2 N + 1 = {2 * count + 1}"))
        get = per_call(partial(runtime.call, OPS["GetVariable"]), calls=2000)
        rows.append(Row("GetVariable on xen:simulated", f"{1 / get:,.0f} calls/s", f"{get * 1e6:.0f} us"))
    return rows
