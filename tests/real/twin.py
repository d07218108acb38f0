"""The simulated side of a differential run: a machine that begins as the real one did, and goes through its resets with it."""

from calendar import timegm
from collections.abc import Iterator
from typing import Final, NamedTuple

from efirt import Attributes, EfiTime, Key, Status
from efirt.firmware import Firmware, Profile
from efirt.firmware.bits import BS, NV, RT
from efirt.ops import GetTime, Op, QueryVariableInfo, Reply, ResetSystem
from efirt.runtime.xen_simulated import behind_xen
from efirt.signatures.lazy import LazyVerifier
from efirt.store import Record
from efirt.testing.explained import Answer
from efirt.testing.sequences import replay
from efirt.values.guid_names import GLOBAL
from tests.real.boots import Boot, Memory
from tests.real.outcomes import Before, outcome, watched

CLOCK_LAG: Final = 5
"""Seconds by which the simulated machine's clock is behind at first: nothing sets two machines' clocks alike."""

STORED: Final = Attributes(NV | BS | RT)
_BOOT_MANAGER: Final = (
    ("ConIn", 258),
    ("ConOut", 209),
    ("ErrOut", 209),
    ("ConOut", 241),
    ("ConOut", 178),
    ("ConOut", None),
    ("ConIn", None),
    ("ErrOut", None),
)
"""What the boot manager of the lab's machines writes at each boot, where nobody changed its variables: sizes, None for what was there.

Source: edk2-stable202211, OvmfPkg/Library/PlatformBootManagerLib/BdsPlatform.c, PrepareLpcBridgeDevicePath, PlatformInitializeConsole.
"""


class Said(NamedTuple):
    """What the simulated side said to one question.

    Attributes:
        answer: Its answer.
        outcome: What became of an authenticated write, by its own account.
    """

    answer: Answer
    outcome: str | None


class Twin:
    """A simulated machine that begins as a real one did.

    Args:
        memory: What the real one's memory held at first.
        clock: What its clock showed.
        profile: Which firmware.
    """

    def __init__(self, memory: Memory, clock: EfiTime, profile: Profile) -> None:
        profile, self._broken = watched(profile)
        self._moment = 0
        self._start = timegm(clock[:6]) - CLOCK_LAG
        self._snapshot = memory.snapshot
        self.firmware = Firmware(
            profile,
            now=lambda: self._start + self._moment,
            stored=memory.stored,
            volatile=[Record(*variable) for variable in memory.volatile],
            used=memory.used,
            volatile_used=memory.volatile_used,
            half_deleted=memory.half_deleted,
            verifier=LazyVerifier(),
        )
        self._driver = behind_xen(self.firmware, snapshot=Reply(Status.SUCCESS, storage=memory.snapshot))

    def answer(self, ops: list[Op], moments: list[float]) -> Iterator[Said]:
        """Answer what the real one was asked in a boot, the clock showing at each step what the real one can have shown."""
        for op, moment in zip(ops, moments, strict=False):
            self._moment = int(moment)
            self._broken.clear()
            before = Before.of(self.firmware, op)
            (answer,) = replay(self._driver, [op])
            yield Said(answer, outcome(op, answer, before, self._broken))

    def restart(self, clock: EfiTime) -> None:
        """Go through a reset: boot, the boot manager's own writes, and on to the operating system.

        A machine of the lab ends with its process, and the next one's chip shows the host's time and has no alarm: so it is made here.
        """
        firmware = self.firmware
        firmware.boot()
        consoles = {name: firmware.variables.find(Key(name, GLOBAL)) for name, _ in _BOOT_MANAGER}
        for name, size in _BOOT_MANAGER:
            record = consoles[name]
            if record is not None:
                firmware.variables.own(record.key, STORED, record.data if size is None else bytes(size))
        query = firmware.call(QueryVariableInfo(STORED))
        firmware.exit_boot_services()
        assert query.storage is not None
        self._snapshot = query.storage
        self._driver = behind_xen(firmware, snapshot=query)
        self._moment = 0
        shown = firmware.call(GetTime()).time
        if shown is not None:
            self._start += timegm(clock[:6]) - CLOCK_LAG - timegm(shown[:6])
        firmware.clock.alarm_of_day, firmware.clock.enabled = 0, False
        firmware.clock.start()

    def memory(self) -> Memory:
        """What its memory holds now."""
        stored, volatile = self.firmware.variables.stored, self.firmware.variables.volatile
        shown = tuple(record.variable for record in volatile.store if record.attributes & RT)
        used = stored.used.common + stored.used.errors
        return Memory(tuple(stored.store), frozenset(stored.half_deleted), used, shown, volatile.used.common, self._snapshot)


def boots(machine: Twin, parts: list[list[Op]], clock: EfiTime) -> Iterator[Boot]:
    """What a simulated machine shows in place of a real one, in as many boots as there are parts."""
    for number, part in enumerate(parts):
        if number:
            machine.restart(clock)
        memory, shown = machine.memory(), machine.firmware.call(GetTime()).time
        moments = [0.0] * len(part)
        asked: list[Op] = [op for op in part if not isinstance(op, ResetSystem)]
        yield Boot(part, [said.answer for said in machine.answer(asked, moments)], moments, shown or clock, memory)
