"""Whether bytes make a load option or an order list that firmware can use."""

from struct import Struct

from efirt.annotation import Final
from efirt.wire.text import nul_offset

_HEAD: Final = Struct("<IH")
_NODE: Final = Struct("<BBH")
_END_TYPE: Final = 0x7F
_END_ENTIRE: Final = 0xFF
_UNIT: Final = 2


def _path_problem(path: bytes) -> str | None:
    offset = 0
    while offset + _NODE.size <= len(path):
        kind, subtype, size = _NODE.unpack_from(path, offset)
        if size < _NODE.size or offset + size > len(path):
            return f"its device path node at byte {offset} claims {size} bytes"
        if kind & _END_TYPE == _END_TYPE and subtype == _END_ENTIRE:
            return None
        offset += size
    return "its device path has no end node"


def load_option_problem(data: bytes) -> str | None:
    """Why these bytes are not an EFI_LOAD_OPTION, as a sentence; None when they are.

    Source: UEFI 2.10 §3.1.3; Linux 6.1, drivers/firmware/efi/vars.c (validate_load_option).
    """
    if len(data) < _HEAD.size + _UNIT:
        return f"a load option has at least {_HEAD.size + _UNIT} bytes, not {len(data)}"
    _attributes, path_size = _HEAD.unpack_from(data)
    end = nul_offset(data, _HEAD.size)
    if end < 0:
        return "its description has no NUL"
    begin = end + _UNIT
    if path_size < _NODE.size or begin + path_size > len(data):
        return f"its device path claims {path_size} bytes, and {len(data) - begin} follow the description"
    return _path_problem(data[begin : begin + path_size])


def order_problem(data: bytes) -> str | None:
    """Why these bytes are not a list of 16-bit numbers, as a sentence; None when they are.

    Source: UEFI 2.10 §3.1.1 (BootOrder).
    """
    return f"an order list has 2 bytes an entry, and this has {len(data)}" if len(data) % _UNIT else None
