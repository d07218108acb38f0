"""What one boot of a machine shows: what its memory held at first, what was asked, what came back."""

from collections.abc import Iterator
from typing import NamedTuple

from efirt import Attributes, EfiTime, Key, Status, Variable
from efirt.firmware.bits import BS, NV, RT
from efirt.ops import GetNextVariableName, Op, QueryVariableInfo, Reply, VariableInfo
from efirt.ops.variables import FIRST
from efirt.store import Record
from efirt.testing.explained import Answer


class Memory(NamedTuple):
    """What a machine's memory holds after a boot.

    Attributes:
        stored: What is stored, hidden variables too, in order.
        half_deleted: Which of it an update had marked and not finished.
        used: Bytes of all stored records, the dead too.
        volatile: The volatile variables that show.
        volatile_used: Bytes of all volatile records, those that do not show and the dead too.
        snapshot: The room there was when the boot phase ended.
    """

    stored: tuple[Record, ...]
    half_deleted: frozenset[Key]
    used: int
    volatile: tuple[Variable, ...]
    volatile_used: int
    snapshot: VariableInfo

    def looks(self, stored: int, volatile: int) -> Iterator[tuple[Op, Reply]]:
        """The same as questions and answers, so that it can be compared like them.

        Args:
            stored: How many stored variables to ask for.
            volatile: How many volatile ones.
        """
        yield from _each([_reply(record)._replace(pending=record.key in self.half_deleted) for record in self.stored], stored)
        yield from _each([_reply(Record(*variable)) for variable in self.volatile], volatile)
        yield QueryVariableInfo(Attributes(NV | BS | RT), boot_snapshot=True), Reply(Status.SUCCESS, storage=self.snapshot)
        yield QueryVariableInfo(Attributes(NV | BS | RT)), Reply(Status.SUCCESS, size=self.used)
        yield QueryVariableInfo(Attributes(BS | RT)), Reply(Status.SUCCESS, size=self.volatile_used)


def _reply(record: Record) -> Reply:
    return Reply(Status.SUCCESS, record.data, len(record.data), record.attributes, record.key, time=record.timestamp)


def _each(found: list[Reply], count: int) -> Iterator[tuple[Op, Reply]]:
    for number in range(count):
        before = found[number - 1].key if 0 < number <= len(found) else None
        yield GetNextVariableName(before or FIRST), found[number] if number < len(found) else Reply(Status.NOT_FOUND)


class Boot(NamedTuple):
    """One boot of a machine, as its operating system saw it, up to a reset.

    Attributes:
        ops: What was asked; a reset stands at the end where one follows.
        answers: What came back; nothing for the reset.
        moments: Seconds after the first question at which each was asked.
        clock: The machine's clock at first.
        memory: What its memory held at first.
    """

    ops: list[Op]
    answers: list[Answer]
    moments: list[float]
    clock: EfiTime
    memory: Memory
