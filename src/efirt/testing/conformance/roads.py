"""What is known of the roads to firmware: where an answer is the kernel's doing, and not firmware's."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from efirt.drivers.efivarfs.port import Files
from efirt.errors import DriverError
from efirt.ops import Driver, SetTime
from efirt.ops.holder import layers
from efirt.runtime.active import Attachment
from efirt.testing.conformance.asked import question
from efirt.testing.conformance.case import Case, Mismatch
from efirt.values.efi_time import EfiTime
from efirt.values.errno_tables import may_stand_for, system_behind
from efirt.values.status import Status

_ANY_TIME: Final = SetTime(EfiTime(2030, 13, 1))


class Road(NamedTuple):
    """A kernel between the suite and firmware.

    Attributes:
        cases: Case to what the kernel does instead.
        tells_largest: Whether the size of the largest variable comes through.
    """

    cases: Mapping[str, str] = {}
    tells_largest: bool = True


_NO_CLOCK: Final = "this kernel takes any time and sets none, as FreeBSD's pvefi does in a Xen dom0"
_UNLINK: Final = "Linux takes a variable that it looks at away by its file, and has one error number for whatever firmware says to that"
_WHOLE: Final = "a read of efivarfs brings the whole value: there is no room to be too small"
_LARGEST: Final = "efivarfs tells the size of the store, and not of the largest variable"
_ASKED_FIRST: Final = "Linux asks for the room of such variables first, and firmware refuses their attributes there"
_NO_FILE: Final = "Linux deletes through the variable's file, and there is none: firmware is not asked"

_ROADS: Final[Mapping[str, Road]] = {
    "efivarfs": Road(
        {
            "VAR-GET-008": _WHOLE,
            "VAR-GET-009": _WHOLE,
            "VAR-APP-008": _ASKED_FIRST,
            "VAR-GLB-046": _NO_FILE,
            "VAR-GLB-207": _UNLINK,
            "VAR-QRY-015": _LARGEST,
        },
        tells_largest=False,
    ),
    "efi_test": Road(cases={"VAR-GET-010": "efi_test hands no attributes back beside BUFFER_TOO_SMALL"}),
    "freebsd": Road(cases={"TIME-GET-007": "FreeBSD's call for the time brings no capabilities of the clock"}),
    "image": Road(cases={"VAR-QRY-024": "the file is written without what is dead, so its room comes back at once"}),
}


def road_of(driver: Driver) -> Road:
    """The road a driver takes, whatever holds it; one that changes nothing where none is known."""
    return _ROADS.get(_name(driver), Road())


def _name(driver: Driver) -> str:
    return driver.name.partition("?")[0].partition(":")[0]


def known(driver: Driver, case: Case, mismatch: Mismatch, tell: Callable[[str], None] = lambda _line: None) -> str:
    """What a road does to an answer that is not the expected one, as a sentence; empty where it does nothing of the kind.

    Args:
        driver: What was asked.
        case: In which case.
        mismatch: What came.
        tell: Takes what is asked besides, in words, before it is.
    """
    road = road_of(driver)
    if case.id in road.cases:
        return road.cases[case.id]
    system, number = system_behind(driver.name), mismatch.os_errno
    if system and number is not None and any(may_stand_for(one, number, system) for one in mismatch.wanted):
        wanted = " or ".join(map(str, mismatch.wanted))
        return f"the kernel's error number {number} stands for {wanted}, too"
    if _name(driver) == "freebsd" and case.id.startswith("TIME-SET") and _takes_any_time(driver, tell):
        return _NO_CLOCK
    return ""


def _takes_any_time(driver: Driver, tell: Callable[[str], None]) -> bool:
    tell(question(_ANY_TIME))
    try:
        return driver.call(_ANY_TIME).status == Status.SUCCESS
    except DriverError:
        return False


def files_of(driver: Driver) -> Files | None:
    """The files behind efivarfs; None for any other driver, and where something holds it that files would pass by."""
    *holders, last = layers(driver)
    return getattr(last, "files", None) if all(isinstance(one, Attachment) for one in holders) else None
