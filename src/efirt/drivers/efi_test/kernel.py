"""A simulated Linux with an efi_test over any firmware: it follows the pointers of an ioctl in the order Linux does.

They lead into simulated memory. It knows the ABI and never the codec, so a mistake in one does not cancel itself in the other.

Source: Linux 6.1, drivers/firmware/efi/test/efi_test.c.
"""

from errno import EFAULT, EINVAL, ENOMEM, ENOTTY

from efirt.abi import linux_efi_test as abi
from efirt.annotation import Callable, Final, Mapping, NamedTuple
from efirt.ioctl.services import Services, text_before_nul
from efirt.ops.clock import GetTime, GetWakeupTime, SetTime, SetWakeupTime
from efirt.ops.driver import Driver
from efirt.ops.miscellaneous import CapsuleHeader, GetNextHighMonotonicCount, QueryCapsuleCapabilities, ResetSystem
from efirt.ops.reply import Reply
from efirt.ops.variables import QueryVariableInfo, SetVariable, VariableInfo
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid import ZERO, Guid
from efirt.values.key import Key
from efirt.values.status import Status
from efirt.wire.layout import CStruct, Field
from efirt.wire.memory import AddressSpace, Fault

ALL_SERVICES: Final = 0x3FFF
_MOST: Final = 4 << 20
_TIME_SIZE: Final = 16
_GUID_SIZE: Final = 16
_LONG: Final = 8


class Manner(NamedTuple):
    """What kind of Linux it is.

    Attributes:
        services: The mask of the services there are; 0 where it runs without them.
        tells: Whether efi_test tells the mask, as it does from 5.11 on.
    """

    services: int = ALL_SERVICES
    tells: bool = True


class Oops(Exception):
    """What Linux would do to itself."""


