"""Whether a value is well formed, as edk2 looks at it.

Each check takes a value that is not empty and whose size is already within its variable's bounds.

Source: edk2 c5aa7e7d, MdeModulePkg/Library/VarCheckUefiLib/VarCheckUefiLibNullClass.c, InternalVarCheck*;
MdePkg/Library/UefiDevicePathLib/DevicePathUtilities.c, IsDevicePathValid.
"""

from efirt.annotation import Final
from efirt.wire.text import nul_offset

_NODE_HEADER_SIZE: Final = 4
_MEDIA: Final = 0x04
_FILE_PATH: Final = 0x04
_END: Final = 0x7F
_END_ENTIRE: Final = 0xFF
_OPTION_HEADER_SIZE: Final = 6
_KEY_OPTION_SIZE: Final = 10
_INPUT_KEY_SIZE: Final = 4


def any_value(_data: bytes) -> bool:
    """Accept every value."""
    return True


def holds_nul(data: bytes) -> bool:
    """Whether it is text that ends inside the value."""
    return 0 in data


def whole_numbers(data: bytes) -> bool:
    """Whether it is an array of 16-bit numbers."""
    return len(data) % 2 == 0


def whole_guids(data: bytes) -> bool:
    """Whether it is an array of GUIDs."""
    return len(data) % 16 == 0


def device_path(data: bytes) -> bool:
    """Whether its nodes lead to an end node inside the value, and a file's path ends with a NUL; what follows the end does not matter."""
    offset, size = 0, len(data)
    while offset + _NODE_HEADER_SIZE <= size:
        kind, subkind = data[offset], data[offset + 1]
        length = data[offset + 2] | data[offset + 3] << 8
        if length < _NODE_HEADER_SIZE or offset + length > size:
            return False
        if kind == _END and subkind == _END_ENTIRE:
            return length == _NODE_HEADER_SIZE
        offset += length
        if kind == _MEDIA and subkind == _FILE_PATH and data[offset - 2 : offset] != b"\0\0":
            return False
    return False


def load_option(data: bytes) -> bool:
    """Whether its description ends, and the device path it announces fits and is well formed."""
    path_size = int.from_bytes(data[4:6], "little")
    end = nul_offset(data, _OPTION_HEADER_SIZE)
    if end < 0 or path_size < _NODE_HEADER_SIZE:
        return False
    start = end + 2
    return start + path_size <= len(data) and device_path(data[start : start + path_size])


def key_option(data: bytes) -> bool:
    """Whether whole keys follow its head."""
    return (len(data) - _KEY_OPTION_SIZE) % _INPUT_KEY_SIZE == 0
