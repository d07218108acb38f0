"""An operation and its answer on one line each."""

import unicodedata

import pytest
from hypothesis import given

from efirt.errors import DriverError, HypervisorError
from efirt.ops import FirmwareInfo, GetNextVariableName, GetVariable, Op, Reply, SetVariable, SetWakeupTime, VariableInfo
from efirt.ops.tables import FirmwareFacts
from efirt.ops.wording import answered, asked
from efirt.values.attributes import Attributes
from efirt.values.key import Key
from efirt.values.status import Status
from tests.ops.test_notation import OPS, REPLIES

KEY = Key.parse("BootOrder")
NAME = "BootOrder-8be4df61-93ca-11d2-aa0d-00e098032b8c"
STORAGE = "maximum_storage_size=3 remaining_storage_size=2 maximum_variable_size=1"
READ = Reply(Status.SUCCESS, bytes.fromhex("000100020003"), 6, Attributes(7))


@pytest.mark.parametrize(
    ("op", "text"),
    [
        (GetVariable(KEY), f"GetVariable {NAME} room=4096"),
        (GetNextVariableName(), "GetNextVariableName room=512"),
        (GetNextVariableName(KEY, 4), f"GetNextVariableName {NAME} room=4"),
        (SetVariable(KEY, Attributes(7), b"\1\2"), f"SetVariable {NAME} NV+BS+RT 2 bytes 0102"),
        (SetVariable(KEY, Attributes(0), b""), f"SetVariable {NAME} attributes=0 0 bytes"),
        (SetWakeupTime(enable=False), "SetWakeupTime enable=no"),
        (FirmwareInfo(3, address=0x7000, size=16), "FirmwareInfo index=3 address=0x7000 size=16 room=200"),
    ],
)
def test_an_operation_is_its_name_and_what_is_not_usual(op: Op, text: str) -> None:
    assert asked(op) == text


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (READ, "EFI_SUCCESS NV+BS+RT 6 bytes 000100020003"),
        (READ._replace(size=7), "EFI_SUCCESS NV+BS+RT 6 bytes 000100020003 size=7"),
        (Reply(Status.BUFFER_TOO_SMALL, size=9), "EFI_BUFFER_TOO_SMALL size=9"),
        (Reply(Status.SUCCESS, b"A\0\0\0", 4, key=KEY), f"EFI_SUCCESS {NAME} size=4"),
        (Reply(Status.SUCCESS, storage=VariableInfo(3, 2, 1)), f"EFI_SUCCESS {STORAGE}"),
        (Reply(Status.OUT_OF_RESOURCES, count=5), "EFI_OUT_OF_RESOURCES count=5"),
        (HypervisorError("GetTime: refused", "ask", errno=95), "HypervisorError errno=95: GetTime: refused; ask"),
        (DriverError("lost"), "DriverError: lost"),
        (ValueError("too large"), "ValueError: too large"),
    ],
)
def test_an_answer_is_its_status_and_every_output(answer: Reply | Exception, text: str) -> None:
    assert answered(answer) == text


def test_long_data_is_cut_and_its_length_is_told() -> None:
    assert asked(SetVariable(KEY, Attributes(7), bytes(33))).endswith(f" 33 bytes {'00' * 32}...")
    assert asked(SetVariable(KEY, Attributes(7), bytes(32))).endswith(f" 32 bytes {'00' * 32}")


def test_addresses_and_revisions_are_hexadecimal() -> None:
    assert "revision=0x20046 address=0x10" in answered(Reply(Status.SUCCESS, facts=FirmwareFacts(0x20046, 16)))


@given(OPS, REPLIES)
def test_no_line_holds_what_a_terminal_obeys(op: Op, reply: Reply) -> None:
    error = DriverError(reply.key.name if reply.key else "\x1b]0;x\x07\u202e\n")
    for text in (asked(op), answered(reply), answered(error)):
        assert [c for c in text if unicodedata.category(c)[0] == "C" or c in "\u2028\u2029"] == []
