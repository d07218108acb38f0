"""Random device paths: bytes of every kind of node, half of them as a firmware would write them."""

from typing import Any

from hypothesis import strategies as st

from efirt.payloads.device_path.node import HEAD, all_rows, decode_node
from efirt.payloads.device_path.path import DevicePath
from efirt.payloads.device_path.row import Row

ROWS = all_rows()

_LETTERS = "abcxyz019 ().,/\\\"':-é\0"
_TAILS = st.one_of(
    st.binary(max_size=40),
    st.text(_LETTERS, max_size=12).map(lambda text: text.encode("utf-16-le")),
    st.text(_LETTERS, max_size=12).map(lambda text: text.encode("latin-1")),
    st.sampled_from([b"", b"\0\0", b"a\0b\0\0\0", *(bytes(size) for size in (3, 8, 16, 17, 32))]),
)


def bytes_of(row: Row) -> st.SearchStrategy[bytes]:
    """Give bytes that a node of a kind can have, without its head."""
    size = row.fixed.size
    fixed = st.one_of(
        st.binary(min_size=size, max_size=size),
        st.lists(st.sampled_from((0, 0, 0, 1, 2, 3)), min_size=size, max_size=size).map(bytes),
    )
    tail = _TAILS if row.tail.names else st.sampled_from([b"", b"", b"", b"", b"\0"])
    return st.builds(lambda begin, end: row.vendor + begin + end, fixed, tail)


def nodes_of(row: Row) -> st.SearchStrategy[Any]:
    """Give nodes of a kind, and a few of its bytes that do not fit it."""
    return bytes_of(row).map(lambda data: decode_node(row.kind, row.subtype, data))


ANY_NODE = st.one_of(
    st.sampled_from(ROWS).flatmap(nodes_of),
    st.builds(decode_node, st.integers(0, 255), st.integers(0, 254), st.binary(max_size=12)),
)
ENDINGS = st.sampled_from([b"\x7f\xff\x04\x00", b"\x7f\xff\x04\x00", b"\xff\xff\x04\x00", b"\x7f\xff\x06\x00\xab\xcd"])
PATHS = st.builds(lambda nodes, ending: DevicePath(tuple(nodes), ending), st.lists(ANY_NODE, max_size=4), ENDINGS)


def framed(kind: int, subtype: int, data: bytes) -> bytes:
    """Give a node's bytes with its head."""
    return HEAD.pack(kind, subtype, HEAD.size + len(data)) + data
