"""efirt.errors, which stands beside the values."""

import copy
import pickle

import pytest

from efirt import errors
from efirt.ops import Reply
from efirt.values.attributes import Attributes
from efirt.values.status import Status

EVERY = [
    errors.EfirtError("what", "do this"),
    errors.FirmwareError(Status.CRC_ERROR, "get A", "why", "do this", Reply(Status.CRC_ERROR)),
    errors.BufferTooSmall(Status.BUFFER_TOO_SMALL, "get A", reply=Reply(Status.BUFFER_TOO_SMALL, size=9, attributes=Attributes(7))),
    errors.NotFound(Status.NOT_FOUND, "get A"),
    errors.DriverError("what", errno=1, os_errno=2),
    errors.HypervisorError("what", errno=95, os_errno=45),
    errors.NotCarried("what", "do this", operation="GetTable", errno=6),
    errors.PermissionDenied("what", os_errno=13),
    errors.NoDriver("what"),
    errors.ReplayMismatch("what", "do this"),
    errors.DecodeError("a load option", 6, "no end node", "do this"),
    errors.Refused("what"),
    errors.NoRoom("the variables", 9, 8),
]


@pytest.mark.parametrize("error", EVERY, ids=lambda error: type(error).__name__)
def test_an_error_is_pickled_and_copied_whole(error: errors.EfirtError) -> None:
    error.add_note("seen by a test")
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):  # noqa: S301 - pickled on the same line
        assert type(again) is type(error)
        assert vars(again) == vars(error)
        assert (again.args, str(again)) == (error.args, str(error))


def test_every_class_of_error_is_in_the_list_above() -> None:
    classes = {value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, errors.EfirtError)}
    firmware = {kind for kind in classes if issubclass(kind, errors.FirmwareError)}
    assert classes - firmware == {type(error) for error in EVERY} - firmware


@pytest.mark.parametrize("kind", errors.FirmwareError.__subclasses__())
def test_a_status_has_the_class_of_its_name(kind: type[errors.FirmwareError]) -> None:
    words = "".join(f"_{letter}" if letter.isupper() else letter for letter in kind.__name__)
    status: Status = getattr(Status, words.lstrip("_").upper())
    error = errors.firmware_error(status, "set A", "because", "do this")
    assert type(error) is kind
    assert error.status == status
    assert str(error) == f"set A: firmware answered {status} (because); do this"


def test_a_status_without_a_class_is_a_firmware_error_all_the_same() -> None:
    error = errors.firmware_error(Status(0x80000000000000FF), "get A")
    assert type(error) is errors.FirmwareError
    assert str(error) == "get A: firmware answered EFI_STATUS 0x80000000000000ff"


def test_too_small_a_buffer_says_what_is_needed() -> None:
    reply = Reply(Status.BUFFER_TOO_SMALL, size=123, attributes=Attributes(7))
    error = errors.firmware_error(reply.status, "get A", reply=reply)
    assert isinstance(error, errors.BufferTooSmall)
    assert (error.needed, error.attributes, error.reply) == (123, Attributes(7), reply)


def test_bytes_that_cannot_be_read_say_where() -> None:
    assert str(errors.DecodeError("a load option", 6, "no end node")) == "a load option, at byte 6: no end node"


def test_every_kind_is_a_word_of_its_own() -> None:
    kinds = {
        "error",
        "firmware",
        "driver",
        "hypervisor",
        "not-carried",
        "permission",
        "no-driver",
        "no-room",
        "replay",
        "decode",
        "refused",
    }
    assert {error.kind for error in EVERY} == kinds
