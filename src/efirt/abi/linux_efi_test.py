"""What Linux's /dev/efi_test takes: packed structures of pointers, as a 64-bit process lays them.

Source: Linux 6.1, drivers/firmware/efi/test/efi_test.h, include/linux/efi.h; compared in the test of this file with a C compiler's reading
of the same structures.
"""

from efirt.annotation import Final
from efirt.wire.layout import CStruct, Field

EFI_RUNTIME_GET_VARIABLE: Final = 0xC0307001
EFI_RUNTIME_SET_VARIABLE: Final = 0x402C7002
EFI_RUNTIME_GET_TIME: Final = 0x80187003
EFI_RUNTIME_SET_TIME: Final = 0x40107004
EFI_RUNTIME_GET_WAKETIME: Final = 0x80207005
EFI_RUNTIME_SET_WAKETIME: Final = 0x40117006
EFI_RUNTIME_GET_NEXTVARIABLENAME: Final = 0xC0207007
EFI_RUNTIME_QUERY_VARIABLEINFO: Final = 0x80247008
EFI_RUNTIME_GET_NEXTHIGHMONOTONICCOUNT: Final = 0x80107009
EFI_RUNTIME_QUERY_CAPSULECAPABILITIES: Final = 0x8028700A
EFI_RUNTIME_RESET_SYSTEM: Final = 0x401C700B
EFI_RUNTIME_GET_SUPPORTED_MASK: Final = 0x8004700C


class EfiGetvariable(CStruct):
    """GetVariable; the attributes, the size and the data are stored on success, the size also where it was too small."""

    C_NAME = "struct efi_getvariable"
    SIZE = 48

    variable_name = Field("Q", 0)
    vendor_guid = Field("Q", 8)
    attributes = Field("Q", 16)
    data_size = Field("Q", 24)
    data = Field("Q", 32)
    status = Field("Q", 40)


class EfiSetvariable(CStruct):
    """SetVariable."""

    C_NAME = "struct efi_setvariable"
    SIZE = 44

    variable_name = Field("Q", 0)
    vendor_guid = Field("Q", 8)
    attributes = Field("I", 16)
    data_size = Field("Q", 20)
    data = Field("Q", 28)
    status = Field("Q", 36)


class EfiGetnextvariablename(CStruct):
    """GetNextVariableName; all but the status is read and stored."""

    C_NAME = "struct efi_getnextvariablename"
    SIZE = 32

    variable_name_size = Field("Q", 0)
    variable_name = Field("Q", 8)
    vendor_guid = Field("Q", 16)
    status = Field("Q", 24)


class EfiQueryvariableinfo(CStruct):
    """QueryVariableInfo."""

    C_NAME = "struct efi_queryvariableinfo"
    SIZE = 36

    attributes = Field("I", 0)
    maximum_variable_storage_size = Field("Q", 4)
    remaining_variable_storage_size = Field("Q", 12)
    maximum_variable_size = Field("Q", 20)
    status = Field("Q", 28)


class EfiGettime(CStruct):
    """GetTime."""

    C_NAME = "struct efi_gettime"
    SIZE = 24

    time = Field("Q", 0)
    capabilities = Field("Q", 8)
    status = Field("Q", 16)


class EfiTimeCap(CStruct):
    """What ``capabilities`` points to."""

    C_NAME = "efi_time_cap_t"
    SIZE = 12

    resolution = Field("I", 0)
    accuracy = Field("I", 4)
    sets_to_zero = Field("B", 8)


class EfiSettime(CStruct):
    """SetTime."""

    C_NAME = "struct efi_settime"
    SIZE = 16

    time = Field("Q", 0)
    status = Field("Q", 8)


class EfiGetwakeuptime(CStruct):
    """GetWakeupTime."""

    C_NAME = "struct efi_getwakeuptime"
    SIZE = 32

    enabled = Field("Q", 0)
    pending = Field("Q", 8)
    time = Field("Q", 16)
    status = Field("Q", 24)


class EfiSetwakeuptime(CStruct):
    """SetWakeupTime; a time that is NULL is passed as NULL."""

    C_NAME = "struct efi_setwakeuptime"
    SIZE = 17

    enabled = Field("B", 0)
    time = Field("Q", 1)
    status = Field("Q", 9)


class EfiGetnexthighmonotoniccount(CStruct):
    """GetNextHighMonotonicCount."""

    C_NAME = "struct efi_getnexthighmonotoniccount"
    SIZE = 16

    high_count = Field("Q", 0)
    status = Field("Q", 8)


class EfiQuerycapsulecapabilities(CStruct):
    """QueryCapsuleCapabilities; the array is one of pointers."""

    C_NAME = "struct efi_querycapsulecapabilities"
    SIZE = 40

    capsule_header_array = Field("Q", 0)
    capsule_count = Field("Q", 8)
    maximum_capsule_size = Field("Q", 16)
    reset_type = Field("Q", 24)
    status = Field("Q", 32)


class EfiCapsuleHeader(CStruct):
    """What each pointer of the array points to."""

    C_NAME = "efi_capsule_header_t"
    SIZE = 28

    guid = Field("16s", 0)
    headersize = Field("I", 16)
    flags = Field("I", 20)
    imagesize = Field("I", 24)


class EfiResetsystem(CStruct):
    """ResetSystem; ``status`` is what is handed over, none is stored."""

    C_NAME = "struct efi_resetsystem"
    SIZE = 28

    reset_type = Field("i", 0)
    status = Field("Q", 4)
    data_size = Field("Q", 12)
    data = Field("Q", 20)
