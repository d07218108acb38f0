"""Operations on Linux's efivarfs: a variable is a file, and most of what firmware says comes back as an error number."""

from _thread import RLock
from collections.abc import Callable
from errno import EEXIST, ENAMETOOLONG, ENOENT, EROFS

from efirt.annotation import TYPE_CHECKING, ClassVar, Final, NamedTuple, Protocol
from efirt.drivers.efivarfs.capsules import Capsules, Device
from efirt.drivers.efivarfs.codec import read_content, read_name, why_not_created, why_not_reached, write_content, write_name
from efirt.drivers.efivarfs.port import Files, Port, Refusal
from efirt.drivers.efivarfs.refusals import error_of, status_of
from efirt.errors import DecodeError, DriverError, NoDriver, NotCarried
from efirt.ops.clock import GetTime, GetWakeupTime, SetTime, SetWakeupTime
from efirt.ops.driver import Op, Routes
from efirt.ops.miscellaneous import GetNextHighMonotonicCount, QueryCapsuleCapabilities, ResetSystem, UpdateCapsule
from efirt.ops.reply import Reply
from efirt.ops.tables import CopyTable, FirmwareInfo, GetTable, Probe
from efirt.ops.variables import FIRST, GetNextVariableName, GetVariable, QueryVariableInfo, SetVariable, VariableInfo
from efirt.values.attributes import Attributes
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from efirt.values.status import Status
from efirt.wire.text import encode_char16

if TYPE_CHECKING:
    from efirt.ops.road import Road

TYPES: Final = frozenset({"efivarfs", "fuse.efirt"})
"""File systems whose files are variables."""

RESERVE: Final = 5120
"""Bytes of the store that Linux keeps free on PCs.

Source: Linux 6.1, arch/x86/platform/efi/quirks.c, EFI_MIN_RESERVE.
"""

_LOOKED_AT: Final = frozenset({"ConIn", "ConInDev", "ConOut", "ConOutDev", "ErrOut", "ErrOutDev", "Lang", "PlatformLang", "Timeout"})
_LOOKED_AT_PREFIXES: Final = ("Boot", "Driver")
_CLOCK: Final = "efivarfs has variables only; efi_test reaches firmware's clock, and so does Linux's own (hwclock, rtcwake)"
_STORED: Final = Attributes.NV | Attributes.BS | Attributes.RT


class Mount(NamedTuple):
    """Where variables are.

    Attributes:
        path: A directory.
        type: Its file system, such as ``efivarfs``.
    """

    path: str
    type: str


class Platform(Protocol):
    """What this machine tells of its firmware beside the variables."""

    def copy_table(self, op: CopyTable) -> Reply:
        """A configuration table's contents."""

    def get_table(self, op: GetTable) -> Reply:
        """Where a configuration table is."""

    def lockdown(self) -> str:
        """How far Linux is locked down; empty where it is not, or does not say."""

    def is_dom0(self) -> bool:
        """Whether Linux asks firmware through Xen."""


def _is_looked_at(key: Key) -> bool:
    """Whether Linux looks at a variable's value before firmware does.

    Source: Linux 6.1, drivers/firmware/efi/vars.c, variable_validate.
    """
    return key.guid == GLOBAL and (key.name in _LOOKED_AT or key.name.startswith(_LOOKED_AT_PREFIXES))


def _no_such_name(op: Op, asked: str, problem: str) -> NotCarried:
    message = f"{asked}: efivarfs carries no such name: {problem}"
    return NotCarried(message, "choose another name, or another driver", operation=type(op).__name__)


