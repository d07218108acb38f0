"""Blame is in the exception's type, and every sentence says what happened, why, and what to do."""

import copy
import pickle

import pytest

import efirt
from efirt import (
    Attributes,
    BufferTooSmall,
    DecodeError,
    DriverError,
    EfirtError,
    FirmwareError,
    HypervisorError,
    NotCarried,
    Refused,
    Status,
)
from efirt.errors import firmware_error
from efirt.ops import Reply

CLASSES = {
    "NOT_FOUND": efirt.NotFound,
    "INVALID_PARAMETER": efirt.InvalidParameter,
    "UNSUPPORTED": efirt.Unsupported,
    "BUFFER_TOO_SMALL": efirt.BufferTooSmall,
    "DEVICE_ERROR": efirt.DeviceError,
    "WRITE_PROTECTED": efirt.WriteProtected,
    "OUT_OF_RESOURCES": efirt.OutOfResources,
    "ACCESS_DENIED": efirt.AccessDenied,
    "SECURITY_VIOLATION": efirt.SecurityViolation,
    "NOT_READY": efirt.NotReady,
}
REPLY = Reply(Status.BUFFER_TOO_SMALL, size=77, attributes=Attributes(7))
EVERY = (
    firmware_error(Status.BUFFER_TOO_SMALL, "get A", "why", "advice", REPLY),
    firmware_error(Status(1 << 63 | 99), "get A"),
    HypervisorError("refused", "advice", errno=95, os_errno=45),
    NotCarried("no road", "advice", operation="GetTime", errno=6),
    efirt.PermissionDenied("closed", os_errno=13),
    efirt.NoDriver("none", errno=6),
    DecodeError("get A", 3, "why", "advice"),
    Refused("stopped", "force"),
)


@pytest.mark.parametrize(("name", "kind"), CLASSES.items())
def test_a_status_with_a_class_of_its_own_raises_it(name: str, kind: type[FirmwareError]) -> None:
    error = firmware_error(Status.parse(name), "get A")
    assert type(error) is kind
    assert error.status == Status.parse(name)
    assert str(error) == f"get A: firmware answered EFI_{name}"


@pytest.mark.parametrize("status", [Status(1 << 63 | 99), Status.ABORTED, Status(1 << 63)])
def test_any_other_status_is_a_plain_firmware_error(status: Status) -> None:
    assert type(firmware_error(status, "get A")) is FirmwareError


def test_a_sentence_says_what_happened_why_and_what_to_do() -> None:
    error = firmware_error(Status.WRITE_PROTECTED, "set Boot0003", "it is read-only", "use another name")
    assert str(error) == "set Boot0003: firmware answered EFI_WRITE_PROTECTED (it is read-only); use another name"
    assert error.message + "; " + error.advice == str(error)
    assert str(DecodeError("get A", 3, "no NUL")) == "get A, at byte 3: no NUL"


def test_a_buffer_too_small_carries_what_is_needed_next() -> None:
    error = firmware_error(Status.BUFFER_TOO_SMALL, "get A", reply=REPLY)
    assert isinstance(error, BufferTooSmall)
    assert (error.needed, error.attributes, error.reply) == (77, 7, REPLY)
    bare = BufferTooSmall(Status.BUFFER_TOO_SMALL, "get A")
    assert (bare.needed, bare.attributes) == (None, None)


def test_the_two_channels_stay_two() -> None:
    error = HypervisorError("refused", errno=95, os_errno=45)
    assert (error.errno, error.os_errno) == (95, 45)
    assert not isinstance(error, FirmwareError)
    assert not issubclass(FirmwareError, DriverError)


def test_blame_is_one_of_four_and_none_of_them_is_yours() -> None:
    kinds = (FirmwareError, DriverError, DecodeError, Refused)
    for kind in kinds:
        assert issubclass(kind, EfirtError)
        assert not issubclass(kind, ValueError | OSError)
        assert not any(issubclass(kind, other) for other in kinds if other is not kind)


def test_every_kind_has_its_word() -> None:
    assert [type(error).kind for error in EVERY] == [
        "firmware", "firmware", "hypervisor", "not-carried", "permission", "no-driver", "decode", "refused"
    ]  # fmt: skip


@pytest.mark.parametrize("error", EVERY, ids=lambda error: type(error).__name__)
def test_an_error_survives_copying_and_pickling_whole(error: EfirtError) -> None:
    for twin in (copy.copy(error), copy.deepcopy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301 - our own bytes
        assert type(twin) is type(error)
        assert str(twin) == str(error)
        assert twin.args == error.args
        assert vars(twin) == vars(error)


def test_every_error_stands_at_the_front_door() -> None:
    from efirt import errors

    kinds = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)}
    assert kinds - set(efirt.__all__) == set()
