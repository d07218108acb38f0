"""Xen's ``xen_platform_op`` for EFI, as a 64-bit control domain passes it.

Source: Xen 4.17, xen/include/public/platform.h; the test of this file asks a C compiler about every offset and number here.
"""

from efirt.annotation import Final
from efirt.wire.layout import CStruct, Field

HYPERVISOR_platform_op: Final = 7
XENPF_INTERFACE_VERSION: Final = 0x03000001

XENPF_efi_runtime_call: Final = 49
XENPF_firmware_info: Final = 50

XEN_EFI_get_time: Final = 1
XEN_EFI_set_time: Final = 2
XEN_EFI_get_wakeup_time: Final = 3
XEN_EFI_set_wakeup_time: Final = 4
XEN_EFI_get_next_high_monotonic_count: Final = 5
XEN_EFI_get_variable: Final = 6
XEN_EFI_set_variable: Final = 7
XEN_EFI_get_next_variable_name: Final = 8
XEN_EFI_query_variable_info: Final = 9
XEN_EFI_query_capsule_capabilities: Final = 10
XEN_EFI_update_capsule: Final = 11

XEN_EFI_GET_TIME_SET_CLEARS_NS: Final = 0x1
XEN_EFI_GET_WAKEUP_TIME_ENABLED: Final = 0x1
XEN_EFI_GET_WAKEUP_TIME_PENDING: Final = 0x2
XEN_EFI_SET_WAKEUP_TIME_ENABLE: Final = 0x1
XEN_EFI_SET_WAKEUP_TIME_ENABLE_ONLY: Final = 0x2
XEN_EFI_VARIABLE_NON_VOLATILE: Final = 0x1
XEN_EFI_VARIABLE_BOOTSERVICE_ACCESS: Final = 0x2
XEN_EFI_VARIABLE_RUNTIME_ACCESS: Final = 0x4
XEN_EFI_VARINFO_BOOT_SNAPSHOT: Final = 0x1

XEN_FW_EFI_INFO: Final = 4
XEN_FW_EFI_VERSION: Final = 0
XEN_FW_EFI_CONFIG_TABLE: Final = 1
XEN_FW_EFI_VENDOR: Final = 2
XEN_FW_EFI_MEM_INFO: Final = 3
XEN_FW_EFI_RT_VERSION: Final = 4
XEN_FW_EFI_PCI_ROM: Final = 5
XEN_FW_EFI_APPLE_PROPERTIES: Final = 6


class XenPlatformOp(CStruct):
    """The operation: a header, then 128 bytes that belong to the command."""

    C_NAME = "struct xen_platform_op"
    SIZE = 136

    cmd = Field("I", 0)
    interface_version = Field("I", 4)
    u = Field("128s", 8)


class XenpfEfiTime(CStruct):
    """EFI_TIME under Xen's names."""

    C_NAME = "struct xenpf_efi_time"
    SIZE = 16

    year = Field("H", 0)
    month = Field("B", 2)
    day = Field("B", 3)
    hour = Field("B", 4)
    min = Field("B", 5)
    sec = Field("B", 6)
    ns = Field("I", 8)
    tz = Field("h", 12)
    daylight = Field("B", 14)


class XenpfEfiRuntimeCall(CStruct):
    """Command 49: one call of a runtime service."""

    C_NAME = "struct xenpf_efi_runtime_call"
    SIZE = 56

    function = Field("I", 0)
    misc = Field("I", 4)
    status = Field("Q", 8)
    u = Field("40s", 16)


class EfiGetTime(CStruct):
    """The part of :class:`XenpfEfiRuntimeCall` for functions 1 to 4; 2 to 4 have ``time`` only."""

    C_NAME = "struct xenpf_efi_runtime_call"
    SIZE = 56
    C_MEMBER = "u.get_time"

    time = Field("16s", 16)
    resolution = Field("I", 32)
    accuracy = Field("I", 36)


class EfiVariable(CStruct):
    """The part of :class:`XenpfEfiRuntimeCall` for functions 6 and 7."""

    C_NAME = "struct xenpf_efi_runtime_call"
    SIZE = 56
    C_MEMBER = "u.get_variable"

    name = Field("Q", 16)
    size = Field("Q", 24)
    data = Field("Q", 32)
    vendor_guid = Field("16s", 40)


