"""What NetBSD's /dev/efi takes, as a 64-bit process lays it.

Source: NetBSD 10, sys/sys/efiio.h; compared in the test of this file with a C compiler's reading of the same structures.
"""

from efirt.annotation import Final
from efirt.wire.layout import CStruct, Field

EFIIOC_GET_TABLE: Final = 0xC0286501
EFIIOC_VAR_GET: Final = 0xC0386504
EFIIOC_VAR_NEXT: Final = 0xC0386505
EFIIOC_VAR_SET: Final = 0xC0386507


class EfiGetTableIoc(CStruct):
    """A configuration table; as much of it is copied as ``buf_len`` says."""

    C_NAME = "struct efi_get_table_ioc"
    SIZE = 40

    buf = Field("Q", 0)
    uuid = Field("16s", 8)
    table_len = Field("Q", 24)
    buf_len = Field("Q", 32)


class EfiVarIoc(CStruct):
    """A variable; both sizes are bytes."""

    C_NAME = "struct efi_var_ioc"
    SIZE = 56

    name = Field("Q", 0)
    namesize = Field("Q", 8)
    vendor = Field("16s", 16)
    attrib = Field("I", 32)
    data = Field("Q", 40)
    datasize = Field("Q", 48)
