"""Operations to the bytes of a hypercall and back, and where addresses go.

Source: Xen 4.17, xen/include/public/platform.h (layout), xen/common/efi/runtime.c (what each member means, efi_runtime_call, efi_get_info).
"""

from efirt.abi import xen_platform as abi
from efirt.annotation import Any, Callable, Final, Mapping, NamedTuple, Protocol
from efirt.ops import (
    FirmwareFacts,
    FirmwareInfo,
    FirmwareInfoIndex,
    GetNextHighMonotonicCount,
    GetNextVariableName,
    GetTime,
    GetVariable,
    GetWakeupTime,
    Op,
    QueryVariableInfo,
    Reply,
    SetTime,
    SetVariable,
    SetWakeupTime,
    TimeCapabilities,
    VariableInfo,
)
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.values.status import Status
from efirt.wire.layout import Members
from efirt.wire.text import decode_units, encode_char16, nul_offset

NAME: Final = 0
DATA: Final = 1
"""Slots: which of the caller's two buffers."""

_CALL: Final = abi.XenPlatformOp.u.offset
"""Where the command's own structure begins in the operation."""
_VARIABLE_NAME: Final = _CALL + abi.EfiVariable.name.offset
_VARIABLE_DATA: Final = _CALL + abi.EfiVariable.data.offset
_TIME_SIZE: Final = abi.XenpfEfiTime.SIZE
_UNTOUCHED_TIME: Final = bytes(_TIME_SIZE)


class Buffer(NamedTuple):
    """Memory that the hypervisor will follow a pointer to.

    Attributes:
        slot: :data:`NAME` or :data:`DATA`.
        pointer_offset: Where in the operation its 64-bit address goes.
        contents: Bytes to put at its beginning.
        size: Bytes that must be ours there, at least.
    """

    slot: int
    pointer_offset: int
    contents: bytes
    size: int


class Request(NamedTuple):
    """A hypercall but for its addresses.

    Attributes:
        op: 136 bytes of ``xen_platform_op``, pointers 0.
        buffers: What the pointers point to.
    """

    op: bytearray
    buffers: tuple[Buffer, ...] = ()


class Answer(Protocol):
    """The memory of a hypercall that has been carried out; good until the next one.

    Attributes:
        op: 136 bytes of ``xen_platform_op``.
    """

    @property
    def op(self) -> bytes:
        """The operation as it came back."""

    def read(self, slot: int, size: int) -> bytes:
        """The first bytes of a buffer."""


_HEAD: Final = (
    (abi.XenPlatformOp.cmd, 0),
    (abi.XenPlatformOp.interface_version, 0),
    (abi.XenpfEfiRuntimeCall.function, _CALL),
    (abi.XenpfEfiRuntimeCall.misc, _CALL),
)
_ASKED: Final = Members(abi.XenPlatformOp.SIZE, *_HEAD)
_VARIABLE_ASKED: Final = Members(abi.XenPlatformOp.SIZE, *_HEAD, (abi.EfiVariable.size, _CALL), (abi.EfiVariable.vendor_guid, _CALL))
_NAME_ASKED: Final = Members(
    abi.XenPlatformOp.SIZE, *_HEAD, (abi.EfiNextVariableName.size, _CALL), (abi.EfiNextVariableName.vendor_guid, _CALL)
)
_VARIABLE_ANSWERED: Final = Members(
    abi.XenPlatformOp.SIZE, (abi.XenpfEfiRuntimeCall.misc, _CALL), (abi.XenpfEfiRuntimeCall.status, _CALL), (abi.EfiVariable.size, _CALL)
)
_NAME_ANSWERED: Final = Members(
    abi.XenPlatformOp.SIZE,
    (abi.XenpfEfiRuntimeCall.status, _CALL),
    (abi.EfiNextVariableName.size, _CALL),
    (abi.EfiNextVariableName.vendor_guid, _CALL),
)


def _runtime_call(function: int, misc: int = 0) -> bytearray:
    return _ASKED.new(abi.XENPF_efi_runtime_call, abi.XENPF_INTERFACE_VERSION, function, misc)


