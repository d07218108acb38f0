"""A simulated Linux with an efivarfs over any firmware: what it asks of it, and what it makes of the answers.

It takes the kernel's own steps: names are read once, when it is mounted; a read asks twice; a value the kernel knows is looked at before
firmware sees it; 5 KiB stay free; an answer becomes an error number. It imports none of what it tests.

Source: Linux 6.1, fs/efivarfs (super.c, inode.c, file.c), drivers/firmware/efi (vars.c, efi.c), arch/x86/platform/efi/quirks.c.
"""

from errno import EACCES, EBADF, EEXIST, EINTR, EINVAL, EIO, ENAMETOOLONG, ENOENT, ENOSPC, EOPNOTSUPP, EPERM, EROFS
from os import O_ACCMODE, O_CREAT, O_EXCL, O_RDONLY, strerror

from efirt.abi.linux_fs import FS_IMMUTABLE_FL
from efirt.annotation import Final, NamedTuple
from efirt.drivers.efivarfs.port import Space
from efirt.errors import DriverError
from efirt.ops.driver import Driver
from efirt.ops.reply import Reply
from efirt.ops.variables import FIRST, GetNextVariableName, GetVariable, QueryVariableInfo, SetVariable, VariableInfo
from efirt.payloads.boot_option import load_option_problem, order_problem
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL, LINUX_CRASH
from efirt.values.key import Key
from efirt.values.status import Status

RESERVE: Final = 5120
_DUMMY: Final = Key("DUMMY", Guid.parse("4424ac57-be4b-47dd-9e97-ed50f09f92a9"))
_RANDOM_SEED: Final = Guid.parse("1ce1e5bc-7ceb-42f2-81e5-8aadf180f57b")
_STORED: Final = Attributes(0x7)
_NAME_ROOM: Final = 1024
_NAME_MAX: Final = 255
_GUID_SIZE: Final = 36
_HEAD: Final = 4
_KNOWN: Final = 0x7F
_UNSAID_LIMIT: Final = 64 << 10
_HEX: Final = frozenset("0123456789ABCDEFabcdef")

_NUMBERS: Final = {
    Status.INVALID_PARAMETER: EINVAL,
    Status.OUT_OF_RESOURCES: ENOSPC,
    Status.DEVICE_ERROR: EIO,
    Status.WRITE_PROTECTED: EROFS,
    Status.SECURITY_VIOLATION: EACCES,
    Status.NOT_FOUND: ENOENT,
    Status.ABORTED: EINTR,
}


def _error(number: int) -> OSError:
    return OSError(number, strerror(number))


class Manner(NamedTuple):
    """What kind of Linux it is.

    Attributes:
        root: Whether who asks may change an immutable file.
        writable: Whether it is mounted for writing.
        tells_room: Whether it tells how much room there is, as Linux does from 6.6 on, and as Debian has it from 6.1 on.
        keeps_empty: Whether a file that was made and never written stays, as it did up to 6.13.
    """

    root: bool = True
    writable: bool = True
    tells_room: bool = False
    keeps_empty: bool = True


class _File:
    """An inode.

    Attributes:
        key: Its variable.
        size: Bytes, with those of the attributes.
        flags: Its flags.
    """

    def __init__(self, key: Key, size: int) -> None:
        self.key = key
        self.size = size
        self.flags = 0 if _is_removable(key) else FS_IMMUTABLE_FL


