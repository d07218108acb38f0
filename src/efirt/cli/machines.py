"""Which machine ``efirt check`` runs on: what a driver is goes by what opened it, and not by the name it has.

A simulated one is new for each case, a recorded run is asked again case by case, and everything else is asked as it is. The options that
hold a driver change none of that.
"""

from collections.abc import Callable
from functools import partial

from efirt.annotation import Final, NamedTuple
from efirt.cli.call import Call
from efirt.cli.holding import held
from efirt.cli.refusals import UsageError
from efirt.drivers.record import Record
from efirt.drivers.replay import Replay, ReplayInAnyOrder
from efirt.errors import DriverError
from efirt.firmware.chosen import chosen
from efirt.ops import Driver
from efirt.ops.holder import layers
from efirt.runtime.choice import choose
from efirt.runtime.registry import Address, Entry, entry_of
from efirt.runtime.services import Runtime
from efirt.testing.conformance import LiveMachine, SimulatedMachine
from efirt.testing.conformance.held import HeldMachine
from efirt.testing.conformance.machine import Machine
from efirt.testing.conformance.replayed import ReplayedMachine

_EDK2: Final = "EDK II"
_UNKNOWN: Final = "unknown"
_FRESH: Final = frozenset({"simulated", "xen:simulated"})
_IN_FILES: Final = frozenset({"simulated", "image"})
_OF_THE_FIRMWARE: Final = frozenset({"profile", "quirk"})
_FAULT: Final = "a fault in the firmware takes the whole host down"
_FAULT_XEN: Final = "a fault in the firmware under Xen takes the whole host down with every guest"

Hold = Callable[[Driver], Driver]


class Found(NamedTuple):
    """A machine to run on.

    Attributes:
        machine: It.
        name: What the report calls its driver.
        write: Whether cases may write.
        destructive: Whether they may touch more than the suite's own variables.
        danger: What writing does to more than this process, as the end of a sentence; empty where nothing of the kind can happen.
        real: Whether it is the machine this runs on.
        run: The recorded run it is; None for any other.
    """

    machine: Machine
    name: str
    write: bool = True
    destructive: bool = True
    danger: str = ""
    real: bool = False
    run: ReplayedMachine | None = None

    @property
    def record(self) -> Record | None:
        """The recording that is made of it."""
        return next((one for one in layers(self.machine.driver) if isinstance(one, Record)), None)


def find(call: Call, runtime: Runtime) -> Found:
    """The machine behind a driver that was opened and is not held yet.

    Raises:
        UsageError: An option makes no sense for it.
        ReplayMismatch: It is a recording of something else than a run of the suite.
        DecodeError: It is a damaged recording.
        DriverError: A recording of it cannot be begun.
    """
    given = call.arguments
    address = Address.parse(given.driver or choose())
    entry = entry_of(address)
    hold: Hold = partial(held, arguments=given)
    if address.name == "replay":
        return _replayed(runtime, given.profile, hold)
    if entry is None or entry.live:
        return _real(call, runtime, entry, hold)
    profile, quirks = chosen(given.profile or address.options.get("profile")), address.options.get("quirk", "")
    if entry.name == "image" and address.options.get("phase") != "runtime":
        raise UsageError("nothing runs that an image belongs to", "ask it as after the boot phase: image:PATH?phase=runtime")
    kept_in = address.argument if entry.name in _IN_FILES else ""
    if entry.name in _FRESH and not kept_in and address.options.keys() <= _OF_THE_FIRMWARE:
        fresh = SimulatedMachine(profile, xen=entry.name == "xen:simulated", quirks=quirks)
        return Found(HeldMachine(fresh, hold, runtime.name) if call.holds else fresh, runtime.name)
    destructive = not kept_in or given.destructive
    write = destructive or given.write
    name = "+".join([profile.name, *filter(None, quirks.split(","))])
    machine = LiveMachine(hold(runtime.driver), name, live=bool(kept_in), write=write, destructive=destructive)
    return Found(machine, runtime.name, write, destructive, f"they go into {kept_in}" if kept_in else "")


def _real(call: Call, runtime: Runtime, entry: Entry | None, hold: Hold) -> Found:
    given = call.arguments
    name = chosen(given.profile).name if given.profile else ""
    driver = hold(runtime.driver)
    write = given.write or given.destructive
    machine = LiveMachine(driver, name or _told(driver), write=write, destructive=given.destructive)
    fault = _FAULT_XEN if entry is not None and entry.name == "xen" else _FAULT
    return Found(machine, runtime.name, write, given.destructive, fault, real=True)


def _replayed(runtime: Runtime, profile: str | None, hold: Hold) -> Found:
    replay = next(one for one in layers(runtime.driver) if isinstance(one, Replay))
    if isinstance(replay, ReplayInAnyOrder):
        raise UsageError("a recorded run is played back case by case, and within a case in its order", "leave out ?order=any")
    machine = ReplayedMachine(replay.recording, replay.where, chosen(profile).name if profile else "")
    name = f"{runtime.name}, played back from {replay.where}"
    return Found(HeldMachine(machine, hold, runtime.name), name, machine.write, machine.destructive, run=machine)


def _told(driver: Driver) -> str:
    try:
        vendor = Runtime(driver).info().vendor or ""
    except DriverError:
        vendor = ""
    return "edk2" if _EDK2 in vendor else _UNKNOWN