def _status(op: bytes) -> Status:
    return Status(abi.XenpfEfiRuntimeCall.status.read(op, _CALL))


def _misc(op: bytes) -> int:
    return int(abi.XenpfEfiRuntimeCall.misc.read(op, _CALL))


def _time(op: bytes, status: Status) -> EfiTime | None:
    raw = abi.EfiGetTime.time.read(op, _CALL)
    return None if status.is_error and raw == _UNTOUCHED_TIME else EfiTime.decode(raw)


def _encode_get_time(_op: GetTime) -> Request:
    return Request(_runtime_call(abi.XEN_EFI_get_time))


def _decode_get_time(_asked: GetTime, answer: Answer) -> Reply:
    op = answer.op
    status = _status(op)
    if status.is_error:
        return Reply(status, time=_time(op, status))
    sets_to_zero = bool(_misc(op) & abi.XEN_EFI_GET_TIME_SET_CLEARS_NS)
    can = TimeCapabilities(abi.EfiGetTime.resolution.read(op, _CALL), abi.EfiGetTime.accuracy.read(op, _CALL), sets_to_zero)
    return Reply(status, time=_time(op, status), capabilities=can)


def _encode_set_time(asked: SetTime) -> Request:
    op = _runtime_call(abi.XEN_EFI_set_time)
    abi.EfiGetTime.time.write(op, asked.time.encode(), _CALL)
    return Request(op)


def _decode_status(_asked: Op, answer: Answer) -> Reply:
    return Reply(_status(answer.op))


def _encode_get_wakeup_time(_asked: GetWakeupTime) -> Request:
    return Request(_runtime_call(abi.XEN_EFI_get_wakeup_time))


def _decode_get_wakeup_time(_asked: GetWakeupTime, answer: Answer) -> Reply:
    op = answer.op
    status, misc = _status(op), _misc(op)
    if status.is_error:
        return Reply(status, time=_time(op, status))
    enabled = bool(misc & abi.XEN_EFI_GET_WAKEUP_TIME_ENABLED)
    pending = bool(misc & abi.XEN_EFI_GET_WAKEUP_TIME_PENDING)
    return Reply(status, time=_time(op, status), enabled=enabled, pending=pending)


def _encode_set_wakeup_time(asked: SetWakeupTime) -> Request:
    misc = abi.XEN_EFI_SET_WAKEUP_TIME_ENABLE if asked.enable else 0
    if asked.time is None:
        return Request(_runtime_call(abi.XEN_EFI_set_wakeup_time, misc | abi.XEN_EFI_SET_WAKEUP_TIME_ENABLE_ONLY))
    op = _runtime_call(abi.XEN_EFI_set_wakeup_time, misc)
    abi.EfiGetTime.time.write(op, asked.time.encode(), _CALL)
    return Request(op)


def _encode_count(_asked: GetNextHighMonotonicCount) -> Request:
    return Request(_runtime_call(abi.XEN_EFI_get_next_high_monotonic_count))


def _decode_count(_asked: GetNextHighMonotonicCount, answer: Answer) -> Reply:
    status, misc = _status(answer.op), _misc(answer.op)
    return Reply(status, count=None if status.is_error and not misc else misc)


def _encode_variable(function: int, misc: int, key: Key, contents: bytes, size: int) -> Request:
    op = _VARIABLE_ASKED.new(abi.XENPF_efi_runtime_call, abi.XENPF_INTERFACE_VERSION, function, misc, size, key.guid.raw)
    name = encode_char16(key.name)
    buffers = (Buffer(NAME, _VARIABLE_NAME, name, len(name)), Buffer(DATA, _VARIABLE_DATA, contents, size))
    return Request(op, buffers)


def _encode_get_variable(asked: GetVariable) -> Request:
    return _encode_variable(abi.XEN_EFI_get_variable, 0, asked.key, b"", asked.room)


