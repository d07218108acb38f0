"""efirt.abi.freebsd_efiio against structures of the same members, laid by a C compiler; FreeBSD's own header needs FreeBSD."""

import pytest

from efirt.abi import freebsd_efiio as abi
from efirt.wire.layout import CStruct
from tests.abi.bsd import MACROS
from tests.abi.compiler import differences, layout, values

PREAMBLE = f"""{MACROS}
struct efi_tm {{ uint16_t tm_year; uint8_t tm_mon, tm_mday, tm_hour, tm_min, tm_sec, pad1; uint32_t tm_nsec; int16_t tm_tz;
    uint8_t tm_dst, pad2; }};
struct efi_waketime_ioc {{ struct efi_tm waketime; uint8_t enabled, pending; }};
"""
STRUCTS = (abi.EfiGetTableIoc, abi.EfiVarIoc, abi.EfiTm, abi.EfiWaketimeIoc)
NUMBERS = {
    "BSD_IOWR('E', 1, struct efi_get_table_ioc)": abi.EFIIOC_GET_TABLE,
    "BSD_IOR('E', 2, struct efi_tm)": abi.EFIIOC_GET_TIME,
    "BSD_IOW('E', 3, struct efi_tm)": abi.EFIIOC_SET_TIME,
    "BSD_IOWR('E', 4, struct efi_var_ioc)": abi.EFIIOC_VAR_GET,
    "BSD_IOWR('E', 5, struct efi_var_ioc)": abi.EFIIOC_VAR_NEXT,
    "BSD_IOWR('E', 6, struct efi_var_ioc)": abi.EFIIOC_VAR_SET,
    "BSD_IOR('E', 7, struct efi_waketime_ioc)": abi.EFIIOC_GET_WAKETIME,
    "BSD_IOW('E', 8, struct efi_waketime_ioc)": abi.EFIIOC_SET_WAKETIME,
}


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_a_structure_lies_as_the_compiler_lays_it(struct: type[CStruct]) -> None:
    said = layout(struct)
    assert differences(said, values(PREAMBLE, said)) == {}


def test_every_number_is_made_of_its_structure() -> None:
    assert differences(NUMBERS, values(PREAMBLE, NUMBERS)) == {}
    assert len(NUMBERS) == len([name for name in vars(abi) if name.startswith("EFIIOC_")])
