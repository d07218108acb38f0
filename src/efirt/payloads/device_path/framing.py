"""Where the nodes of a device path begin and end.

Source: UEFI 2.10 §10.3.1.
"""

from efirt.annotation import Final, Iterator
from efirt.errors import DecodeError
from efirt.payloads.device_path.node import END, END_ENTIRE, HEAD

WHERE: Final = "device path"


def nodes_at(data: bytes, offset: int = 0) -> Iterator[tuple[int, int, int, int]]:
    """Type, sub-type, begin and end of each node up to the one that ends the path, which comes last.

    An end is also one whose highest bit is set, as it was written before EFI 1.10.

    Raises:
        DecodeError: A node claims less than its head or more than there is, or none ends the path.
    """
    while offset + HEAD.size <= len(data):
        kind, subtype, size = HEAD.unpack_from(data, offset)
        if not HEAD.size <= size <= len(data) - offset:
            raise DecodeError(WHERE, offset, f"its node claims {size} bytes of the {len(data) - offset} there are")
        yield kind, subtype, offset, offset + size
        if kind & END == END and subtype == END_ENTIRE:
            return
        offset += size
    raise DecodeError(WHERE, offset, "it has no end node", "end it with 7f ff 04 00")
