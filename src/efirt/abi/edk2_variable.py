"""A flash region of UEFI variables, as edk2 lays it out.

Source: edk2 c5aa7e7d, MdePkg/Include/Pi/PiFirmwareVolume.h and MdeModulePkg/Include/Guid/VariableFormat.h.
"""

from efirt.annotation import Final
from efirt.wire.layout import CStruct, Field

EFI_SYSTEM_NV_DATA_FV_GUID: Final = "fff12b8d-7696-4c8b-a985-2747075b4f50"
EFI_AUTHENTICATED_VARIABLE_GUID: Final = "aaf32c78-947b-439a-a180-2e144ec37792"
EFI_VARIABLE_GUID: Final = "ddcf3616-3275-4164-98b6-fe85707ffe7d"

EFI_FVH_SIGNATURE: Final = b"_FVH"
VARIABLE_STORE_FORMATTED: Final = 0x5A
VARIABLE_STORE_HEALTHY: Final = 0xFE
VARIABLE_DATA: Final = 0x55AA

VAR_IN_DELETED_TRANSITION: Final = 0xFE
VAR_DELETED: Final = 0xFD
VAR_HEADER_VALID_ONLY: Final = 0x7F
VAR_ADDED: Final = 0x3F

HEADER_ALIGNMENT: Final = 4


class EfiFirmwareVolumeHeader(CStruct):
    """The volume's head; a block map follows it, up to ``HeaderLength``."""

    C_NAME = "EFI_FIRMWARE_VOLUME_HEADER"
    SIZE = 56

    ZeroVector = Field("16s", 0)
    FileSystemGuid = Field("16s", 16)
    FvLength = Field("Q", 32)
    Signature = Field("4s", 40)
    Attributes = Field("I", 44)
    HeaderLength = Field("H", 48)
    Checksum = Field("H", 50)
    ExtHeaderOffset = Field("H", 52)
    Revision = Field("B", 55)


class EfiFvBlockMapEntry(CStruct):
    """So many blocks of one size; two zeros end the map."""

    C_NAME = "EFI_FV_BLOCK_MAP_ENTRY"
    SIZE = 8

    NumBlocks = Field("I", 0)
    Length = Field("I", 4)


class VariableStoreHeader(CStruct):
    """The head of the variables' region, right behind the volume's."""

    C_NAME = "VARIABLE_STORE_HEADER"
    SIZE = 28

    Signature = Field("16s", 0)
    Size = Field("I", 16)
    Format = Field("B", 20)
    State = Field("B", 21)


class AuthenticatedVariableHeader(CStruct):
    """The head of a variable with room for authentication; packed."""

    C_NAME = "AUTHENTICATED_VARIABLE_HEADER"
    SIZE = 60

    StartId = Field("H", 0)
    State = Field("B", 2)
    Attributes = Field("I", 4)
    MonotonicCount = Field("Q", 8)
    TimeStamp = Field("16s", 16)
    PubKeyIndex = Field("I", 32)
    NameSize = Field("I", 36)
    DataSize = Field("I", 40)
    VendorGuid = Field("16s", 44)


class VariableHeader(CStruct):
    """The head of a variable without it; packed."""

    C_NAME = "VARIABLE_HEADER"
    SIZE = 32

    StartId = Field("H", 0)
    State = Field("B", 2)
    Attributes = Field("I", 4)
    NameSize = Field("I", 8)
    DataSize = Field("I", 12)
    VendorGuid = Field("16s", 16)
