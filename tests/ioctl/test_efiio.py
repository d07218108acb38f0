"""Variables and tables on both BSDs, byte by byte, at offsets taken from their headers and not from efirt."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.drivers.freebsd.codec import EFIIO as FREEBSD
from efirt.drivers.netbsd.codec import EFIIO as NETBSD
from efirt.drivers.netbsd.codec import LONGEST_NAME
from efirt.errors import NotCarried
from efirt.ioctl.driver import DeviceDriver
from efirt.ioctl.efiio import Efiio
from efirt.ioctl.request import LARGEST, Request
from efirt.ops import CopyTable, Driver, GetNextVariableName, GetVariable, Op, Reply, SetVariable
from efirt.runtime.freebsd_simulated import under_freebsd
from efirt.runtime.netbsd_simulated import under_netbsd
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from efirt.values.status import Status
from efirt.wire.text import decode_units, encode_char16
from tests.drivers.xen.raw import GUID, lay
from tests.drivers.xen.scripted import Firmware

KEY = Key("Ab", GLOBAL)
NAME = b"A\0b\0\0\0"
RT = Attributes(7)
ESRT = Guid.parse("b122a263-3661-4f68-9929-78f8b0d62180")
UNITS = st.lists(st.integers(1, 0xFFFF), max_size=40).map(lambda units: b"".join(unit.to_bytes(2, "little") for unit in units))
KEYS = st.builds(Key, UNITS.map(decode_units), st.binary(min_size=16, max_size=16).map(Guid))
ATTRIBUTES = st.integers(0, 2**32 - 1).map(Attributes)
SYSTEMS = pytest.mark.parametrize("system", ["freebsd", "netbsd"])
CODECS = {"freebsd": FREEBSD, "netbsd": NETBSD}
NUMBERS = {
    "freebsd": {"get": 0xC0384504, "next": 0xC0384505, "set": 0xC0384506, "table": 0xC0284501},
    "netbsd": {"get": 0xC0386504, "next": 0xC0386505, "set": 0xC0386507, "table": 0xC0286501},
}


def under(system: str, firmware: Driver) -> DeviceDriver:
    return under_freebsd(firmware) if system == "freebsd" else under_netbsd(firmware)


def pointed(request: Request) -> dict[int, tuple[bytes, int]]:
    """Say what each pointer leads to, by where it is: what is there, and how large it is."""
    return {buffer.pointer_offset: (buffer.contents, buffer.size) for buffer in request.buffers}


@SYSTEMS
def test_a_read_has_a_name_with_its_nul_counted_in_bytes_and_room(system: str) -> None:
    request = CODECS[system].encode_get(GetVariable(KEY, 5))
    assert (request.number, bytes(request.argument)) == (NUMBERS[system]["get"], lay(56, (8, "Q", 6), (16, "16s", GUID), (48, "Q", 5)))
    assert pointed(request) == {0: (NAME, 6), 40: (b"", 5)}


@SYSTEMS
def test_without_room_there_is_no_buffer_either(system: str) -> None:
    assert pointed(CODECS[system].encode_get(GetVariable(KEY, 0))) == {0: (NAME, 6)}


@SYSTEMS
def test_a_write_has_attributes_and_a_value_and_a_deletion_has_none(system: str) -> None:
    request = CODECS[system].encode_set(SetVariable(KEY, Attributes(0x80000047), b"value"))
    expected = lay(56, (8, "Q", 6), (16, "16s", GUID), (32, "I", 0x80000047), (48, "Q", 5))
    assert (request.number, bytes(request.argument)) == (NUMBERS[system]["set"], expected)
    assert pointed(request) == {0: (NAME, 6), 40: (b"value", 5)}
    assert pointed(CODECS[system].encode_set(SetVariable(KEY, Attributes(0), b""))) == {0: (NAME, 6)}


@SYSTEMS
def test_a_name_s_buffer_is_as_large_as_its_room(system: str) -> None:
    request = CODECS[system].encode_next(GetNextVariableName(KEY, 10))
    assert (request.number, bytes(request.argument)) == (NUMBERS[system]["next"], lay(56, (8, "Q", 10), (16, "16s", GUID)))
    assert pointed(request) == {0: (NAME + bytes(4), 10)}
    assert pointed(CODECS[system].encode_next(GetNextVariableName(KEY, 3))) == {0: (NAME[:3], 3)}


@SYSTEMS
def test_a_table_is_asked_for_its_length_and_then_with_exactly_that(system: str) -> None:
    codec, op = CODECS[system], CopyTable(GLOBAL)
    length, table = codec.encode_length(op), codec.encode_table(op, 9)
    assert (length.number, bytes(length.argument), length.buffers) == (NUMBERS[system]["table"], lay(40, (8, "16s", GUID)), ())
    assert (table.number, bytes(table.argument)) == (NUMBERS[system]["table"], lay(40, (8, "16s", GUID), (32, "Q", 9)))
    assert pointed(table) == {0: (b"", 9)}


@SYSTEMS
@pytest.mark.parametrize(
    "op",
    [
        GetVariable(KEY, LARGEST + 1),
        GetVariable(Key("L" * (LARGEST // 2), GLOBAL), 4),
        SetVariable(KEY, RT, bytes(LARGEST + 1)),
        SetVariable(Key("L" * (LARGEST // 2), GLOBAL), RT, b"x"),
        GetNextVariableName(KEY, LARGEST + 1),
        GetNextVariableName(KEY, 1),
        GetNextVariableName(KEY, 0),
    ],
    ids=lambda op: type(op).__name__,
)
def test_what_the_kernel_would_stumble_over_is_not_asked(system: str, op: Op) -> None:
    firmware = Firmware({type(op): Reply(Status.SUCCESS)})
    with pytest.raises(NotCarried, match=f"{type(op).__name__} is not carried") as refusal:
        under(system, firmware).call(op)
    assert refusal.value.operation == type(op).__name__
    assert firmware.asked == []


def test_netbsd_reads_names_of_a_page_at_most_and_writes_longer_ones() -> None:
    longest = Key("L" * (LONGEST_NAME // 2 - 1), GLOBAL)
    longer = Key(longest.name + "L", GLOBAL)
    answers = {GetVariable: Reply(Status.NOT_FOUND), SetVariable: Reply(Status.SUCCESS), GetNextVariableName: Reply(Status.NOT_FOUND)}
    firmware = Firmware(answers)
    driver = under_netbsd(firmware)
    assert driver.call(GetVariable(longest)).status == Status.NOT_FOUND
    assert driver.call(GetNextVariableName(longest, LONGEST_NAME)).status == Status.NOT_FOUND
    assert driver.call(SetVariable(longer, RT, b"x")).status == Status.SUCCESS
    for op in (GetVariable(longer), GetNextVariableName(KEY, LONGEST_NAME + 1)):
        with pytest.raises(
            NotCarried, match=f"{LONGEST_NAME + 2 - isinstance(op, GetNextVariableName)} bytes for a name: NetBSD takes 4096"
        ):
            driver.call(op)


@SYSTEMS
@given(KEYS, st.binary(max_size=300), ATTRIBUTES)
def test_a_value_arrives(system: str, key: Key, data: bytes, attributes: Attributes) -> None:
    for room in (len(data), len(data) + 7):
        reply = Reply(Status.SUCCESS, data, len(data), attributes)
        assert through(system, GetVariable(key, room), reply) == reply


@SYSTEMS
@given(KEYS, st.integers(1, 2**40), ATTRIBUTES)
def test_the_size_that_is_needed_arrives(system: str, key: Key, needed: int, attributes: Attributes) -> None:
    for room in (0, 5):
        reply = Reply(Status.BUFFER_TOO_SMALL, size=needed, attributes=attributes or None)
        assert through(system, GetVariable(key, room), reply) == reply


@SYSTEMS
@given(KEYS, st.binary(max_size=300), ATTRIBUTES)
def test_a_write_arrives(system: str, key: Key, data: bytes, attributes: Attributes) -> None:
    assert through(system, SetVariable(key, attributes, data), Reply(Status.SUCCESS)) == Reply(Status.SUCCESS)


@SYSTEMS
@given(KEYS, KEYS)
def test_the_next_name_arrives(system: str, before: Key, after: Key) -> None:
    name = encode_char16(after.name)
    reply = Reply(Status.SUCCESS, name, len(name), key=after)
    assert through(system, GetNextVariableName(before, 100), reply) == reply
    small = Reply(Status.BUFFER_TOO_SMALL, size=200)
    assert through(system, GetNextVariableName(before, 100), small) == small


def through(system: str, op: Op, reply: Reply) -> Reply:
    """Ask, and check that firmware was asked exactly this."""
    firmware = Firmware({type(op): reply})
    answer = under(system, firmware).call(op)
    assert firmware.asked == [op]
    return answer


@SYSTEMS
def test_a_size_that_firmware_shrinks_beside_a_name_takes_the_rest_of_it_away(system: str) -> None:
    """The kernel copies no more of it, and what lies behind is what was asked with: a name made of both would be a wrong one."""
    reply = Reply(Status.SUCCESS, b"N\0e\0w\0\0\0", 4, key=Key("New", GLOBAL))
    assert through(system, GetNextVariableName(Key("Older", GLOBAL), 100), reply) == Reply(Status.SUCCESS, b"N\0e\0", 4)


@SYSTEMS
@pytest.mark.parametrize("room", [0, 4])
def test_an_empty_value_is_a_value(system: str, room: int) -> None:
    reply = Reply(Status.SUCCESS, b"", 0, RT)
    assert through(system, GetVariable(KEY, room), reply) == reply


@SYSTEMS
def test_one_call_leaves_nothing_behind_for_the_next(system: str) -> None:
    firmware = Firmware({GetVariable: Reply(Status.SUCCESS, b"long value", 10, RT)})
    driver = under(system, firmware)
    assert driver.call(GetVariable(KEY, 20)).data == b"long value"
    firmware.answers[GetVariable] = Reply(Status.BUFFER_TOO_SMALL, size=50)
    assert driver.call(GetVariable(KEY, 20)) == Reply(Status.BUFFER_TOO_SMALL, size=50)
    firmware.answers[GetVariable] = Reply(Status.SUCCESS, b"x", 1)
    assert driver.call(GetVariable(KEY, 20)) == Reply(Status.SUCCESS, b"x", 1, Attributes(0))


@SYSTEMS
def test_a_table_comes_whole_or_is_not_there(system: str) -> None:
    table = lay(96, (0, "I", 2), (4, "I", 5), (8, "Q", 1), (16, "16s", GUID), (92, "I", 7))
    firmware = Firmware({CopyTable: Reply(Status.SUCCESS, table, 96)})
    assert under(system, firmware).call(CopyTable(ESRT)) == Reply(Status.SUCCESS, table, 96)
    assert under(system, Firmware({CopyTable: Reply(Status.NOT_FOUND)})).call(CopyTable(ESRT)) == Reply(Status.NOT_FOUND)


class Told(NamedTuple):
    """What a table's length is said to be."""

    argument: bytes

    def read(self, _slot: str, size: int) -> bytes:
        return bytes(size)


@pytest.mark.parametrize("codec", [FREEBSD, NETBSD])
def test_a_table_that_shrinks_is_cut_and_one_beyond_all_sense_is_not_asked_for(codec: Efiio) -> None:
    assert codec.decode_table(9, Told(lay(40, (24, "Q", 5)))) == bytes(5)
    with pytest.raises(NotCarried, match="8388609 bytes for a table"):
        codec.encode_table(CopyTable(GLOBAL), (8 << 20) + 1)
