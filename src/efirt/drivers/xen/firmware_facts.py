"""What a simulated Xen tells about its firmware (``firmware_info``).

Source: Xen 4.17, xen/common/efi/runtime.c (efi_get_info).
"""

from efirt.abi import xen_errno as xen
from efirt.abi import xen_platform as abi
from efirt.annotation import Mapping, NamedTuple
from efirt.wire.memory import AddressSpace
from efirt.wire.text import encode_char16

_WRITE_BACK = 0x8
_RUNTIME = 1 << 63


class MemoryRange(NamedTuple):
    """An entry of firmware's memory map.

    Attributes:
        address: Machine address.
        size: Bytes.
        attributes: EFI_MEMORY_* bits.
        type: EFI_MEMORY_TYPE; 5 is runtime code, 6 runtime data.
    """

    address: int
    size: int
    attributes: int
    type: int


_MEMORY_MAP = (
    MemoryRange(0x0, 0xA0000, _WRITE_BACK, 7),
    MemoryRange(0x100000, 0x7E000000, _WRITE_BACK, 7),
    MemoryRange(0x7E6ED000, 0x100000, _WRITE_BACK | _RUNTIME, 6),
    MemoryRange(0x7E7ED000, 0x100000, _WRITE_BACK | _RUNTIME, 5),
)


class Machine(NamedTuple):
    """A firmware's facts as Xen keeps them.

    Attributes:
        revision: Of the system table and the runtime services table, such as 0x00020046.
        vendor: The vendor's name.
        vendor_revision: The vendor's number.
        table_address: Machine address of the configuration tables.
        table_count: How many there are.
        memory_map: What MEM_INFO looks in.
        roms: Option ROMs: segment, bus, device and function, vendor, device; to address and size.
        apple_properties: Address and size; None when there are none.
    """

    revision: int = 0x00020046
    vendor: str = "EDK II"
    vendor_revision: int = 0x00010000
    table_address: int = 0x7F9EE018
    table_count: int = 11
    memory_map: tuple[MemoryRange, ...] = _MEMORY_MAP
    roms: Mapping[tuple[int, int, int, int, int], tuple[int, int]] = {}  # noqa: RUF012 - nobody can change what a mapping is taken for
    apple_properties: tuple[int, int] | None = None


def _vendor(machine: Machine, info: bytearray, memory: AddressSpace) -> int:
    room = abi.EfiInfoVendor.bufsz.read(info) // 2 * 2
    memory.write(abi.EfiInfoVendor.name.read(info), encode_char16(machine.vendor)[:room])
    abi.EfiInfoVendor.revision.write(info, machine.vendor_revision)
    return 0


def _mem_info(machine: Machine, info: bytearray) -> int:
    address, size = abi.EfiInfoMem.addr.read(info), abi.EfiInfoMem.size.read(info)
    for entry in machine.memory_map:
        if entry.address <= address < entry.address + entry.size:
            abi.EfiInfoMem.size.write(info, min(size, entry.address + entry.size - address))
            abi.EfiInfoMem.attr.write(info, entry.attributes)
            abi.EfiInfoMem.type.write(info, entry.type)
            return 0
    return xen.XEN_ESRCH


def _pci_rom(machine: Machine, info: bytearray) -> int:
    rom = abi.EfiInfoPciRom
    device = rom.segment.read(info), rom.bus.read(info), rom.devfn.read(info), rom.vendor.read(info), rom.devid.read(info)
    found = machine.roms.get(device)
    if found is None:
        return xen.XEN_ESRCH
    rom.address.write(info, found[0])
    rom.size.write(info, found[1])
    return 0


def _apple_properties(machine: Machine, info: bytearray) -> int:
    if machine.apple_properties is None:
        return xen.XEN_ENODATA
    abi.EfiInfoAppleProperties.address.write(info, machine.apple_properties[0])
    abi.EfiInfoAppleProperties.size.write(info, machine.apple_properties[1])
    return 0


def firmware_info(machine: Machine, info: bytearray, memory: AddressSpace, *, runtime_services: bool) -> int:
    """Answer one ``xenpf_firmware_info`` in place: 0, or a positive error number of Xen's."""
    index = abi.XenpfFirmwareInfo.index.read(info)
    if index in {abi.XEN_FW_EFI_VENDOR, abi.XEN_FW_EFI_RT_VERSION} and not runtime_services:
        return xen.XEN_EOPNOTSUPP
    if index in {abi.XEN_FW_EFI_VERSION, abi.XEN_FW_EFI_RT_VERSION}:
        abi.EfiInfoVersion.version.write(info, machine.revision)
        return 0
    if index == abi.XEN_FW_EFI_CONFIG_TABLE:
        abi.EfiInfoCfg.addr.write(info, machine.table_address)
        abi.EfiInfoCfg.nent.write(info, machine.table_count)
        return 0
    if index == abi.XEN_FW_EFI_VENDOR:
        return _vendor(machine, info, memory)
    answers = {
        abi.XEN_FW_EFI_MEM_INFO: _mem_info,
        abi.XEN_FW_EFI_PCI_ROM: _pci_rom,
        abi.XEN_FW_EFI_APPLE_PROPERTIES: _apple_properties,
    }
    answer = answers.get(index)
    return answer(machine, info) if answer else xen.XEN_EINVAL
