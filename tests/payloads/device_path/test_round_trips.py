"""Every kind of node, from bytes to a value to text and back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from efirt.errors import DecodeError
from efirt.payloads.device_path import text
from efirt.payloads.device_path.node import UnknownNode, decode_node, encode_node
from efirt.payloads.device_path.path import DevicePath
from efirt.payloads.device_path.row import Row, text_of
from efirt.payloads.device_path.spelling import LONG, SHELL, SHELL_2025, WITHOUT_SHORTCUTS
from tests.payloads.device_path.strategies import ANY_NODE, PATHS, ROWS, bytes_of, framed, nodes_of


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.node.__name__)
@settings(max_examples=12)
@given(data=st.data())
def test_a_node_decodes_without_loss(row: Row, data: st.DataObject) -> None:
    raw = data.draw(bytes_of(row))
    assert encode_node(decode_node(row.kind, row.subtype, raw)) == framed(row.kind, row.subtype, raw)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.node.__name__)
@settings(max_examples=20)
@given(data=st.data())
def test_the_exact_text_of_a_node_says_all_of_it(row: Row, data: st.DataObject) -> None:
    path = DevicePath((data.draw(nodes_of(row)),))
    assert DevicePath.parse(path.exact()) == path
    assert path.exact().isprintable()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.node.__name__)
@settings(max_examples=6)
@given(data=st.data())
def test_every_node_has_a_text_of_each_form(row: Row, data: st.DataObject) -> None:
    node = data.draw(nodes_of(row))
    for form in (LONG, WITHOUT_SHORTCUTS, SHELL, SHELL_2025):
        assert isinstance(text_of(node, form), str)


@given(PATHS)
def test_the_exact_text_of_a_path_says_all_of_it(path: DevicePath) -> None:
    assert DevicePath.parse(path.exact()) == path


@given(PATHS)
def test_a_path_decodes_without_loss(path: DevicePath) -> None:
    assert DevicePath.decode(path.encode()) == path


@given(st.binary(max_size=120))
def test_any_bytes_decode_without_loss_or_raise_a_decode_error(data: bytes) -> None:
    try:
        path = DevicePath.decode(data)
    except DecodeError:
        return
    assert path.encode() == data


@given(st.text(max_size=60))
def test_any_text_is_a_path_or_a_value_error(written: str) -> None:
    try:
        path = DevicePath.parse(written)
    except ValueError:
        return
    assert DevicePath.decode(path.encode()) == path


NAMES = sorted({name for row in ROWS for name in row.spelling.names} | {"Path", "Msg", "MediaPath"})
ARGUMENTS = st.lists(
    st.one_of(st.sampled_from(["", "0x1", "7", "GPT", "None", "PNP0A03", "a-b", "[::1]", "0x" + "f" * 40]), st.text(max_size=5))
)


@given(st.sampled_from(NAMES), ARGUMENTS, st.booleans())
def test_any_arguments_are_read_or_are_a_value_error(name: str, arguments: list[str], efivar: bool) -> None:
    try:
        path = DevicePath.parse(f"{name}({','.join(arguments)})", efivar=efivar)
    except ValueError:
        return
    assert DevicePath.decode(path.encode()) == path


@given(ANY_NODE, ANY_NODE)
def test_nodes_are_equal_only_when_their_bytes_are(one: object, other: object) -> None:
    assert (one == other) == (encode_node(one) == encode_node(other))
    assert (one != other) == (encode_node(one) != encode_node(other))
    assert one != other or hash(one) == hash(other)


def test_nodes_of_two_kinds_with_the_same_members_differ() -> None:
    pci, usb = decode_node(1, 1, b"\1\2"), decode_node(3, 5, b"\2\1")
    assert tuple(pci) == tuple(usb)
    assert pci != usb
    assert len({pci, usb}) == 2


def test_bytes_that_do_not_fit_their_kind_are_kept_as_they_are() -> None:
    assert decode_node(1, 1, b"\1") == UnknownNode(1, 1, b"\1")
    assert str(decode_node(4, 1, b"\1")) == "MediaPath(1,01)"


def test_the_longest_path_of_a_variable_takes_a_moment() -> None:
    path = DevicePath.decode(bytes.fromhex("010106000001") * 10000 + bytes.fromhex("7fff0400"))
    assert DevicePath.parse(path.exact()) == path
    assert len(str(path)) == 10000 * len("Pci(0x1,0x0)/") - 1


def test_what_is_remembered_of_exact_texts_is_bounded() -> None:
    for number in range(3000):
        assert DevicePath((decode_node(1, 5, number.to_bytes(4, "little")),)).exact() == f"Ctrl(0x{number:X})"
    assert len(text._EXACT) <= 1024
