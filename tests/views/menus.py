"""Machines that have nothing but variables, and what their firmware would start."""

from collections.abc import Mapping
from zlib import crc32

from efirt.ops import GetNextVariableName, GetVariable, Reply, Routes, SetVariable
from efirt.payloads.device_path.media import FilePath, HardDrive
from efirt.payloads.device_path.path import DevicePath
from efirt.payloads.load_option import ACTIVE, LoadOption
from efirt.runtime.services import Runtime
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from efirt.values.status import Status
from efirt.views.boot import Boot
from efirt.wire.text import encode_char16

DISK = HardDrive.gpt(1, 0x800, 0x100000, Guid.parse("a1b2c3d4-1111-2222-3333-444455556666"))


def path(name: str = r"\EFI\debian\shimx64.efi") -> DevicePath:
    return DevicePath.of(DISK, FilePath(name))


def entry(label: str = "debian", *, attributes: int = ACTIVE, data: bytes = b"", file: str = r"\EFI\debian\shimx64.efi") -> LoadOption:
    return LoadOption.of(label, path(file), data, attributes)


def order(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(2, "little") for number in numbers)


def hot_key(number: int, option: bytes) -> bytes:
    return b"\0\0\0\x40" + crc32(option).to_bytes(4, "little") + order(number) + b"\x0c\0\0\0"


class Machine(Routes):
    """Variables of the global namespace, and nothing that judges them.

    Attributes:
        values: What they hold.
        writes: The names that were written or deleted, in order.
        refused: Names that cannot be read, each with its status.
    """

    def __init__(self, values: Mapping[str, bytes], attributes: int = 7) -> None:
        super().__init__("machine", {GetVariable: self._get, GetNextVariableName: self._next, SetVariable: self._set})
        self.values = dict(values)
        self.attributes = attributes
        self.writes: list[str] = []
        self.refused: dict[str, Status] = {}

    def _get(self, op: GetVariable) -> Reply:
        name = op.key.name
        if name in self.refused:
            return Reply(self.refused[name])
        if name not in self.values or op.key.guid != GLOBAL:
            return Reply(Status.NOT_FOUND)
        data = self.values[name]
        if len(data) > op.room:
            return Reply(Status.BUFFER_TOO_SMALL, size=len(data))
        return Reply(Status.SUCCESS, data, len(data), Attributes(self.attributes))

    def _next(self, op: GetNextVariableName) -> Reply:
        names = [*self.values]
        at = names.index(op.key.name) + 1 if op.key.name else 0
        if at == len(names):
            return Reply(Status.NOT_FOUND)
        raw = encode_char16(names[at])
        return Reply(Status.SUCCESS, raw, len(raw), key=Key(names[at], GLOBAL))

    def _set(self, op: SetVariable) -> Reply:
        self.writes.append(op.key.name)
        if op.data:
            self.values[op.key.name] = op.data
        elif self.values.pop(op.key.name, None) is None:
            return Reply(Status.NOT_FOUND)
        return Reply(Status.SUCCESS)


def machine(**values: bytes | LoadOption) -> Machine:
    """One with these variables; an entry is encoded."""
    return Machine({name: value.encode() if isinstance(value, LoadOption) else value for name, value in values.items()})


def started(runtime: Runtime) -> list[bytes]:
    """What its firmware starts, one after the other where one does not start, as edk2 does: BootNext, then what is active in the order.

    Source: edk2 c5aa7e7d, MdeModulePkg/Universal/BdsDxe/BdsEntry.c (BootBootOptions, BdsEntry).
    """
    there = {key.name: runtime.get(key).data for key in runtime.names() if key.guid == GLOBAL}

    def words(name: str) -> list[int]:
        data = there.get(name, b"")
        return [int.from_bytes(data[at : at + 2], "little") for at in range(0, len(data) - 1, 2)]

    first = [there[name] for number in words("BootNext")[:1] if (name := f"Boot{number:04X}") in there]
    tried = [there[name] for number in words("BootOrder") if (name := f"Boot{number:04X}") in there]
    return first + [data for data in tried if data[0] & 1 and not data[1] & 0x1F]


GOOD = entry()


def boot(driver: Machine, kind: str = "boot") -> Boot:
    return Boot(Runtime(driver), kind)


def full() -> Machine:
    return machine(BootOrder=order(1, 2, 3), Boot0001=entry("one"), Boot0002=entry("two"), Boot0003=entry("three"), Timeout=order(3))
