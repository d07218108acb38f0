"""A simulated Xen: it takes the very bytes of a hypercall from simulated guest memory, in the order real Xen looks at them.

It knows the ABI and never the codec, so a mistake in one does not cancel itself in the other.

Source: Xen 4.17, xen/arch/x86/platform_hypercall.c (do_platform_op), xen/common/efi/runtime.c (efi_runtime_call, efi_get_info).
"""

from efirt.abi import xen_errno as xen
from efirt.abi import xen_platform as abi
from efirt.annotation import Callable, Final, Mapping, NamedTuple
from efirt.drivers.xen.firmware_facts import Machine, firmware_info
from efirt.errors import NotCarried
from efirt.ops import (
    Driver,
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
)
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.values.status import Status
from efirt.wire.layout import Members
from efirt.wire.memory import AddressSpace, Fault
from efirt.wire.text import decode_units, encode_char16, nul_offset

_LARGEST: Final = (1 << 32) - 1
_STORED: Final = abi.XEN_EFI_VARIABLE_NON_VOLATILE | abi.XEN_EFI_VARIABLE_BOOTSERVICE_ACCESS | abi.XEN_EFI_VARIABLE_RUNTIME_ACCESS
_UEFI_2: Final = 2
_BASE: Final = abi.XenPlatformOp.u.offset
_HEAD: Final = Members(abi.XenPlatformOp.SIZE, (abi.XenPlatformOp.cmd, 0), (abi.XenPlatformOp.interface_version, 0))
_CALL: Final = Members(abi.XenpfEfiRuntimeCall.SIZE, (abi.XenpfEfiRuntimeCall.function, 0), (abi.XenpfEfiRuntimeCall.misc, 0))
_VARIABLE: Final = abi.EfiVariable.layout().unpack_from
_NEXT_NAME: Final = abi.EfiNextVariableName.layout().unpack_from
_NUL: Final = b"\0\0"


class Switches(NamedTuple):
    """What kind of host is simulated.

    Attributes:
        dom0: Whether the caller is the control domain.
        policy: Whether the security policy lets the control domain make platform operations.
        efi: Whether Xen was booted through EFI.
        rs: Whether runtime services are on (off is ``efi=no-rs``).
        interface_version: The one Xen takes.
    """

    dom0: bool = True
    policy: bool = True
    efi: bool = True
    rs: bool = True
    interface_version: int = abi.XENPF_INTERFACE_VERSION


class Refusal(Exception):
    """A negative return value of the hypercall.

    Attributes:
        errno: Xen's number, positive.
    """

    def __init__(self, errno: int) -> None:
        super().__init__(errno)
        self.errno = errno


def _need(condition: object, errno: int) -> None:
    if not condition:
        raise Refusal(errno)


