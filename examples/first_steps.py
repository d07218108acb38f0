"""The main job on any machine: the firmware's runtime services from a dom0, here a simulated firmware behind a simulated Xen.

On a real dom0 only the name differs: ``efirt.open("xen")``, or ``efirt.open()``, which finds it.
"""

from collections.abc import Callable
from typing import TypeVar

import efirt

Result = TypeVar("Result")
KEY = efirt.Key.parse("FirstSteps-6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a00")


def counted(runtime: efirt.Runtime, what: str, work: Callable[[], Result]) -> Result:
    """Do something, and say how many hypercalls it took."""
    before = runtime.hypercalls or 0
    result = work()
    print(f"  [{(runtime.hypercalls or 0) - before:2} hypercalls] {what}")
    return result


def main() -> None:
    for report in efirt.available_drivers():
        print(f"{report.name:14} {'applies' if report.finding.applies else 'does not apply'}: {report.finding.reason}")

    with efirt.open("xen:simulated") as runtime:
        print("\nthe firmware")
        information = counted(runtime, "ask who it is", runtime.info)
        print(f"  {information.vendor}; {information.state}")

        print("\nits variables")
        for variable in counted(runtime, "list them with their data", lambda: list(runtime.variables())):
            print(f"  {variable.attributes!s:12} {len(variable.data):5} {variable.key}")

        print("\nits clock")
        clock = counted(runtime, "read it", runtime.clock)
        print(f"  {clock.time}")

        print("\none variable")
        counted(runtime, "write it (one call asks for room first)", lambda: runtime.set(KEY, b"hello"))
        print(f"  {counted(runtime, 'read it', lambda: runtime.get(KEY)).data!r}")
        counted(runtime, "append to it (it is read first, and the room)", lambda: runtime.append(KEY, b", firmware"))
        print(f"  {counted(runtime, 'read it', lambda: runtime.get(KEY)).data!r}")
        counted(runtime, "delete it", lambda: runtime.delete(KEY, force=True))
        try:
            runtime.get(KEY)
        except efirt.NotFound as gone:
            print(f"  {gone}")


if __name__ == "__main__":
    main()