def _decode_get_variable(asked: GetVariable, answer: Answer) -> Reply:
    op = answer.op
    misc, raw, size = _VARIABLE_ANSWERED.read(op)
    status = Status(raw)
    failed = status.is_error
    attributes = None if failed and not misc else Attributes(misc)
    if not failed:
        return Reply(status, answer.read(DATA, min(size, asked.room)), size, attributes)
    told = status == Status.BUFFER_TOO_SMALL or size != asked.room
    return Reply(status, size=size if told else None, attributes=attributes)


def _encode_set_variable(asked: SetVariable) -> Request:
    return _encode_variable(abi.XEN_EFI_set_variable, asked.attributes, asked.key, asked.data, len(asked.data))


def _encode_next_name(asked: GetNextVariableName) -> Request:
    key, room = asked
    op = _NAME_ASKED.new(abi.XENPF_efi_runtime_call, abi.XENPF_INTERFACE_VERSION, abi.XEN_EFI_get_next_variable_name, 0, room, key.guid.raw)
    contents = encode_char16(key.name)[:room].ljust(room, b"\0")
    return Request(op, (Buffer(NAME, _CALL + abi.EfiNextVariableName.name.offset, contents, room),))


def _decode_next_name(asked: GetNextVariableName, answer: Answer) -> Reply:
    # Xen copies the caller's whole buffer back, since firmware exists that shrinks the size of a name it has just written:
    # the first NUL ends the name, whatever the size says.
    raw, size, guid = _NAME_ANSWERED.read(answer.op)
    status = Status(raw)
    if status.is_error:
        told = status == Status.BUFFER_TOO_SMALL or size != asked.room
        return Reply(status, size=size if told else None)
    data = answer.read(NAME, asked.room)
    end = nul_offset(data)
    if end < 0:
        return Reply(status, data, size)
    return Reply(status, data[: end + 2], size, key=Key(decode_units(data[:end]), Guid(guid)))


def _encode_query(asked: QueryVariableInfo) -> Request:
    op = _runtime_call(abi.XEN_EFI_query_variable_info, abi.XEN_EFI_VARINFO_BOOT_SNAPSHOT if asked.boot_snapshot else 0)
    abi.EfiQueryVariableInfo.attr.write(op, asked.attributes, _CALL)
    return Request(op)


def _decode_query(_asked: QueryVariableInfo, answer: Answer) -> Reply:
    op = answer.op
    status = _status(op)
    info = VariableInfo(
        abi.EfiQueryVariableInfo.max_store_size.read(op, _CALL),
        abi.EfiQueryVariableInfo.remain_store_size.read(op, _CALL),
        abi.EfiQueryVariableInfo.max_size.read(op, _CALL),
    )
    return Reply(status, storage=None if status.is_error and not any(info) else info)


def _encode_firmware_info(asked: FirmwareInfo) -> Request:
    op = bytearray(abi.XenPlatformOp.SIZE)
    abi.XenPlatformOp.cmd.write(op, abi.XENPF_firmware_info)
    abi.XenPlatformOp.interface_version.write(op, abi.XENPF_INTERFACE_VERSION)
    abi.XenpfFirmwareInfo.type.write(op, abi.XEN_FW_EFI_INFO, _CALL)
    abi.XenpfFirmwareInfo.index.write(op, asked.index, _CALL)
    if asked.index == FirmwareInfoIndex.VENDOR:
        abi.EfiInfoVendor.bufsz.write(op, asked.room, _CALL)
        return Request(op, (Buffer(NAME, _CALL + abi.EfiInfoVendor.name.offset, bytes(asked.room), asked.room),))
    if asked.index == FirmwareInfoIndex.MEM_INFO:
        abi.EfiInfoMem.addr.write(op, asked.address, _CALL)
        abi.EfiInfoMem.size.write(op, asked.size, _CALL)
    if asked.index == FirmwareInfoIndex.PCI_ROM:
        rom = abi.EfiInfoPciRom
        for field, value in zip((rom.segment, rom.bus, rom.devfn, rom.vendor, rom.devid), asked.pci, strict=True):
            field.write(op, value, _CALL)
    return Request(op)


