"""What the tests of drivers that hold a driver work with."""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Thread

from efirt.drivers.record import Record
from efirt.drivers.replay import Replay
from efirt.drivers.replay import open_driver as open_replay
from efirt.ops import Driver, Op, Reply
from efirt.runtime.registry import open_driver
from efirt.testing.sequences import Generator
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.key import Key

NAMES = ("simulated", "xen:simulated")
OURS = Guid.parse("6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a11")
NV_BS_RT = Attributes(7)
ORDER = Key.parse("BootOrder")


def key(name: str) -> Key:
    """Give a key in a namespace nobody else uses."""
    return Key(name, OURS)


def closed(driver: Driver) -> list[str]:
    """Have a driver remember that it was closed."""
    times: list[str] = []
    before = driver.close

    def close() -> None:
        times.append("closed")
        before()

    driver.close = close  # type: ignore[method-assign]
    return times


def recorded(name: str, path: Path, ops: Iterable[Op]) -> list[Reply | Exception]:
    """Record operations on a driver, and give what it answered."""
    driver = Record.open(open_driver(name), str(path))
    answers = answers_of(driver, ops)
    driver.close()
    return answers


def answers_of(driver: Driver, ops: Iterable[Op]) -> list[Reply | Exception]:
    """Ask each operation; whatever comes back is an answer."""
    found: list[Reply | Exception] = []
    for op in ops:
        try:
            found.append(driver.call(op))
        except Exception as cause:  # noqa: BLE001 - whatever it is, it is compared
            found.append(cause)
    return found


def told(answers: Iterable[Reply | Exception]) -> list[object]:
    """Give answers so that equal ones are equal: an exception by its class and all it holds."""
    return [(type(answer), str(answer), vars(answer)) if isinstance(answer, Exception) else answer for answer in answers]


def replayed(path: Path, option: str = "") -> Replay:
    """Open a recording."""
    return open_replay(str(path), {"order": option} if option else {})


def at_once(*works: Callable[[], object]) -> None:
    """Let threads work, and change between them as often as can be."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    threads = [Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.setswitchinterval(before)


def sequence(count: int = 300, seed: int = 1) -> list[Op]:
    """Give random operations."""
    return Generator(seed).sequence(count)
