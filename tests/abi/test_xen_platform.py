"""efirt.abi.xen_platform against Xen's own header, by a C compiler."""

import re
from types import MappingProxyType

import pytest

from efirt.abi import xen_platform
from efirt.wire.layout import CStruct
from tests.abi.compiler import differences, header, layout, values

PREAMBLE = "#define __XEN_TOOLS__ 1\n#include <xen/xen.h>\n#include <xen/platform.h>\n"
STRUCTS = [
    value for value in vars(xen_platform).values() if isinstance(value, type) and issubclass(value, CStruct) and value is not CStruct
]
CONSTANTS = {
    "__HYPERVISOR_platform_op" if name == "HYPERVISOR_platform_op" else name: value
    for name, value in vars(xen_platform).items()
    if isinstance(value, int)
}
TWINS = {
    "offsetof(struct xenpf_efi_runtime_call, u.set_variable.name)": xen_platform.EfiVariable.name.offset,
    "offsetof(struct xenpf_efi_runtime_call, u.set_variable.size)": xen_platform.EfiVariable.size.offset,
    "offsetof(struct xenpf_efi_runtime_call, u.set_variable.data)": xen_platform.EfiVariable.data.offset,
    "offsetof(struct xenpf_efi_runtime_call, u.set_variable.vendor_guid)": xen_platform.EfiVariable.vendor_guid.offset,
    "offsetof(struct xenpf_efi_runtime_call, u.set_time)": xen_platform.EfiGetTime.time.offset,
    "offsetof(struct xenpf_efi_runtime_call, u.get_wakeup_time)": xen_platform.EfiGetTime.time.offset,
    "offsetof(struct xenpf_efi_runtime_call, u.set_wakeup_time)": xen_platform.EfiGetTime.time.offset,
    "offsetof(struct xen_platform_op, u.efi_runtime_call)": xen_platform.XenPlatformOp.u.offset,
    "offsetof(struct xen_platform_op, u.firmware_info)": xen_platform.XenPlatformOp.u.offset,
}


@pytest.fixture(scope="module")
def compiled() -> MappingProxyType[str, int]:
    header("platform.h")
    wanted = {**CONSTANTS, **TWINS}
    for struct in STRUCTS:
        wanted |= layout(struct)
    return MappingProxyType(values(PREAMBLE, wanted))


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_a_structure_lies_as_the_compiler_lays_it(struct: type[CStruct], compiled: MappingProxyType[str, int]) -> None:
    assert differences(layout(struct), compiled) == {}


def test_members_that_share_a_class_of_ours_lie_alike(compiled: MappingProxyType[str, int]) -> None:
    assert differences(TWINS, compiled) == {}


def test_every_constant_has_the_header_s_value(compiled: MappingProxyType[str, int]) -> None:
    assert differences(CONSTANTS, compiled) == {}


def test_every_efi_constant_of_the_header_is_declared() -> None:
    text = header("platform.h")
    named = re.findall(r"^#define\s+((?:XEN_EFI_|XEN_FW_EFI_|XENPF_efi|XENPF_firmware|XENPF_INTERFACE)\w*)", text, re.MULTILINE)
    assert len(named) > 25
    assert [name for name in named if name not in CONSTANTS] == []


def test_every_member_for_efi_in_the_header_is_declared() -> None:
    text = re.sub(r"/\*.*?\*/", "", header("platform.h"), flags=re.DOTALL)
    body = text[text.index("struct xenpf_efi_time {") : text.index("typedef struct xenpf_efi_runtime_call")]
    body += text[text.index("union xenpf_efi_info {") : text.index("} efi_info;")]
    members = set(re.findall(r"(?:\w+|\))\s+(\w+)(?:\[\d\])?;", re.sub(r"\}[^;]*;", "", body)))
    declared = {field.name for struct in STRUCTS for field in struct.fields()}
    a_guid_is_kept_as_bytes = {"data1", "data2", "data3", "data4"}
    times_of_functions_2_to_4 = {"set_time", "get_wakeup_time", "set_wakeup_time"}
    assert members - declared == a_guid_is_kept_as_bytes | times_of_functions_2_to_4


def test_no_structure_has_members_that_overlap() -> None:
    for struct in STRUCTS:
        fields = sorted(struct.fields(), key=lambda field: field.offset)
        ends = [field.offset + field.size for field in fields]
        assert all(end <= after.offset for end, after in zip(ends, fields[1:], strict=False)), struct
        assert ends[-1] <= struct.SIZE, struct
