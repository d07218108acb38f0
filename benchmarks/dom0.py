"""In a real dom0, for information: efirt against the bare ioctl, efivarfs and efivar. Python under emulation says little about Python."""

import json
import tempfile
from pathlib import Path

import lab
from benchmarks.measure import Row

GUEST = Path(__file__).parent / "guest_dom0.py"


def measure(machine: str = "xen-pvh") -> list[Row]:
    with tempfile.TemporaryDirectory() as out:
        try:
            put: dict[str, Path | bytes] = {"/efirt/src": Path("src"), "/bench.py": GUEST}
            result = lab.run(machine, ["python3", "/bench.py"], put=put, out=Path(out))
        except lab.Missing as why:
            return [Row("skipped", str(why), "")]
        if result.exit_status:
            return [Row("failed", result.stderr.decode(errors="replace")[-300:], "")]
        found: dict[str, float] = json.loads(result.stdout)
    floor = found["bare ioctl, GetVariable"]
    return [Row(name, f"{seconds * 1e3:.2f} ms", f"{seconds / floor:.1f} x the bare ioctl") for name, seconds in found.items()]
