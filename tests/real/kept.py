"""What real machines showed, kept as files, so that the model can be held against it where no machine boots.

    python -m tests.real.kept

makes the files anew in a machine of the lab.
"""

import gzip
import json
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from efirt import Attributes, EfiTime, Guid, HypervisorError, Key, Variable
from efirt.ops import Op, VariableInfo
from efirt.ops.notation import read_op, write_op, write_reply
from efirt.store import Record
from efirt.testing.explained import Answer
from efirt.testing.restarts import filling, restarting
from tests.real.boots import Boot, Memory
from tests.real.differential import ROOT, read_answer, run_on_real
from tests.real.programs import started_by

FOLDER: Final = ROOT / "tests" / "data" / "firmware"
_MACHINE: Final = "xen-pvh"


def sequences(program: bytes) -> dict[str, list[Op]]:
    """The sequences that are kept, by the names of their files."""
    return {"boots-restarting": restarting(1, (400, 300, 60), program), "boots-filling": filling(1, 2, 150, program)}


def _write_answer(answer: Answer) -> dict[str, object]:
    return {"errno": answer.errno} if isinstance(answer, HypervisorError) else write_reply(answer)  # type: ignore[arg-type]


def _write_record(record: Record) -> list[Any]:
    return [record.key.name, str(record.key.guid), int(record.attributes), record.data.hex(), record.timestamp]


def write(boots: Iterable[Boot]) -> bytes:
    """Boots as a file's contents."""
    written = [
        {
            "ops": [write_op(op) for op in boot.ops],
            "answers": [_write_answer(answer) for answer in boot.answers],
            "moments": boot.moments,
            "clock": boot.clock,
            "stored": [_write_record(record) for record in boot.memory.stored],
            "half_deleted": [[key.name, str(key.guid)] for key in sorted(boot.memory.half_deleted)],
            "used": boot.memory.used,
            "volatile": [_write_record(Record(*variable)) for variable in boot.memory.volatile],
            "volatile_used": boot.memory.volatile_used,
            "snapshot": boot.memory.snapshot,
        }
        for boot in boots
    ]
    return gzip.compress(json.dumps(written).encode(), mtime=0)


def _read_record(written: list[Any]) -> Record:
    name, guid, attributes, data, time = written
    return Record(Key(name, Guid.parse(guid)), Attributes(attributes), bytes.fromhex(data), EfiTime(*time))


def read(contents: bytes) -> Iterator[Boot]:
    """The boots of a file."""
    for written in json.loads(gzip.decompress(contents)):
        memory = Memory(
            tuple(map(_read_record, written["stored"])),
            frozenset(Key(name, Guid.parse(guid)) for name, guid in written["half_deleted"]),
            written["used"],
            tuple(Variable(*_read_record(record)[:3]) for record in written["volatile"]),
            written["volatile_used"],
            VariableInfo(*written["snapshot"]),
        )
        answers = [*map(read_answer, written["answers"])]
        yield Boot([read_op(op) for op in written["ops"]], answers, written["moments"], EfiTime(*written["clock"]), memory)


def main() -> None:
    """Make the files anew."""
    for name, ops in sequences(started_by(_MACHINE)).items():
        with tempfile.TemporaryDirectory(prefix="efirt-kept.") as out:
            (FOLDER / f"{name}.json.gz").write_bytes(write(run_on_real(ops, _MACHINE, Path(out))))


if __name__ == "__main__":
    main()
