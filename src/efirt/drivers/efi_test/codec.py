"""Operations to the structures of /dev/efi_test and back: nearly every member is a pointer, and firmware's status goes through one too.

Source: Linux 6.1, drivers/firmware/efi/test/efi_test.c, efi_test.h.
"""

from efirt.abi import linux_efi_test as abi
from efirt.annotation import Any, Callable, Final, Mapping
from efirt.errors import NotCarried
from efirt.ioctl.request import Answer, Buffer, Request, check_size
from efirt.ops.clock import GetTime, GetWakeupTime, SetTime, SetWakeupTime, TimeCapabilities
from efirt.ops.driver import Op
from efirt.ops.malformed import Malformed
from efirt.ops.miscellaneous import CapsuleCapabilities, CapsuleHeader, GetNextHighMonotonicCount, QueryCapsuleCapabilities, ResetSystem
from efirt.ops.reply import Reply
from efirt.ops.variables import GetNextVariableName, GetVariable, QueryVariableInfo, SetVariable, VariableInfo
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.values.status import Status
from efirt.wire.layout import CStruct, Field
from efirt.wire.text import decode_units, encode_char16, nul_offset

UNSAID: Final = b"\xff" * 8
"""What stands where the status will be: one that no firmware gives tells that the kernel did not get that far."""

_LONG: Final = 8
_TIME_SIZE: Final = 16
_ONE: Final = 1


def _request(number: int, struct: type[CStruct], values: Mapping[Field, int], pointers: Mapping[Field, bytes | int]) -> Request:
    """Lay a structure.

    Args:
        number: The ioctl's.
        struct: Its structure, which has a status.
        values: Its members that are no pointers.
        pointers: What its other members point to: contents, or so many bytes to be filled.
    """
    argument = bytearray(struct.SIZE)
    for field, value in values.items():
        field.write(argument, value)
    buffers = [
        Buffer(field.name, field.offset, *((bytes(what), what) if isinstance(what, int) else (what, len(what))))
        for field, what in pointers.items()
    ]
    status: Field = vars(struct)["status"]
    return Request(number, argument, (*buffers, Buffer(status.name, status.offset, UNSAID, len(UNSAID))))


def _name(op: GetVariable | SetVariable) -> bytes:
    name = encode_char16(op.key.name)
    check_size(op, len(name), "a name")
    return name


def _number(answer: Answer, field: Field, size: int = _LONG) -> int:
    return int.from_bytes(answer.read(field.name, size), "little")


def _encode_get_variable(op: GetVariable) -> Request:
    check_size(op, op.room, "a value")
    get = abi.EfiGetvariable
    pointers: dict[Field, bytes | int] = {
        get.variable_name: _name(op),
        get.vendor_guid: op.key.guid.raw,
        get.attributes: 4,
        get.data_size: op.room.to_bytes(_LONG, "little"),
        get.data: op.room,
    }
    return _request(abi.EFI_RUNTIME_GET_VARIABLE, get, {}, pointers)


def _decode_get_variable(op: GetVariable, answer: Answer) -> Reply:
    get = abi.EfiGetvariable
    size = _number(answer, get.data_size)
    return Reply(Status.SUCCESS, answer.read(get.data.name, min(size, op.room)), size, Attributes(_number(answer, get.attributes, 4)))


def _encode_set_variable(op: SetVariable) -> Request:
    check_size(op, len(op.data), "a value")
    put = abi.EfiSetvariable
    values = {put.attributes: int(op.attributes), put.data_size: len(op.data)}
    pointers = {put.variable_name: _name(op), put.vendor_guid: op.key.guid.raw, put.data: op.data}
    return _request(abi.EFI_RUNTIME_SET_VARIABLE, put, values, pointers)