class SimulatedKernel:
    """A mounted efivarfs; every method can raise OSError.

    Attributes:
        calls: How often firmware was asked.
    """

    def __init__(self, firmware: Driver, manner: Manner | None = None) -> None:
        self._firmware = firmware
        self._manner = manner or Manner()
        self._files: dict[bytes, _File] = {}
        self._open: dict[int, tuple[bytes, _File, int]] = {}
        self._last = 2
        self.calls = 0
        self._mount()

    def names(self) -> list[bytes]:
        """The names of all files."""
        return list(self._files)

    def open(self, name: bytes, flags: int) -> int:
        """A descriptor."""
        file, writes = self._files.get(name), flags & O_ACCMODE != O_RDONLY
        if writes and not self._manner.writable:
            raise _error(EROFS)
        if file is None:
            file = self._create(name, flags)
        elif flags & O_CREAT and flags & O_EXCL:
            raise _error(EEXIST)
        elif writes and file.flags & FS_IMMUTABLE_FL:
            raise _error(EPERM)
        elif writes and not self._manner.root:
            raise _error(EACCES)
        self._last += 1
        self._open[self._last] = (name, file, flags)
        return self._last

    def read(self, descriptor: int, size: int) -> bytes:
        """What a file holds from its beginning on, as far as so many bytes."""
        _, file, _ = self._opened(descriptor)
        reply = self._ask(GetVariable(file.key, 0))
        if reply.status == Status.NOT_FOUND:
            return b""
        if reply.status not in {Status.SUCCESS, Status.BUFFER_TOO_SMALL}:
            raise _error(number_of(reply.status))
        reply = self._ask(GetVariable(file.key, reply.size or 0))
        if reply.status.is_error:
            raise _error(number_of(reply.status))
        content = (reply.attributes or 0).to_bytes(_HEAD, "little") + (reply.data or b"")
        return content[:size]

    def write(self, descriptor: int, content: bytes) -> int:
        """Write with one call; how much was taken."""
        name, file, flags = self._opened(descriptor)
        if flags & O_ACCMODE == O_RDONLY:
            raise _error(EBADF)
        attributes = int.from_bytes(content[:_HEAD], "little")
        if len(content) < _HEAD or attributes & ~_KNOWN or not _is_valid(file.key, content[_HEAD:]):
            raise _error(EINVAL)
        self._write(file, Attributes(attributes), content[_HEAD:])
        reply = self._ask(GetVariable(file.key, 0))
        if reply.status == Status.NOT_FOUND:
            self._files.pop(name, None)
        else:
            file.size = (reply.size or 0) + _HEAD
        return len(content)

    def size(self, descriptor: int) -> int:
        """A file's size."""
        return self._opened(descriptor)[1].size

    def flags(self, descriptor: int) -> int:
        """A file's flags."""
        return self._opened(descriptor)[1].flags

    def set_flags(self, descriptor: int, flags: int) -> None:
        """Change them."""
        if flags & ~FS_IMMUTABLE_FL:
            raise _error(EOPNOTSUPP)
        if not self._manner.root:
            raise _error(EPERM)
        self._opened(descriptor)[1].flags = flags

    def unlink(self, name: bytes) -> None:
        """Take a file away."""
        file = self._files.get(name)
        if file is None:
            raise _error(ENAMETOOLONG if len(name) > _NAME_MAX else ENOENT)
        if not self._manner.writable:
            raise _error(EROFS)
        if file.flags & FS_IMMUTABLE_FL:
            raise _error(EPERM)
        if not self._manner.root:
            raise _error(EACCES)
        status = self._ask(SetVariable(file.key, Attributes(0), b"")).status
        if status.is_error and status != Status.NOT_FOUND:
            raise _error(EINVAL)
        del self._files[name]

    def close(self, descriptor: int) -> None:
        """Give a descriptor back."""
        name, file, _ = self._opened(descriptor)
        del self._open[descriptor]
        if not file.size and not self._manner.keeps_empty:
            self._files.pop(name, None)

    def space(self) -> Space | None:
        """Its room; None where the kernel does not say."""
        if not self._manner.tells_room:
            return None
        storage = self._ask(QueryVariableInfo(_STORED)).storage or VariableInfo(0, 0, 0)
        return Space(storage.maximum_storage_size, storage.remaining_storage_size)

    def closed(self) -> int:
        """The number with which this process cannot write here; 0 where it can."""
        if not self._manner.writable:
            return EROFS
        return 0 if self._manner.root else EACCES

    def leave(self) -> None:
        """Unmount."""
        self._firmware.close()

    def _mount(self) -> None:
        key = FIRST
        while True:
            reply = self._ask(GetNextVariableName(key, _NAME_ROOM))
            if reply.status.is_error or reply.key is None:
                if reply.status == Status.UNSUPPORTED:
                    raise _error(EOPNOTSUPP)
                return
            key = reply.key
            name = _listed(key)
            if name in self._files:
                return
            size = self._ask(GetVariable(key, 0)).size
            if key.guid != _RANDOM_SEED and len(name) <= _NAME_MAX:
                self._files[name] = _File(key, (size or 0) + _HEAD)

    def _create(self, name: bytes, flags: int) -> _File:
        if len(name) > _NAME_MAX:
            raise _error(ENAMETOOLONG)
        if not flags & O_CREAT:
            raise _error(ENOENT)
        if not self._manner.root:
            raise _error(EACCES)
        try:
            guid = Guid.parse(name[-_GUID_SIZE:].decode("ascii"))
        except ValueError:
            raise _error(EINVAL) from None
        if len(name) < _GUID_SIZE + 2 or name[-_GUID_SIZE - 1 : -_GUID_SIZE] != b"-":
            raise _error(EINVAL)
        if guid == _RANDOM_SEED:
            raise _error(EPERM)
        file = _File(Key(name[: -_GUID_SIZE - 1].decode("latin-1"), guid), 0)
        self._files[name] = file
        return file

    def _write(self, file: _File, attributes: Attributes, data: bytes) -> None:
        need = len(data) + 2 * len(file.key.name) + 2
        status = self._room_for(attributes, need) if data else Status.SUCCESS
        if status.is_error:
            raise _error(number_of(status))
        status = self._ask(SetVariable(file.key, attributes, data)).status
        if status.is_error:
            raise _error(EIO if status == Status.NOT_FOUND else number_of(status))

    def _room_for(self, attributes: Attributes, need: int) -> Status:
        if not attributes & Attributes.NV:
            return Status.SUCCESS
        asked = QueryVariableInfo(Attributes(attributes & ~Attributes.APPEND))
        reply = self._ask(asked)
        if reply.status == Status.UNSUPPORTED:
            return Status.SUCCESS if need <= _UNSAID_LIMIT else Status.OUT_OF_RESOURCES
        if reply.status.is_error or _leaves_enough(reply.storage, need):
            return reply.status
        size = (reply.storage.remaining_storage_size if reply.storage else 0) + 1024
        if not self._ask(SetVariable(_DUMMY, _STORED, bytes(size))).status.is_error:
            self._ask(SetVariable(_DUMMY, Attributes(0), b""))
        reply = self._ask(asked)
        return reply.status if reply.status.is_error or _leaves_enough(reply.storage, need) else Status.OUT_OF_RESOURCES

    def _opened(self, descriptor: int) -> tuple[bytes, _File, int]:
        if descriptor not in self._open:
            raise _error(EBADF)
        return self._open[descriptor]

    def _ask(self, op: GetVariable | SetVariable | GetNextVariableName | QueryVariableInfo) -> Reply:
        self.calls += 1
        try:
            return self._firmware.call(op)
        except DriverError:  # under Xen every refusal of the hypervisor's is one of firmware's
            return Reply(Status.UNSUPPORTED)


