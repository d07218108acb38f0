"""What a status means for the question that was asked, and what to do about it."""

from efirt.annotation import Final
from efirt.values.status import Status

Words = tuple[str, str]

SET: Final[dict[int, Words]] = {
    Status.INVALID_PARAMETER: (
        "it takes neither this name, these attributes nor this size here: a namespace of the specification takes its own names only",
        "look at the variable's present attributes (get), and at its name",
    ),
    Status.WRITE_PROTECTED: (
        "it is read-only now, or a variable without RT exists under this name, out of sight and reach while an operating system runs",
        "use another name, or change it from the firmware's setup",
    ),
    Status.OUT_OF_RESOURCES: (
        "its store is full; while an operating system runs, the room of deleted and overwritten values does not come back",
        "delete what is not needed, reboot, and try again",
    ),
    Status.SECURITY_VIOLATION: (
        "the write has to be signed, by the right key and with a later time stamp",
        "write a signed update (.auth) with the attribute AT",
    ),
    Status.ACCESS_DENIED: ("a lock of the platform's stands before it", "look for a lock in the firmware's setup"),
    Status.DEVICE_ERROR: ("the flash did not take it", "try again; if it stays, the board's flash or its lock is the cause"),
    Status.NOT_FOUND: ("no such variable is visible", "list shows what there is"),
    Status.UNSUPPORTED: ("this firmware does not write variables while an operating system runs, or not this kind", ""),
}
VOLATILE: Final[Words] = (
    "while an operating system runs, a variable without NV can be read only, and not created",
    "add the attribute NV",
)
GET: Final[dict[int, Words]] = {
    Status.NOT_FOUND: ("no such variable is visible", "names are case sensitive, and belong to a GUID: list shows what there is"),
    Status.UNSUPPORTED: ("this firmware does not give out variables while an operating system runs", ""),
    Status.DEVICE_ERROR: ("the flash did not give it", "try again"),
}
CLOCK: Final[dict[int, Words]] = {
    Status.INVALID_PARAMETER: ("it does not take this time; many clocks hold 1998 to 2097 only", "choose a time within the clock's range"),
    Status.UNSUPPORTED: ("it has no such service, or, for an alarm, takes none later than 24 hours from now", "choose a time within a day"),
    Status.DEVICE_ERROR: (
        "its clock, or the variable that keeps the zone, could not be read or written",
        "try again; a full variable store is one cause",
    ),
}
OTHER: Final[dict[int, Words]] = {
    Status.UNSUPPORTED: ("it does not have this service", ""),
    Status.OUT_OF_RESOURCES: ("its variable store is full", "delete what is not needed, and reboot"),
}