def _encode_next_name(op: GetNextVariableName) -> Request:
    """The kernel copies the name up to its NUL, also beyond the size that it tells firmware: so there has to be one."""
    check_size(op, op.room, "a name")
    after = abi.EfiGetnextvariablename
    name = encode_char16(op.key.name)[: op.room].ljust(op.room, b"\0") + bytes(3)
    pointers = {
        after.variable_name_size: op.room.to_bytes(_LONG, "little"),
        after.variable_name: name,
        after.vendor_guid: op.key.guid.raw,
    }
    return _request(abi.EFI_RUNTIME_GET_NEXTVARIABLENAME, after, {}, pointers)


def _decode_next_name(op: GetNextVariableName, answer: Answer) -> Reply:
    """The whole buffer comes back, so the first NUL ends the name, whatever the size says."""
    after = abi.EfiGetnextvariablename
    size, data = _number(answer, after.variable_name_size), answer.read(after.variable_name.name, op.room)
    end = nul_offset(data)
    if end < 0:
        return Reply(Status.SUCCESS, data, size)
    key = Key(decode_units(data[:end]), Guid(answer.read(after.vendor_guid.name, 16)))
    return Reply(Status.SUCCESS, data[: end + 2], size, key=key)


def _encode_query(op: QueryVariableInfo) -> Request:
    query = abi.EfiQueryvariableinfo
    sizes = (query.maximum_variable_storage_size, query.remaining_variable_storage_size, query.maximum_variable_size)
    return _request(abi.EFI_RUNTIME_QUERY_VARIABLEINFO, query, {query.attributes: int(op.attributes)}, dict.fromkeys(sizes, _LONG))


def _decode_query(_op: QueryVariableInfo, answer: Answer) -> Reply:
    query = abi.EfiQueryvariableinfo
    sizes = (query.maximum_variable_storage_size, query.remaining_variable_storage_size, query.maximum_variable_size)
    return Reply(Status.SUCCESS, storage=VariableInfo(*(_number(answer, field) for field in sizes)))


def _encode_get_time(_op: GetTime) -> Request:
    get = abi.EfiGettime
    return _request(abi.EFI_RUNTIME_GET_TIME, get, {}, {get.time: _TIME_SIZE, get.capabilities: abi.EfiTimeCap.SIZE})


def _decode_get_time(_op: GetTime, answer: Answer) -> Reply:
    cap = answer.read(abi.EfiGettime.capabilities.name, abi.EfiTimeCap.SIZE)
    can = TimeCapabilities(
        abi.EfiTimeCap.resolution.read(cap), abi.EfiTimeCap.accuracy.read(cap), bool(abi.EfiTimeCap.sets_to_zero.read(cap))
    )
    return Reply(Status.SUCCESS, time=EfiTime.decode(answer.read(abi.EfiGettime.time.name, _TIME_SIZE)), capabilities=can)


def _encode_set_time(op: SetTime) -> Request:
    return _request(abi.EFI_RUNTIME_SET_TIME, abi.EfiSettime, {}, {abi.EfiSettime.time: op.time.encode()})


def _encode_get_wakeup(_op: GetWakeupTime) -> Request:
    get = abi.EfiGetwakeuptime
    return _request(abi.EFI_RUNTIME_GET_WAKETIME, get, {}, {get.enabled: _ONE, get.pending: _ONE, get.time: _TIME_SIZE})


def _decode_get_wakeup(_op: GetWakeupTime, answer: Answer) -> Reply:
    """Linux asks firmware whether an alarm is pending, and keeps the answer to itself."""
    get = abi.EfiGetwakeuptime
    enabled = bool(_number(answer, get.enabled, _ONE))
    return Reply(Status.SUCCESS, time=EfiTime.decode(answer.read(get.time.name, _TIME_SIZE)), enabled=enabled)


def _encode_set_wakeup(op: SetWakeupTime) -> Request:
    put = abi.EfiSetwakeuptime
    pointers = {} if op.time is None else {put.time: op.time.encode()}
    return _request(abi.EFI_RUNTIME_SET_WAKETIME, put, {put.enabled: int(op.enable)}, pointers)