class Hypervisor:
    """Xen's side of ``xen_platform_op`` for EFI, over any driver as its firmware.

    Attributes:
        machine: What firmware_info tells.
        snapshot: What firmware answered QueryVariableInfo(NV+BS+RT) with before boot services ended; None when it was not asked.

    Source: Xen 4.17, xen/arch/x86/platform_hypercall.c.
    """

    def __init__(
        self,
        firmware: Driver,
        memory: AddressSpace,
        switches: Switches = Switches(),  # noqa: B008 - a NamedTuple does not change
        machine: Machine | None = None,
        snapshot: Reply | None = None,
    ) -> None:
        self._firmware = firmware
        self._memory = memory
        self._switches = switches
        self.machine = machine or Machine()
        self.snapshot = snapshot
        self._services = self._sub_functions()

    def hypercall(self, number: int, address: int) -> int:
        """Any hypercall with one argument: 0, or a negative error number of Xen's."""
        if number != abi.HYPERVISOR_platform_op:
            return -xen.XEN_ENOSYS
        try:
            self._platform_op(address)
        except Refusal as refusal:
            return -refusal.errno
        except Fault:
            return -xen.XEN_EFAULT
        return 0

    def _platform_op(self, address: int) -> None:
        op = self._memory.read(address, abi.XenPlatformOp.SIZE)
        cmd, interface_version = _HEAD.read(op)
        switches, base = self._switches, _BASE
        _need(interface_version == switches.interface_version, xen.XEN_EACCES)
        _need(switches.dom0 and switches.policy, xen.XEN_EPERM)
        if cmd == abi.XENPF_efi_runtime_call:
            call = bytearray(op[base : base + abi.XenpfEfiRuntimeCall.SIZE])
            self._runtime_call(call)
            self._memory.write(address + base, call)
        elif cmd == abi.XENPF_firmware_info:
            info = bytearray(op[base : base + abi.XenpfFirmwareInfo.SIZE])
            _need(abi.XenpfFirmwareInfo.type.read(info) == abi.XEN_FW_EFI_INFO, xen.XEN_EINVAL)
            _need(self._switches.efi, xen.XEN_ENOSYS)
            errno = firmware_info(self.machine, info, self._memory, runtime_services=self._switches.rs)
            _need(not errno, errno)
            union = abi.EfiInfoVersion.version.offset
            self._memory.write(address + base + union, info[union:])
        else:
            raise Refusal(xen.XEN_ENOSYS)

    def _runtime_call(self, call: bytearray) -> None:
        _need(self._switches.efi, xen.XEN_ENOSYS)
        _need(self._switches.rs, xen.XEN_EOPNOTSUPP)
        function, misc = _CALL.read(call)
        service, misc_bits = self._services.get(function, (None, 0))
        if service is None:
            raise Refusal(xen.XEN_ENOSYS)
        _need(not misc & ~misc_bits, xen.XEN_EINVAL)
        reply = service(call, misc)
        abi.XenpfEfiRuntimeCall.status.write(call, reply.status)

    def _sub_functions(self) -> Mapping[int, tuple[Callable[[bytearray, int], Reply], int]]:
        """The sub-functions, each with the flags it takes in ``misc``."""
        wake = abi.XEN_EFI_SET_WAKEUP_TIME_ENABLE | abi.XEN_EFI_SET_WAKEUP_TIME_ENABLE_ONLY
        return {
            abi.XEN_EFI_get_time: (self._get_time, 0),
            abi.XEN_EFI_set_time: (self._set_time, 0),
            abi.XEN_EFI_get_wakeup_time: (self._get_wakeup_time, 0),
            abi.XEN_EFI_set_wakeup_time: (self._set_wakeup_time, wake),
            abi.XEN_EFI_get_next_high_monotonic_count: (self._count, 0),
            abi.XEN_EFI_get_variable: (self._get_variable, 0),
            abi.XEN_EFI_set_variable: (self._set_variable, _LARGEST),
            abi.XEN_EFI_get_next_variable_name: (self._next_name, 0),
            abi.XEN_EFI_query_variable_info: (self._query, abi.XEN_EFI_VARINFO_BOOT_SNAPSHOT),
            abi.XEN_EFI_query_capsule_capabilities: (self._capsule, 0),
            abi.XEN_EFI_update_capsule: (self._capsule, 0),
        }

    @property
    def _is_uefi_2(self) -> bool:
        return self.machine.revision >> 16 >= _UEFI_2

    def _ask(self, op: Op) -> Reply:
        try:
            return self._firmware.call(op)
        except NotCarried:
            return Reply(Status.UNSUPPORTED)

    def _set_misc(self, call: bytearray, value: int) -> None:
        abi.XenpfEfiRuntimeCall.misc.write(call, value)

    def _get_time(self, call: bytearray, _misc: int) -> Reply:
        reply = self._ask(GetTime())
        if reply.time is not None:
            abi.EfiGetTime.time.write(call, reply.time.encode())
        if reply.capabilities is not None and not reply.status.is_error:
            abi.EfiGetTime.resolution.write(call, reply.capabilities.resolution)
            abi.EfiGetTime.accuracy.write(call, reply.capabilities.accuracy)
            self._set_misc(call, abi.XEN_EFI_GET_TIME_SET_CLEARS_NS if reply.capabilities.sets_to_zero else 0)
        return reply

    def _set_time(self, call: bytearray, _misc: int) -> Reply:
        return self._ask(SetTime(EfiTime.decode(abi.EfiGetTime.time.read(call))))

    def _get_wakeup_time(self, call: bytearray, _misc: int) -> Reply:
        reply = self._ask(GetWakeupTime())
        if reply.time is not None:
            abi.EfiGetTime.time.write(call, reply.time.encode())
        if not reply.status.is_error:
            enabled = abi.XEN_EFI_GET_WAKEUP_TIME_ENABLED if reply.enabled else 0
            pending = abi.XEN_EFI_GET_WAKEUP_TIME_PENDING if reply.pending else 0
            self._set_misc(call, enabled | pending)
        return reply

    def _set_wakeup_time(self, call: bytearray, misc: int) -> Reply:
        only = misc & abi.XEN_EFI_SET_WAKEUP_TIME_ENABLE_ONLY
        time = None if only else EfiTime.decode(abi.EfiGetTime.time.read(call))
        reply = self._ask(SetWakeupTime(bool(misc & abi.XEN_EFI_SET_WAKEUP_TIME_ENABLE), time))
        self._set_misc(call, 0)
        return reply

    def _count(self, call: bytearray, _misc: int) -> Reply:
        reply = self._ask(GetNextHighMonotonicCount())
        if reply.count is not None:
            self._set_misc(call, reply.count)
        return reply

    def _name(self, address: int) -> str:
        """Size the name, copy it, and look again whether its first NUL is where it was."""
        size = self._memory.units_before_nul(address) * len(_NUL)
        try:
            copy = self._memory.read(address, size + len(_NUL))
        except Fault:
            raise Refusal(xen.XEN_EIO) from None
        _need(nul_offset(copy) == size, xen.XEN_EIO)
        return decode_units(copy[:size])

    def _get_variable(self, call: bytearray, _misc: int) -> Reply:
        name, room, address, guid = _VARIABLE(call)
        key = Key(self._name(name), Guid(guid))
        _need(room <= _LARGEST, xen.XEN_ENOMEM)
        reply = self._ask(GetVariable(key, room))
        data = b"" if reply.status.is_error or reply.data is None else reply.data
        if len(data) > room:
            return self._too_small(call, reply, len(data))
        size = reply.size if reply.size is not None else room if reply.data is None else len(data)
        self._memory.write(address, data[:size])
        abi.EfiVariable.size.write(call, size)
        self._set_misc(call, reply.attributes or 0)
        return reply

    def _too_small(self, call: bytearray, reply: Reply, needed: int) -> Reply:
        """What firmware says where a driver that knows no rooms brought more than fits."""
        abi.EfiVariable.size.write(call, needed)
        self._set_misc(call, reply.attributes or 0)
        return reply._replace(status=Status.BUFFER_TOO_SMALL)

    def _set_variable(self, call: bytearray, misc: int) -> Reply:
        name, size, address, guid = _VARIABLE(call)
        key = Key(self._name(name), Guid(guid))
        _need(size <= _LARGEST, xen.XEN_ENOMEM)
        data = self._memory.read(address, size) if size else b""
        return self._ask(SetVariable(key, Attributes(misc), data))

    def _next_name(self, call: bytearray, _misc: int) -> Reply:
        room, address, guid = _NEXT_NAME(call)
        _need(room <= _LARGEST, xen.XEN_ENOMEM)
        before = self._memory.read(address, room) if room else b""
        end = nul_offset(before)
        key = Key(decode_units(before if end < 0 else before[:end]), Guid(guid))
        reply = self._ask(GetNextVariableName(key, room))
        size = reply.size
        if not reply.status.is_error:
            name = reply.data if reply.data is not None or reply.key is None else encode_char16(reply.key.name)
            if name is not None and len(name) > room:
                reply, size = reply._replace(status=Status.BUFFER_TOO_SMALL), len(name)
            elif name is not None:
                # All of the caller's buffer goes back, not what firmware calls the name's size.
                self._memory.write(address, name + before[len(name) :])
                size = len(name) if size is None else size
                if reply.key is not None:
                    abi.EfiNextVariableName.vendor_guid.write(call, reply.key.guid.raw)
        if size is not None:
            abi.EfiNextVariableName.size.write(call, size)
        return reply

    def _query(self, call: bytearray, misc: int) -> Reply:
        attributes = Attributes(abi.EfiQueryVariableInfo.attr.read(call))
        if misc & abi.XEN_EFI_VARINFO_BOOT_SNAPSHOT:
            _need(attributes & ~Attributes.APPEND == _STORED, xen.XEN_EINVAL)
            reply = self.snapshot if self.snapshot and self._is_uefi_2 else Reply(Status.INCOMPATIBLE_VERSION)
        else:
            _need(self._is_uefi_2, xen.XEN_EOPNOTSUPP)
            reply = self._ask(QueryVariableInfo(attributes))
        maximum, remaining, largest = reply.storage or (0, 0, 0)
        abi.EfiQueryVariableInfo.max_store_size.write(call, maximum)
        abi.EfiQueryVariableInfo.remain_store_size.write(call, remaining)
        abi.EfiQueryVariableInfo.max_size.write(call, largest)
        return reply

    def _capsule(self, _call: bytearray, _misc: int) -> Reply:
        raise Refusal(xen.XEN_ENOSYS if self._is_uefi_2 else xen.XEN_EOPNOTSUPP)
