"""Runs inside a dom0: replays a sequence of operations on the real firmware and writes down what came back.

Usage: replay.py OPS.json ANSWERS.json. The variable store is copied by the host before the first operation.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import efirt
from efirt.ops.notation import read_op, write_reply
from efirt.values.attributes import Attributes


def main() -> None:
    ops = [read_op(op) for op in json.loads(Path(sys.argv[1]).read_text())]
    with efirt.open("xen") as runtime:
        volatile = [variable for variable in runtime.variables() if not variable.attributes & Attributes.NV]
        snapshot = runtime.query(boot_snapshot=True)
        # Boot leaves records in the volatile store that take room and are not for runtime: only this figure tells of them.
        of_volatile = runtime.query(Attributes.BS | Attributes.RT)
        subprocess.run(["lab-snapshot", "start"], check=True)  # the machine stands still for it, its clock does not
        clock = runtime.clock().time
        began = time.monotonic()
        answers, moments = [], []
        for op in ops:
            moments.append(round(time.monotonic() - began, 3))
            try:
                answers.append(write_reply(runtime.call(op)))
            except efirt.HypervisorError as refusal:
                answers.append({"errno": refusal.errno})
    found = {
        "volatile": [[*variable.key[:1], str(variable.key.guid), int(variable.attributes), variable.data.hex()] for variable in volatile],
        "snapshot": snapshot,
        "volatile_used": of_volatile.maximum_storage_size - of_volatile.remaining_storage_size,
        "clock": clock,
        "moments": moments,
        "answers": answers,
    }
    Path(sys.argv[2]).write_text(json.dumps(found))


main()