def _encode_count(_op: GetNextHighMonotonicCount) -> Request:
    count = abi.EfiGetnexthighmonotoniccount
    return _request(abi.EFI_RUNTIME_GET_NEXTHIGHMONOTONICCOUNT, count, {}, {count.high_count: 4})


def _decode_count(_op: GetNextHighMonotonicCount, answer: Answer) -> Reply:
    return Reply(Status.SUCCESS, count=_number(answer, abi.EfiGetnexthighmonotoniccount.high_count, 4))


def _header(header: CapsuleHeader) -> bytes:
    data = bytearray(abi.EfiCapsuleHeader.SIZE)
    abi.EfiCapsuleHeader.guid.write(data, header.guid.raw)
    abi.EfiCapsuleHeader.headersize.write(data, header.header_size)
    abi.EfiCapsuleHeader.flags.write(data, header.flags)
    abi.EfiCapsuleHeader.imagesize.write(data, header.image_size)
    return bytes(data)


def _encode_capsules(op: QueryCapsuleCapabilities) -> Request:
    """Ask of one head: Linux hands firmware an array of one pointer, whatever the count it tells with it."""
    query = abi.EfiQuerycapsulecapabilities
    if len(op.headers) > 1:
        message = "QueryCapsuleCapabilities is not carried by efi_test for several capsules: Linux hands firmware the first head only"
        raise NotCarried(message, "ask for one at a time", operation="QueryCapsuleCapabilities")
    pointers = {query.capsule_header_array: _LONG * len(op.headers), query.maximum_capsule_size: _LONG, query.reset_type: 4}
    request = _request(abi.EFI_RUNTIME_QUERY_CAPSULECAPABILITIES, query, {query.capsule_count: len(op.headers)}, pointers)
    heads = tuple(
        Buffer(f"head {at}", at * _LONG, head, len(head), query.capsule_header_array.name)
        for at, head in enumerate(map(_header, op.headers))
    )
    return request._replace(buffers=request.buffers + heads)


def _decode_capsules(_op: QueryCapsuleCapabilities, answer: Answer) -> Reply:
    query = abi.EfiQuerycapsulecapabilities
    reset_type = int.from_bytes(answer.read(query.reset_type.name, 4), "little", signed=True)
    return Reply(Status.SUCCESS, capsule=CapsuleCapabilities(_number(answer, query.maximum_capsule_size), reset_type))


def _encode_reset(op: ResetSystem) -> Request:
    check_size(op, len(op.data), "a reset's data")
    reset = abi.EfiResetsystem
    argument = bytearray(reset.SIZE)
    reset.reset_type.write(argument, op.type)
    reset.status.write(argument, int(op.reset_status))
    reset.data_size.write(argument, len(op.data))
    data = (Buffer(reset.data.name, reset.data.offset, op.data, len(op.data)),) if op.data else ()
    return Request(abi.EFI_RUNTIME_RESET_SYSTEM, argument, data)


def _succeeded(_op: Op, _answer: Answer) -> Reply:
    return Reply(Status.SUCCESS)


