"""What FreeBSD's /dev/efi takes, as a 64-bit process lays it.

From FreeBSD 14 on the header also has these structures under names that end in ``_ioctl``.

Source: FreeBSD 13, sys/sys/efiio.h, sys/sys/efi.h; compared in the test of this file with a C compiler's reading of the same structures.
"""

from efirt.annotation import Final
from efirt.wire.layout import CStruct, Field

EFIIOC_GET_TABLE: Final = 0xC0284501
EFIIOC_GET_TIME: Final = 0x40104502
EFIIOC_SET_TIME: Final = 0x80104503
EFIIOC_VAR_GET: Final = 0xC0384504
EFIIOC_VAR_NEXT: Final = 0xC0384505
EFIIOC_VAR_SET: Final = 0xC0384506
EFIIOC_GET_WAKETIME: Final = 0x40144507
EFIIOC_SET_WAKETIME: Final = 0x80144508


class EfiGetTableIoc(CStruct):
    """A configuration table; a ``buf`` that is NULL asks for its length alone."""

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


class EfiTm(CStruct):
    """EFI_TIME under FreeBSD's names; the numbers of GET_TIME and SET_TIME have its size."""

    C_NAME = "struct efi_tm"
    SIZE = 16

    tm_year = Field("H", 0)
    tm_mon = Field("B", 2)
    tm_mday = Field("B", 3)
    tm_hour = Field("B", 4)
    tm_min = Field("B", 5)
    tm_sec = Field("B", 6)
    tm_nsec = Field("I", 8)
    tm_tz = Field("h", 12)
    tm_dst = Field("B", 14)


class EfiWaketimeIoc(CStruct):
    """The alarm."""

    C_NAME = "struct efi_waketime_ioc"
    SIZE = 20

    waketime = Field("16s", 0)
    enabled = Field("B", 16)
    pending = Field("B", 17)
