"""The journal of a fault-tolerant write, as edk2 lays it out.

Source: edk2 c5aa7e7d, MdeModulePkg/Include/Guid/SystemNvDataGuid.h and
MdeModulePkg/Universal/FaultTolerantWriteDxe/FaultTolerantWrite.h.
"""

from efirt.annotation import Final
from efirt.wire.layout import CStruct, Field

EDKII_WORKING_BLOCK_SIGNATURE_GUID: Final = "9e58292b-7c68-497d-a0ce-6500fd9f1b95"
CALLER_ID: Final = "fe5cea76-4f72-49e8-986f-2cd899dffe5d"
"""Whose writes they are: the module that writes, FaultTolerantWriteDxe."""

WORKING_BLOCK_VALID: Final = 0x01
WORKING_BLOCK_INVALID: Final = 0x02
"""Bits of the working block's state: a cleared one is set, so a valid block has 0xFE."""

HEADER_ALLOCATED: Final = 0x01
WRITES_ALLOCATED: Final = 0x02
COMPLETE: Final = 0x04
BOOT_BLOCK_UPDATE: Final = 0x01
SPARE_COMPLETE: Final = 0x02
DESTINATION_COMPLETE: Final = 0x04
"""Bits of an entry: a cleared one is set."""


class EfiFaultTolerantWorkingBlockHeader(CStruct):
    """The journal's head."""

    C_NAME = "EFI_FAULT_TOLERANT_WORKING_BLOCK_HEADER"
    SIZE = 32

    Signature = Field("16s", 0)
    Crc = Field("I", 16)
    State = Field("I", 20)
    WriteQueueSize = Field("Q", 24)


class EfiFaultTolerantWriteHeader(CStruct):
    """One transaction; its records follow."""

    C_NAME = "EFI_FAULT_TOLERANT_WRITE_HEADER"
    SIZE = 40

    Bits = Field("B", 0)
    CallerId = Field("16s", 4)
    NumberOfWrites = Field("Q", 24)
    PrivateDataSize = Field("Q", 32)


class EfiFaultTolerantWriteRecord(CStruct):
    """One write of a transaction; the caller's data follows."""

    C_NAME = "EFI_FAULT_TOLERANT_WRITE_RECORD"
    SIZE = 40

    Bits = Field("B", 0)
    Lba = Field("Q", 8)
    Offset = Field("Q", 16)
    Length = Field("Q", 24)
    RelativeOffset = Field("q", 32)