_ENCODERS: Final[Mapping[type[Op], Callable[[Any], Request]]] = {
    GetVariable: _encode_get_variable,
    SetVariable: _encode_set_variable,
    GetNextVariableName: _encode_next_name,
    QueryVariableInfo: _encode_query,
    GetTime: _encode_get_time,
    SetTime: _encode_set_time,
    GetWakeupTime: _encode_get_wakeup,
    SetWakeupTime: _encode_set_wakeup,
    GetNextHighMonotonicCount: _encode_count,
    QueryCapsuleCapabilities: _encode_capsules,
    ResetSystem: _encode_reset,
}
_DECODERS: Final[Mapping[type[Op], Callable[[Any, Answer], Reply]]] = {
    GetVariable: _decode_get_variable,
    GetNextVariableName: _decode_next_name,
    QueryVariableInfo: _decode_query,
    GetTime: _decode_get_time,
    GetWakeupTime: _decode_get_wakeup,
    GetNextHighMonotonicCount: _decode_count,
    QueryCapsuleCapabilities: _decode_capsules,
}
_SIZES: Final[Mapping[type[Op], Field]] = {
    GetVariable: abi.EfiGetvariable.data_size,
    GetNextVariableName: abi.EfiGetnextvariablename.variable_name_size,
}
_STATUS: Final = "status"
_OUTPUTS: Final = {
    "attributes": "attributes",
    "capabilities": "capabilities",
    "data": "data",
    "data_size": "size",
    "enabled": "enabled",
    "high_count": "count",
    "time": "time",
    "variable_name": "key",
    "variable_name_size": "size",
    "vendor_guid": "key",
}
NULLABLE: Final[Mapping[type[Op], frozenset[str]]] = {
    GetVariable: frozenset({"variable_name", "vendor_guid", "attributes", "data_size", "data"}),
    SetVariable: frozenset({"variable_name"}),
    GetNextVariableName: frozenset({"variable_name_size", "variable_name", "vendor_guid"}),
    GetTime: frozenset({"time", "capabilities"}),
    GetWakeupTime: frozenset({"enabled", "pending", "time"}),
    SetWakeupTime: frozenset({"time"}),
    GetNextHighMonotonicCount: frozenset({"high_count"}),
}
"""The pointers that Linux hands on as NULL; the others it follows itself."""

CARRIED: Final = frozenset(_ENCODERS)
"""The operations that have a number."""


def encode(op: Op) -> Request:
    """The ioctl that asks an operation.

    Raises:
        ValueError: A value does not fit the structure's member.
        NotCarried: The kernel should not be asked it.
    """
    return _ENCODERS[type(op)](op)


def encode_malformed(asked: Malformed) -> Request:
    """The ioctl that asks an operation with pointers that are NULL.

    Raises:
        NotCarried: Linux follows such a pointer itself, or looks at a size that lies.
    """
    name = type(asked.op).__name__
    followed = asked.null - NULLABLE.get(type(asked.op), frozenset())
    if followed or asked.data_size is not None:
        what = f"{' and '.join(sorted(followed))} NULL" if followed else "a size that lies"
        raise NotCarried(f"{name} is not carried by efi_test with {what}: Linux follows the pointer itself", operation=name)
    request = encode(asked.op)
    return request._replace(buffers=tuple(buffer for buffer in request.buffers if buffer.slot not in asked.null))


def decode(op: Op, answer: Answer) -> Reply:
    """What came back for an operation that succeeded."""
    return _DECODERS.get(type(op), _succeeded)(op, answer)


def decode_refused(op: Op, answer: Answer) -> Reply | None:
    """What came back for an operation to which firmware did not answer success; None where it was not asked."""
    raw = answer.read(_STATUS, _LONG)
    if raw == UNSAID:
        return None
    status = Status(int.from_bytes(raw, "little"))
    size = _SIZES.get(type(op)) if status == Status.BUFFER_TOO_SMALL else None
    return Reply(status, size=None if size is None else _number(answer, size))


class Without:
    """An answer in which nothing lies where a pointer was NULL."""

    def __init__(self, answer: Answer, null: frozenset[str]) -> None:
        self._answer = answer
        self._null = null

    @property
    def argument(self) -> bytes:
        """The structure as it came back."""
        return self._answer.argument

    def read(self, slot: str, size: int) -> bytes:
        """The first bytes of a buffer; zeros where there was none."""
        return bytes(size) if slot in self._null else self._answer.read(slot, size)


def left_out(asked: Malformed, reply: Reply) -> Reply:
    """The reply without what a pointer that is NULL had no place for."""
    gone: dict[str, Any] = {_OUTPUTS[name]: None for name in asked.null & _OUTPUTS.keys()}
    return reply._replace(**gone)


def supported() -> Request:
    """The ioctl that asks which services the kernel may call."""
    return Request(abi.EFI_RUNTIME_GET_SUPPORTED_MASK, bytearray(4))


def decode_supported(answer: Answer) -> int:
    """A bit for each, as UEFI's table of runtime properties has them."""
    return int.from_bytes(answer.argument, "little")
