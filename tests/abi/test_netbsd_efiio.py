"""efirt.abi.netbsd_efiio against structures of the same members, laid by a C compiler; NetBSD's own header needs NetBSD."""

import pytest

from efirt.abi import freebsd_efiio
from efirt.abi import netbsd_efiio as abi
from efirt.wire.layout import CStruct
from tests.abi.bsd import MACROS
from tests.abi.compiler import differences, layout, values

STRUCTS = (abi.EfiGetTableIoc, abi.EfiVarIoc)
NUMBERS = {
    "BSD_IOWR('e', 1, struct efi_get_table_ioc)": abi.EFIIOC_GET_TABLE,
    "BSD_IOWR('e', 4, struct efi_var_ioc)": abi.EFIIOC_VAR_GET,
    "BSD_IOWR('e', 5, struct efi_var_ioc)": abi.EFIIOC_VAR_NEXT,
    "BSD_IOWR('e', 7, struct efi_var_ioc)": abi.EFIIOC_VAR_SET,
}


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_a_structure_lies_as_the_compiler_lays_it(struct: type[CStruct]) -> None:
    said = layout(struct)
    assert differences(said, values(MACROS, said)) == {}


def test_every_number_is_made_of_its_structure() -> None:
    assert differences(NUMBERS, values(MACROS, NUMBERS)) == {}
    assert len(NUMBERS) == len([name for name in vars(abi) if name.startswith("EFIIOC_")])


def test_no_number_is_one_of_freebsd_s() -> None:
    theirs = {value for name, value in vars(freebsd_efiio).items() if name.startswith("EFIIOC_")}
    assert theirs.isdisjoint(NUMBERS.values())
