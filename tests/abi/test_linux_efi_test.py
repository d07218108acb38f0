"""efirt.abi.linux_efi_test against structures of the same members, laid by a C compiler.

The header is the kernel's own and no program's, so the members are declared here, as the kernel's users know them.
"""

import pytest

from efirt.abi import linux_efi_test as abi
from efirt.wire.layout import CStruct
from tests.abi.compiler import differences, layout, values

PREAMBLE = """
#include <linux/ioctl.h>
#define PACKED __attribute__((packed))
typedef uint16_t char16;
typedef unsigned long efi_status_t;
typedef struct { uint8_t b[16]; } guid;
typedef struct { uint16_t y; uint8_t mo, d, h, mi, s, p1; uint32_t ns; int16_t tz; uint8_t dst, p2; } efi_time;
typedef struct { uint32_t resolution, accuracy; uint8_t sets_to_zero; } efi_time_cap_t;
typedef struct { guid guid; uint32_t headersize, flags, imagesize; } efi_capsule_header_t;
struct efi_getvariable { char16 *variable_name; guid *vendor_guid; uint32_t *attributes; unsigned long *data_size;
    void *data; efi_status_t *status; } PACKED;
struct efi_setvariable { char16 *variable_name; guid *vendor_guid; uint32_t attributes; unsigned long data_size;
    void *data; efi_status_t *status; } PACKED;
struct efi_getnextvariablename { unsigned long *variable_name_size; char16 *variable_name; guid *vendor_guid;
    efi_status_t *status; } PACKED;
struct efi_queryvariableinfo { uint32_t attributes; uint64_t *maximum_variable_storage_size, *remaining_variable_storage_size,
    *maximum_variable_size; efi_status_t *status; } PACKED;
struct efi_gettime { efi_time *time; efi_time_cap_t *capabilities; efi_status_t *status; } PACKED;
struct efi_settime { efi_time *time; efi_status_t *status; } PACKED;
struct efi_getwakeuptime { uint8_t *enabled, *pending; efi_time *time; efi_status_t *status; } PACKED;
struct efi_setwakeuptime { uint8_t enabled; efi_time *time; efi_status_t *status; } PACKED;
struct efi_getnexthighmonotoniccount { uint32_t *high_count; efi_status_t *status; } PACKED;
struct efi_querycapsulecapabilities { efi_capsule_header_t **capsule_header_array; unsigned long capsule_count;
    uint64_t *maximum_capsule_size; int *reset_type; efi_status_t *status; } PACKED;
struct efi_resetsystem { int reset_type; efi_status_t status; unsigned long data_size; char16 *data; } PACKED;
"""
STRUCTS = [value for value in vars(abi).values() if isinstance(value, type) and issubclass(value, CStruct) and value is not CStruct]
NUMBERS = {
    "_IOWR('p', 0x01, struct efi_getvariable)": abi.EFI_RUNTIME_GET_VARIABLE,
    "_IOW('p', 0x02, struct efi_setvariable)": abi.EFI_RUNTIME_SET_VARIABLE,
    "_IOR('p', 0x03, struct efi_gettime)": abi.EFI_RUNTIME_GET_TIME,
    "_IOW('p', 0x04, struct efi_settime)": abi.EFI_RUNTIME_SET_TIME,
    "_IOR('p', 0x05, struct efi_getwakeuptime)": abi.EFI_RUNTIME_GET_WAKETIME,
    "_IOW('p', 0x06, struct efi_setwakeuptime)": abi.EFI_RUNTIME_SET_WAKETIME,
    "_IOWR('p', 0x07, struct efi_getnextvariablename)": abi.EFI_RUNTIME_GET_NEXTVARIABLENAME,
    "_IOR('p', 0x08, struct efi_queryvariableinfo)": abi.EFI_RUNTIME_QUERY_VARIABLEINFO,
    "_IOR('p', 0x09, struct efi_getnexthighmonotoniccount)": abi.EFI_RUNTIME_GET_NEXTHIGHMONOTONICCOUNT,
    "_IOR('p', 0x0A, struct efi_querycapsulecapabilities)": abi.EFI_RUNTIME_QUERY_CAPSULECAPABILITIES,
    "_IOW('p', 0x0B, struct efi_resetsystem)": abi.EFI_RUNTIME_RESET_SYSTEM,
    "_IOR('p', 0x0C, unsigned int)": abi.EFI_RUNTIME_GET_SUPPORTED_MASK,
}


@pytest.fixture(scope="module")
def compiled() -> dict[str, int]:
    wanted = dict(NUMBERS)
    for struct in STRUCTS:
        wanted |= layout(struct)
    return values(PREAMBLE, wanted)


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_a_structure_lies_as_the_compiler_lays_it(struct: type[CStruct], compiled: dict[str, int]) -> None:
    assert differences(layout(struct), compiled) == {}


def test_every_number_is_made_of_its_structure(compiled: dict[str, int]) -> None:
    assert differences(NUMBERS, compiled) == {}
    assert len(NUMBERS) == len([name for name in vars(abi) if name.startswith("EFI_RUNTIME_")])