class EfiNextVariableName(CStruct):
    """The part of :class:`XenpfEfiRuntimeCall` for function 8; note the order."""

    C_NAME = "struct xenpf_efi_runtime_call"
    SIZE = 56
    C_MEMBER = "u.get_next_variable_name"

    size = Field("Q", 16)
    name = Field("Q", 24)
    vendor_guid = Field("16s", 32)


class EfiQueryVariableInfo(CStruct):
    """The part of :class:`XenpfEfiRuntimeCall` for function 9."""

    C_NAME = "struct xenpf_efi_runtime_call"
    SIZE = 56
    C_MEMBER = "u.query_variable_info"

    attr = Field("I", 16)
    max_store_size = Field("Q", 24)
    remain_store_size = Field("Q", 32)
    max_size = Field("Q", 40)


class EfiQueryCapsuleCapabilities(CStruct):
    """The part of :class:`XenpfEfiRuntimeCall` for function 10, which no Xen has ever carried out."""

    C_NAME = "struct xenpf_efi_runtime_call"
    SIZE = 56
    C_MEMBER = "u.query_capsule_capabilities"

    capsule_header_array = Field("Q", 16)
    capsule_count = Field("Q", 24)
    max_capsule_size = Field("Q", 32)
    reset_type = Field("I", 40)


class EfiUpdateCapsule(CStruct):
    """The part of :class:`XenpfEfiRuntimeCall` for function 11, which no Xen has ever carried out."""

    C_NAME = "struct xenpf_efi_runtime_call"
    SIZE = 56
    C_MEMBER = "u.update_capsule"

    capsule_header_array = Field("Q", 16)
    capsule_count = Field("Q", 24)
    sg_list = Field("Q", 32)


class XenpfFirmwareInfo(CStruct):
    """Command 50: one fact about the firmware."""

    C_NAME = "struct xenpf_firmware_info"
    SIZE = 40

    type = Field("I", 0)
    index = Field("I", 4)


class EfiInfoVersion(CStruct):
    """Indices 0 and 4 of :class:`XenpfFirmwareInfo`."""

    C_NAME = "struct xenpf_firmware_info"
    SIZE = 40
    C_MEMBER = "u.efi_info"

    version = Field("I", 8)


class EfiInfoCfg(CStruct):
    """Index 1 of :class:`XenpfFirmwareInfo`."""

    C_NAME = "struct xenpf_firmware_info"
    SIZE = 40
    C_MEMBER = "u.efi_info.cfg"

    addr = Field("Q", 8)
    nent = Field("I", 16)


class EfiInfoVendor(CStruct):
    """Index 2 of :class:`XenpfFirmwareInfo`."""

    C_NAME = "struct xenpf_firmware_info"
    SIZE = 40
    C_MEMBER = "u.efi_info.vendor"

    revision = Field("I", 8)
    bufsz = Field("I", 12)
    name = Field("Q", 16)


class EfiInfoMem(CStruct):
    """Index 3 of :class:`XenpfFirmwareInfo`."""

    C_NAME = "struct xenpf_firmware_info"
    SIZE = 40
    C_MEMBER = "u.efi_info.mem"

    addr = Field("Q", 8)
    size = Field("Q", 16)
    attr = Field("Q", 24)
    type = Field("I", 32)


class EfiInfoPciRom(CStruct):
    """Index 5 of :class:`XenpfFirmwareInfo`."""

    C_NAME = "struct xenpf_firmware_info"
    SIZE = 40
    C_MEMBER = "u.efi_info.pci_rom"

    segment = Field("H", 8)
    bus = Field("B", 10)
    devfn = Field("B", 11)
    vendor = Field("H", 12)
    devid = Field("H", 14)
    address = Field("Q", 16)
    size = Field("Q", 24)


class EfiInfoAppleProperties(CStruct):
    """Index 6 of :class:`XenpfFirmwareInfo`."""

    C_NAME = "struct xenpf_firmware_info"
    SIZE = 40
    C_MEMBER = "u.efi_info.apple_properties"

    address = Field("Q", 8)
    size = Field("Q", 16)