def _version(op: bytes) -> FirmwareFacts:
    return FirmwareFacts(revision=abi.EfiInfoVersion.version.read(op, _CALL))


def _config_table(op: bytes) -> FirmwareFacts:
    return FirmwareFacts(address=abi.EfiInfoCfg.addr.read(op, _CALL), count=abi.EfiInfoCfg.nent.read(op, _CALL))


def _vendor(op: bytes) -> FirmwareFacts:
    return FirmwareFacts(revision=abi.EfiInfoVendor.revision.read(op, _CALL))


def _mem_info(op: bytes) -> FirmwareFacts:
    mem = abi.EfiInfoMem
    return FirmwareFacts(
        address=mem.addr.read(op, _CALL),
        size=mem.size.read(op, _CALL),
        attributes=mem.attr.read(op, _CALL),
        type=mem.type.read(op, _CALL),
    )


def _pci_rom(op: bytes) -> FirmwareFacts:
    return FirmwareFacts(address=abi.EfiInfoPciRom.address.read(op, _CALL), size=abi.EfiInfoPciRom.size.read(op, _CALL))


def _apple_properties(op: bytes) -> FirmwareFacts:
    apple = abi.EfiInfoAppleProperties
    return FirmwareFacts(address=apple.address.read(op, _CALL), size=apple.size.read(op, _CALL))


_FACTS: Final[Mapping[int, Callable[[bytes], FirmwareFacts]]] = {
    FirmwareInfoIndex.VERSION: _version,
    FirmwareInfoIndex.CONFIG_TABLE: _config_table,
    FirmwareInfoIndex.VENDOR: _vendor,
    FirmwareInfoIndex.MEM_INFO: _mem_info,
    FirmwareInfoIndex.RT_VERSION: _version,
    FirmwareInfoIndex.PCI_ROM: _pci_rom,
    FirmwareInfoIndex.APPLE_PROPERTIES: _apple_properties,
}


def _decode_firmware_info(asked: FirmwareInfo, answer: Answer) -> Reply:
    facts = _FACTS[asked.index](answer.op) if asked.index in _FACTS else FirmwareFacts()
    data = answer.read(NAME, asked.room) if asked.index == FirmwareInfoIndex.VENDOR else None
    return Reply(Status.SUCCESS, data, facts=facts)


_ENCODERS: Final[Mapping[type[Op], Callable[[Any], Request]]] = {
    GetTime: _encode_get_time,
    SetTime: _encode_set_time,
    GetWakeupTime: _encode_get_wakeup_time,
    SetWakeupTime: _encode_set_wakeup_time,
    GetNextHighMonotonicCount: _encode_count,
    GetVariable: _encode_get_variable,
    SetVariable: _encode_set_variable,
    GetNextVariableName: _encode_next_name,
    QueryVariableInfo: _encode_query,
    FirmwareInfo: _encode_firmware_info,
}
_DECODERS: Final[Mapping[type[Op], Callable[[Any, Answer], Reply]]] = {
    GetTime: _decode_get_time,
    SetTime: _decode_status,
    GetWakeupTime: _decode_get_wakeup_time,
    SetWakeupTime: _decode_status,
    GetNextHighMonotonicCount: _decode_count,
    GetVariable: _decode_get_variable,
    SetVariable: _decode_status,
    GetNextVariableName: _decode_next_name,
    QueryVariableInfo: _decode_query,
    FirmwareInfo: _decode_firmware_info,
}
CARRIED: Final = frozenset(_ENCODERS)
"""The operations that have a form as hypercall: nine runtime services and firmware_info."""


def encode(op: Op) -> Request:
    """The hypercall that asks an operation.

    Raises:
        ValueError: A value does not fit the hypercall's member.
        KeyError: The operation is not in :data:`CARRIED`.
    """
    return _ENCODERS[type(op)](op)


def decode(op: Op, answer: Answer) -> Reply:
    """What came back for an operation; only for a hypercall that Xen answered with 0."""
    return _DECODERS[type(op)](op, answer)