def number_of(status: Status) -> int:
    """The error number that Linux makes of a status."""
    return _NUMBERS.get(status, EINVAL)


def _leaves_enough(storage: VariableInfo | None, need: int) -> bool:
    # The difference is without sign, as it is in the kernel: what is larger than the room is left to firmware.
    return ((storage.remaining_storage_size if storage else 0) - need) % (1 << 64) >= RESERVE


def _listed(key: Key) -> bytes:
    units = key.name.encode("utf-16-le", "surrogatepass")
    text = "".join(chr(units[at] | units[at + 1] << 8) for at in range(0, len(units), 2))
    return text.replace("/", "!").encode("utf-8", "surrogatepass") + b"-" + str(key.guid).encode()


_WHOLE: Final = frozenset(
    {"ConIn", "ConInDev", "ConOut", "ConOutDev", "ErrOut", "ErrOutDev", "Lang", "OsIndications", "PlatformLang", "Timeout"}
)


def _is_removable(key: Key) -> bool:
    if key.guid == LINUX_CRASH:
        return True
    return key.guid == GLOBAL and (key.name in _WHOLE or key.name.startswith(("Boot", "Driver")))


def _is_valid(key: Key, data: bytes) -> bool:
    """Whether the kernel finds nothing wrong with a value that it knows."""
    if key.guid != GLOBAL or not _is_removable(key) or key.name == "OsIndications":
        return True
    if key.name in {"BootNext", "Timeout"}:
        return len(data) == 2  # noqa: PLR2004 - a number of 16 bits
    if key.name in {"BootOrder", "DriverOrder"}:
        return order_problem(data) is None
    if key.name in {"Lang", "PlatformLang"}:
        return data.find(b"\0") >= 0 and data[: data.find(b"\0")].isascii()
    if key.name.startswith("Con") or key.name.startswith("Err"):
        return _is_path(data)
    digits = key.name.removeprefix("Boot").removeprefix("Driver")
    return load_option_problem(data) is None if len(digits) == _HEAD and _HEX.issuperset(digits) else True


def _is_path(data: bytes) -> bool:
    at = 0
    while at + _HEAD <= len(data):
        kind, subtype, size = data[at], data[at + 1], int.from_bytes(data[at + 2 : at + _HEAD], "little")
        if size < _HEAD or at + size > len(data):
            return False
        if (kind, subtype) == (0x7F, 0xFF):
            return True
        at += size
    return False