class _Refusal(Exception):
    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class SimulatedEfiTest:
    """Linux' side of /dev/efi_test.

    Attributes:
        firmware: What it asks.
    """

    def __init__(self, firmware: Driver, memory: AddressSpace, manner: Manner | None = None) -> None:
        self.firmware = firmware
        self._memory = memory
        self._manner = manner or Manner()
        self._services = Services(firmware)
        self._calls: Mapping[int, tuple[type[CStruct], Callable[[bytes], None]]] = {
            abi.EFI_RUNTIME_GET_VARIABLE: (abi.EfiGetvariable, self._get_variable),
            abi.EFI_RUNTIME_SET_VARIABLE: (abi.EfiSetvariable, self._set_variable),
            abi.EFI_RUNTIME_GET_NEXTVARIABLENAME: (abi.EfiGetnextvariablename, self._next_name),
            abi.EFI_RUNTIME_QUERY_VARIABLEINFO: (abi.EfiQueryvariableinfo, self._query),
            abi.EFI_RUNTIME_GET_TIME: (abi.EfiGettime, self._get_time),
            abi.EFI_RUNTIME_SET_TIME: (abi.EfiSettime, self._set_time),
            abi.EFI_RUNTIME_GET_WAKETIME: (abi.EfiGetwakeuptime, self._get_wakeup),
            abi.EFI_RUNTIME_SET_WAKETIME: (abi.EfiSetwakeuptime, self._set_wakeup),
            abi.EFI_RUNTIME_GET_NEXTHIGHMONOTONICCOUNT: (abi.EfiGetnexthighmonotoniccount, self._count),
            abi.EFI_RUNTIME_QUERY_CAPSULECAPABILITIES: (abi.EfiQuerycapsulecapabilities, self._capsules),
            abi.EFI_RUNTIME_RESET_SYSTEM: (abi.EfiResetsystem, self._reset),
        }

    def ioctl(self, number: int, address: int) -> int:
        """Carry an ioctl out whose argument is at an address of the process: 0, or the number of an error."""
        try:
            if number == abi.EFI_RUNTIME_GET_SUPPORTED_MASK and self._manner.tells:
                self._memory.write(address, self._manner.services.to_bytes(4, "little"))
                return 0
            if number not in self._calls:
                return ENOTTY
            struct, call = self._calls[number]
            argument = self._memory.read(address, struct.SIZE)
            if not self._manner.services:
                raise Oops("a call through a pointer that is NULL: there are no runtime services")
            call(argument)
        except _Refusal as refusal:
            return refusal.number
        except Fault:
            return EFAULT
        return 0

    def _get_variable(self, argument: bytes) -> None:
        get = abi.EfiGetvariable
        size, data = get.data_size.read(argument), get.data.read(argument)
        room = self._long(size) if size else 0
        guid = self._guid(get.vendor_guid.read(argument))
        key = Key(self._name(get.variable_name.read(argument)), guid)
        if size and data and room > _MOST:
            raise _Refusal(ENOMEM)
        null = _null(argument, get.variable_name, get.vendor_guid, get.attributes, get.data_size, get.data)
        reply = self._services.get_variable(key, room, null)
        told = reply.size or 0
        self._say(argument, get.status, reply, size, told)
        if room < told:
            raise _Refusal(EINVAL)
        if size and data:
            self._memory.write(data, (reply.data or b"").ljust(room, b"\0")[:told])
        self._put(get.attributes.read(argument), (reply.attributes or 0).to_bytes(4, "little"))
        self._put(size, told.to_bytes(_LONG, "little"))

    def _set_variable(self, argument: bytes) -> None:
        put = abi.EfiSetvariable
        guid = Guid(self._memory.read(put.vendor_guid.read(argument), _GUID_SIZE))
        key = Key(self._name(put.variable_name.read(argument)), guid)
        size = put.data_size.read(argument)
        if size > _MOST:
            raise _Refusal(ENOMEM)
        data = self._memory.read(put.data.read(argument), size)
        op = SetVariable(key, Attributes(put.attributes.read(argument)), data)
        self._say(argument, put.status, self._services.ask(op, _null(argument, put.variable_name)))

    def _next_name(self, argument: bytes) -> None:
        after = abi.EfiGetnextvariablename
        size, name = after.variable_name_size.read(argument), after.variable_name.read(argument)
        room = self._long(size) if size else 0
        guid = self._guid(after.vendor_guid.read(argument))
        before = b""
        if name:
            length = self._memory.units_before_nul(name) * 2 + 2
            before = self._memory.read(name, max(room, length))
        null = _null(argument, after.variable_name_size, after.variable_name, after.vendor_guid)
        reply = self._services.next_name(Key(text_before_nul(before), guid), room, null)
        told = reply.size or 0
        self._say(argument, after.status, reply, size, told)
        left = reply.data or b""
        self._put(name, (left + before[len(left) :])[:room])
        self._put(size, told.to_bytes(_LONG, "little"))
        if reply.key is not None:
            self._put(after.vendor_guid.read(argument), reply.key.guid.raw)

    def _query(self, argument: bytes) -> None:
        query = abi.EfiQueryvariableinfo
        reply = self._services.ask(QueryVariableInfo(Attributes(query.attributes.read(argument))))
        self._say(argument, query.status, reply)
        fields = (query.maximum_variable_storage_size, query.remaining_variable_storage_size, query.maximum_variable_size)
        for field, value in zip(fields, reply.storage or VariableInfo(0, 0, 0), strict=True):
            self._memory.write(field.read(argument), value.to_bytes(_LONG, "little"))

    def _get_time(self, argument: bytes) -> None:
        get = abi.EfiGettime
        reply = self._services.ask(GetTime(), _null(argument, get.time, get.capabilities))
        self._say(argument, get.status, reply)
        if get.capabilities.read(argument):
            can = bytearray(abi.EfiTimeCap.SIZE)
            if reply.capabilities is not None:
                abi.EfiTimeCap.resolution.write(can, reply.capabilities.resolution)
                abi.EfiTimeCap.accuracy.write(can, reply.capabilities.accuracy)
                abi.EfiTimeCap.sets_to_zero.write(can, reply.capabilities.sets_to_zero)
            self._memory.write(get.capabilities.read(argument), can)
        self._put(get.time.read(argument), _time(reply))

    def _set_time(self, argument: bytes) -> None:
        time = EfiTime.decode(self._memory.read(abi.EfiSettime.time.read(argument), _TIME_SIZE))
        self._say(argument, abi.EfiSettime.status, self._services.ask(SetTime(time)))

    def _get_wakeup(self, argument: bytes) -> None:
        get = abi.EfiGetwakeuptime
        reply = self._services.ask(GetWakeupTime(), _null(argument, get.enabled, get.pending, get.time))
        self._say(argument, get.status, reply)
        # Whether an alarm is pending stays in the kernel.
        self._put(get.enabled.read(argument), bytes([bool(reply.enabled)]))
        self._put(get.time.read(argument), _time(reply))

    def _set_wakeup(self, argument: bytes) -> None:
        put = abi.EfiSetwakeuptime
        address = put.time.read(argument)
        time = EfiTime.decode(self._memory.read(address, _TIME_SIZE)) if address else None
        self._say(argument, put.status, self._services.ask(SetWakeupTime(bool(put.enabled.read(argument)), time)))

    def _count(self, argument: bytes) -> None:
        count = abi.EfiGetnexthighmonotoniccount
        reply = self._services.ask(GetNextHighMonotonicCount(), _null(argument, count.high_count))
        self._say(argument, count.status, reply)
        self._put(count.high_count.read(argument), (reply.count or 0).to_bytes(4, "little"))

    def _capsules(self, argument: bytes) -> None:
        query = abi.EfiQuerycapsulecapabilities
        array, count = query.capsule_header_array.read(argument), query.capsule_count.read(argument)
        if count == (1 << 64) - 1:
            raise _Refusal(EINVAL)
        addresses = [self._long(array + _LONG * at) for at in range(count)]
        heads = tuple(_head(self._memory.read(address, abi.EfiCapsuleHeader.SIZE)) for address in addresses)
        if len(heads) > 1:
            raise Oops("firmware follows pointers behind an array of one")
        reply = self._services.ask(QueryCapsuleCapabilities(heads))
        self._say(argument, query.status, reply)
        largest, reset_type = reply.capsule or (0, 0)
        self._memory.write(query.maximum_capsule_size.read(argument), largest.to_bytes(_LONG, "little"))
        self._memory.write(query.reset_type.read(argument), reset_type.to_bytes(4, "little", signed=True))

    def _reset(self, argument: bytes) -> None:
        reset = abi.EfiResetsystem
        size = reset.data_size.read(argument)
        data = self._memory.read(reset.data.read(argument), size)
        self._services.ask(ResetSystem(reset.reset_type.read(argument), Status(reset.status.read(argument)), data))

    def _say(self, argument: bytes, status: Field, reply: Reply, size: int = 0, told: int = 0) -> None:
        """Store the status, and end the call unless it is success; where it says so, also the size that is needed."""
        self._memory.write(status.read(argument), reply.status.to_bytes(_LONG, "little"))
        if reply.status != Status.SUCCESS:
            if reply.status == Status.BUFFER_TOO_SMALL:
                self._put(size, told.to_bytes(_LONG, "little"))
            raise _Refusal(EINVAL)

    def _put(self, address: int, data: bytes) -> None:
        """Store, unless the pointer is NULL."""
        if address:
            self._memory.write(address, data)

    def _long(self, address: int) -> int:
        return int.from_bytes(self._memory.read(address, _LONG), "little")

    def _guid(self, address: int) -> Guid:
        return Guid(self._memory.read(address, _GUID_SIZE)) if address else ZERO

    def _name(self, address: int) -> str:
        if not address:
            return ""
        return text_before_nul(self._memory.read(address, self._memory.units_before_nul(address) * 2 + 2))


def _null(argument: bytes, *fields: Field) -> frozenset[str]:
    return frozenset(field.name for field in fields if not field.read(argument))


def _time(reply: Reply) -> bytes:
    return bytes(_TIME_SIZE) if reply.time is None else reply.time.encode()


def _head(data: bytes) -> CapsuleHeader:
    head = abi.EfiCapsuleHeader
    return CapsuleHeader(Guid(head.guid.read(data)), head.headersize.read(data), head.flags.read(data), head.imagesize.read(data))
