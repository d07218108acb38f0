"""Operations, replies and errors as JSON: nothing is lost, and what is read is of the right types or a ValueError."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.errors import DriverError, HypervisorError, NoDriver, NotCarried, PermissionDenied, ReplayMismatch
from efirt.ops import (
    CapsuleCapabilities,
    CapsuleHeader,
    CopyTable,
    FirmwareFacts,
    FirmwareInfo,
    GetNextHighMonotonicCount,
    GetNextVariableName,
    GetTable,
    GetTime,
    GetVariable,
    GetWakeupTime,
    Op,
    Probe,
    QueryCapsuleCapabilities,
    QueryVariableInfo,
    Reply,
    ResetSystem,
    SetTime,
    SetVariable,
    SetWakeupTime,
    TimeCapabilities,
    UpdateCapsule,
    VariableInfo,
)
from efirt.ops.notation import read_error, read_op, read_reply, write_error, write_op, write_reply
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.values.status import Status

U32 = st.integers(0, (1 << 32) - 1)
U64 = st.integers(0, (1 << 64) - 1)
BYTES = st.binary(max_size=40)
GUIDS = st.builds(Guid, st.binary(min_size=16, max_size=16))
KEYS = st.builds(Key, st.text(st.characters(), max_size=8), GUIDS)  # half surrogates among them
TIMES = st.builds(EfiTime.decode, st.binary(min_size=16, max_size=16))
ATTRIBUTES = st.builds(Attributes, U32)
STATUSES = st.builds(Status, U64)
OPS: st.SearchStrategy[Op] = st.one_of(
    st.builds(GetVariable, KEYS, U32),
    st.builds(SetVariable, KEYS, ATTRIBUTES, BYTES),
    st.builds(GetNextVariableName, KEYS, U32),
    st.builds(QueryVariableInfo, ATTRIBUTES, st.booleans()),
    st.sampled_from([Probe(), GetTime(), GetWakeupTime(), GetNextHighMonotonicCount()]),
    st.builds(SetTime, TIMES),
    st.builds(SetWakeupTime, st.booleans(), st.none() | TIMES),
    st.builds(QueryCapsuleCapabilities, st.lists(st.builds(CapsuleHeader, GUIDS, U32, U32, U32), max_size=3).map(tuple)),
    st.builds(UpdateCapsule, st.lists(BYTES, max_size=3).map(tuple), U64),
    st.builds(ResetSystem, U32, STATUSES, BYTES),
    st.builds(GetTable, GUIDS),
    st.builds(CopyTable, GUIDS),
    st.builds(FirmwareInfo, U32, U64, U64, U32, st.tuples(U32, U32, U32, U32, U32)),
)
OUTPUTS: dict[str, st.SearchStrategy[Any]] = {
    "data": BYTES,
    "size": U64,
    "attributes": ATTRIBUTES,
    "key": KEYS,
    "count": U32,
    "time": TIMES,
    "capabilities": st.builds(TimeCapabilities, U32, U32, st.booleans()),
    "enabled": st.booleans(),
    "pending": st.booleans(),
    "storage": st.builds(VariableInfo, U64, U64, U64),
    "capsule": st.builds(CapsuleCapabilities, U64, U32),
    "address": U64,
    "facts": st.builds(FirmwareFacts, U32, U64, U64, U64, U64, U32),
    "os_errno": U32,
}
REPLIES = st.builds(Reply, STATUSES, **{name: st.none() | output for name, output in OUTPUTS.items()})
KEY = ["A", "8be4df61-93ca-11d2-aa0d-00e098032b8c"]
ERRORS = (
    DriverError("happened", "do", errno=5, os_errno=6),
    HypervisorError("refused", errno=95),
    NotCarried("no road", operation="GetTime"),
    PermissionDenied("closed", os_errno=13),
    NoDriver("none"),
    ReplayMismatch("another"),
)


def through_json(value: object) -> Any:
    return json.loads(json.dumps(value))


def test_every_output_of_a_reply_is_tried_here() -> None:
    assert {"status", *OUTPUTS} == {*Reply._fields}


@given(OPS)
def test_an_operation_comes_back_with_every_bit_and_type(op: Op) -> None:
    back = read_op(through_json(write_op(op)))
    assert type(back) is type(op)
    assert back == op
    assert repr(back) == repr(op)


@given(REPLIES)
def test_a_reply_comes_back_with_every_bit_and_type(reply: Reply) -> None:
    assert repr(read_reply(through_json(write_reply(reply)))) == repr(reply)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.kind)
def test_an_error_comes_back_as_the_class_it_was(error: DriverError) -> None:
    back = read_error(through_json(write_error(error)))
    assert type(back) is type(error)
    assert vars(back) == vars(error)


def test_a_value_error_is_kept_as_one() -> None:
    back = read_error(through_json(write_error(ValueError("does not fit"))))
    assert (type(back), str(back)) == (ValueError, "does not fit")


def test_an_error_class_from_elsewhere_is_kept_as_the_nearest_of_ours() -> None:
    class Elsewhere(HypervisorError):
        kind = "elsewhere"

    class Nameless(NoDriver):
        pass

    assert type(read_error(write_error(Elsewhere("refused")))) is HypervisorError
    assert type(read_error(write_error(Nameless("none")))) is NoDriver


@pytest.mark.parametrize(
    "written",
    [
        None,
        [],
        "text",
        {},
        {"op": None},
        {"op": []},
        {"op": "Nonesuch"},
        {"op": "GetVariable"},
        {"op": "GetVariable", "key": None},
        {"op": "GetVariable", "key": "AB"},
        {"op": "GetVariable", "key": [1, KEY[1]]},
        {"op": "GetVariable", "key": ["A", list(KEY[1])]},
        {"op": "GetVariable", "key": [*KEY, "more"]},
        {"op": "GetVariable", "key": KEY, "room": "4096"},
        {"op": "GetVariable", "key": KEY, "room": True},
        {"op": "GetVariable", "key": KEY, "room": 1.5},
        {"op": "GetVariable", "key": KEY, "room": 1 << 64},
        {"op": "GetVariable", "key": KEY, "colour": 1},
        {"op": "SetVariable", "key": KEY, "attributes": -1, "data": ""},
        {"op": "SetVariable", "key": KEY, "attributes": 1 << 32, "data": ""},
        {"op": "SetVariable", "key": KEY, "attributes": 7, "data": "0"},
        {"op": "SetVariable", "key": KEY, "attributes": 7, "data": 0},
        {"op": "SetTime", "time": ["2026"]},
        {"op": "SetTime", "time": [0] * 12},
        {"op": "SetWakeupTime", "enable": 1},
        {"op": "QueryCapsuleCapabilities", "headers": [KEY]},
        {"op": "FirmwareInfo", "index": 1, "pci": "abc"},
    ],
)
def test_what_is_no_operation_is_a_value_error(written: Any) -> None:
    with pytest.raises(ValueError, match=r"^.{1,120} is not an operation: "):
        read_op(written)


@pytest.mark.parametrize(
    "written",
    [
        None,
        [],
        {},
        {"status": None},
        {"status": -1},
        {"status": "0"},
        {"status": 0, "size": "9"},
        {"status": 0, "data": None},
        {"status": 0, "data": [1]},
        {"status": 0, "enabled": 1},
        {"status": 0, "storage": [1, 2]},
        {"status": 0, "capabilities": [1, 2, 3]},
        {"status": 0, "facts": "1"},
        {"status": 0, "nonesuch": 1},
    ],
)
def test_what_is_no_reply_is_a_value_error(written: Any) -> None:
    with pytest.raises(ValueError, match=r"^.{1,120} is not a reply: "):
        read_reply(written)


@pytest.mark.parametrize(
    "written",
    [
        None,
        [],
        {},
        {"kind": "driver"},
        {"kind": "nonesuch", "message": ""},
        {"kind": [], "message": ""},
        {"kind": "driver", "message": 5},
        {"kind": "value"},
        {"kind": "driver", "message": "", "errno": "5"},
        {"kind": "driver", "message": "", "advice": None},
        {"kind": "not-carried", "message": "", "operation": 5},
    ],
)
def test_what_is_no_error_is_a_value_error(written: Any) -> None:
    with pytest.raises(ValueError, match=r"^.{1,120} is not an error: "):
        read_error(written)


def test_a_long_wrong_value_is_cut_in_the_message() -> None:
    with pytest.raises(ValueError, match="is not an operation") as caught:
        read_op({"op": "x" * 100_000})
    assert len(str(caught.value)) < 100_300