class EfivarfsDriver(Routes):
    """Variables through a directory, and what sysfs tells beside them.

    ``room`` of GetVariable does not matter here: a read brings the whole value. Where a refusal came back as an error number that
    stands for several statuses, the reply has the most likely one, and the number as ``os_errno``.

    Attributes:
        path: The directory.
        files: What is in it, as the kernel shows it.
    """

    NOT_CARRIED: ClassVar = {
        **dict.fromkeys((GetTime, SetTime, GetWakeupTime, SetWakeupTime), _CLOCK),
        QueryVariableInfo: "this kernel does not tell how much room there is (Linux does from 6.6 on, Debian from 6.1 on)",
        GetNextHighMonotonicCount: "efivarfs has variables only; efi_test reaches the counter",
        QueryCapsuleCapabilities: "Linux asks it itself when a capsule is handed to it (UpdateCapsule)",
        ResetSystem: "Linux keeps the reset to itself (reboot, poweroff)",
        FirmwareInfo: "only Xen has this service",
        UpdateCapsule: "this directory is not this machine's own",
        GetTable: "this directory is not this machine's own",
        CopyTable: "this directory is not this machine's own",
    }

    def __init__(
        self, files: Files, mount: Mount, name: str = "efivarfs", platform: Platform | None = None, loader: Device | None = None
    ) -> None:
        self._port = Port(files)
        self.files = files
        self._mount = mount
        self._platform = platform
        self.path = mount.path
        self._lock = RLock()
        self._order: dict[Key, Key | None] = {}
        self._spelled: dict[Key, bytes] = {}
        routes: dict[type[Op], Callable[..., Reply]] = {
            Probe: self._probe,
            GetVariable: self._get,
            SetVariable: self._set,
            GetNextVariableName: self._next,
        }
        try:
            tells = mount.type in TYPES and self._port.space() is not None
        except Refusal:
            tells = False
        if tells:
            routes[QueryVariableInfo] = self._query
        if platform is not None:
            routes[CopyTable] = platform.copy_table
            routes[GetTable] = platform.get_table
        if loader is not None:
            self._capsules = Capsules(loader)
            routes[UpdateCapsule] = self._update_capsule
        super().__init__(name, routes)
        self._open = True

    def call(self, op: Op) -> Reply:
        """Ask, one caller at a time.

        Raises:
            NotCarried: There is no road for it.
            PermissionDenied: The kernel does not let this process.
            DriverError: The kernel refused by itself, or cannot say it to firmware.
            NoDriver: It was closed.
        """
        with self._lock:
            if not self._open:
                raise NoDriver(f"{type(op).__name__}: the driver {self.name} has been closed", "open it again")
            return super().call(op)

    def why_not(self, operation: type[Op]) -> str:
        """Why it has no road for an operation, as a sentence."""
        if operation is QueryVariableInfo and self._mount.type not in TYPES:
            return f"{self.path} is a plain directory, whose room is its disk's"
        return super().why_not(operation)

    def close(self) -> None:
        """Give the directory back; again is harmless."""
        with self._lock:
            self._open = False
            leave = getattr(self.files, "leave", None)
            if leave is not None:
                leave()

    def road(self, key: Key) -> "Road":
        """What Linux puts between a program and a variable; firmware is not asked."""
        from efirt.ops.road import Road  # noqa: PLC0415 - for who asks why

        with self._lock:
            closed, opening = self._closed()
            road = Road(True, closed, opening, why_not_created(key), self._is_immutable(key), RESERVE, unreached=why_not_reached(key))
            machine = self._platform
            return road._replace(lockdown=machine.lockdown(), is_dom0=machine.is_dom0()) if machine else road

    def _closed(self) -> tuple[str, str]:
        if self._mount.type not in TYPES:
            return f"{self.path} is a plain directory, where no firmware's rules hold", f"image:{self.path} writes it as firmware would"
        try:
            number = self._port.closed()
        except Refusal:
            return "", ""
        if number == EROFS:
            return f"{self.path} is mounted read-only", f"mount -o remount,rw {self.path}"
        return (f"{self.path} is closed to this process for writing", "run this as root") if number else ("", "")

    def _is_immutable(self, key: Key) -> bool | None:
        try:
            return self._port.is_immutable(self._name(key))
        except Refusal:
            return None

    def _probe(self, _op: Probe) -> Reply:
        return Reply(Status.SUCCESS, f"{self.path} ({self._mount.type})".encode())

    def _name(self, key: Key) -> bytes:
        return self._spelled.get(key) or write_name(key)

    def _get(self, op: GetVariable) -> Reply:
        asked = f"get {op.key}"
        try:
            content = self._port.read(self._name(op.key))
        except Refusal as refusal:
            return self._answer(op, asked, refusal)
        if not content:  # the variable is gone, and its file not yet
            return Reply(Status.NOT_FOUND)
        read = read_content(content)
        if read is None:
            raise DecodeError(asked, None, f"its file in {self.path} holds {len(content)} bytes, which are no attributes")
        return Reply(Status.SUCCESS, read.data, len(read.data), read.attributes)

    def _answer(self, op: GetVariable | SetVariable, asked: str, refusal: Refusal) -> Reply:
        if refusal.step == "open" and refusal.number == ENOENT:
            return Reply(Status.NOT_FOUND)
        problem = why_not_reached(op.key)
        if refusal.number == ENAMETOOLONG and problem:  # firmware may have it: that there is none would be a guess
            raise _no_such_name(op, asked, problem) from None
        status = status_of(refusal)
        if status is None:
            raise error_of(asked, refusal, self.path)
        return Reply(status, os_errno=refusal.number)

    def _set(self, op: SetVariable) -> Reply:
        asked = f"set {op.key}"
        if self._mount.type not in TYPES:
            message = f"{asked}: {self.path} is a plain directory, where no firmware's rules hold"
            raise DriverError(message, f"image:{self.path} writes it as firmware would")
        try:
            if not op.attributes or (not op.data and not op.attributes & Attributes.APPEND):
                self._delete(op)
            else:
                self._write(op)
        except Refusal as refusal:
            return self._answer(op, asked, refusal)
        return Reply(Status.SUCCESS)

    def _write(self, op: SetVariable) -> None:
        name, content = self._name(op.key), write_content(op.attributes, op.data)
        try:
            self._port.write(name, content)
        except Refusal as refusal:
            if refusal.step != "open" or refusal.number not in {ENOENT, ENAMETOOLONG}:
                raise
            problem = why_not_created(op.key)
            if problem:
                raise _no_such_name(op, f"set {op.key}", problem) from None
            try:
                self._port.create(name, content)
            except Refusal as late:
                if (late.step, late.number) != ("create", EEXIST):  # somebody was quicker
                    raise
                self._port.write(name, content)

    def _delete(self, op: SetVariable) -> None:
        """Delete by an empty write, which tells why not; by taking the file away where Linux takes no empty value."""
        name = self._name(op.key)
        if _is_looked_at(op.key):
            self._port.remove(name)
        else:
            self._port.write(name, write_content(op.attributes, b""))

    def _next(self, op: GetNextVariableName) -> Reply:
        if op.key == FIRST or op.key not in self._order:
            self._list()
        if op.key not in self._order:
            return Reply(Status.INVALID_PARAMETER)
        after = self._order[op.key]
        if after is None:
            return Reply(Status.NOT_FOUND)
        name = encode_char16(after.name)
        if len(name) > op.room:
            return Reply(Status.BUFFER_TOO_SMALL, size=len(name))
        return Reply(Status.SUCCESS, name, len(name), key=after)

    def _list(self) -> None:
        try:
            names = self._port.names()
        except Refusal as refusal:
            raise error_of("list the names", refusal, self.path) from None
        found: dict[Key, bytes] = {}
        for name in names:
            key = read_name(name)
            if key is not None:
                found.setdefault(key, name)
        self._spelled = {key: name for key, name in found.items() if name != write_name(key)}
        keys = [FIRST, *found]
        self._order = dict(zip(keys, [*keys[1:], None], strict=True))

    def _update_capsule(self, op: UpdateCapsule) -> Reply:
        return self._capsules.update(op, is_dom0=self._platform is not None and self._platform.is_dom0())

    def _query(self, op: QueryVariableInfo) -> Reply:
        # Linux 6.1.0-56 and 6.12 of Debian tell the room of up to two seconds ago.
        if Attributes(op.attributes & ~Attributes.APPEND) != _STORED:
            message = f"QueryVariableInfo is not carried by {self.name} for {op.attributes}: Linux tells the room for NV+BS+RT only"
            raise NotCarried(message, operation="QueryVariableInfo")
        try:
            space = self._port.space()
        except Refusal as refusal:
            raise error_of("ask for the room", refusal, self.path) from None
        if space is None:
            raise NotCarried(f"QueryVariableInfo is not carried by {self.name}: {self.why_not(QueryVariableInfo)}")
        return Reply(Status.SUCCESS, storage=VariableInfo(space.total, space.free, 0))
