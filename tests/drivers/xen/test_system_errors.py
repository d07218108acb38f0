import errno
import os

import pytest

from efirt.abi.xen_errno import NUMBERS
from efirt.drivers.xen.system_errors import hypercall_error, open_error
from efirt.errors import DriverError, NoDriver, PermissionDenied

# FreeBSD sys/sys/errno.h.
FREEBSD = {1: "EPERM", 2: "ENOENT", 3: "ESRCH", 5: "EIO", 12: "ENOMEM", 13: "EACCES", 14: "EFAULT", 22: "EINVAL", 35: "EAGAIN"} | {
    11: "EDEADLK",
    45: "EOPNOTSUPP",
    60: "ETIMEDOUT",
    78: "ENOSYS",
    86: "EILSEQ",
}
FROM_FREEBSD = {1: 1, 2: 2, 3: 3, 5: 5, 12: 12, 13: 13, 14: 14, 22: 22, 35: 11, 11: 35, 45: 95, 60: 110, 78: 38, 86: 84}


@pytest.mark.parametrize("number", [1, 3, 5, 12, 13, 14, 22, 38, 61, 95])
def test_xen_s_refusals_keep_their_number_on_linux(number: int) -> None:
    error = hypercall_error(number)
    assert (error.errno, error.os_errno) == (number, number)


def test_every_name_of_xen_s_that_this_system_has_is_mapped_by_name() -> None:
    known = {name: getattr(errno, name) for name in NUMBERS if hasattr(errno, name)}
    assert {name: hypercall_error(number).errno for name, number in known.items()} == {name: NUMBERS[name] for name in known}


@pytest.mark.parametrize("other", ["ENOTSUP", "EWOULDBLOCK", "EDEADLOCK"])
def test_a_number_that_the_system_calls_by_its_other_name_is_found(other: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errno, "errorcode", {4242: other})
    assert hypercall_error(4242).errno == {"ENOTSUP": 95, "EWOULDBLOCK": 11, "EDEADLOCK": 35}[other]


@pytest.mark.parametrize(("theirs", "xen"), FROM_FREEBSD.items())
def test_on_freebsd_numbers_are_translated_by_name(theirs: int, xen: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errno, "errorcode", FREEBSD)
    error = hypercall_error(theirs)
    assert (error.errno, error.os_errno) == (xen, theirs)


@pytest.mark.parametrize("number", [0, 9999, errno.ELOOP])
def test_a_number_xen_does_not_have_is_this_system_s_alone(number: int) -> None:
    error = hypercall_error(number)
    assert (error.errno, error.os_errno) == (None, number)


@pytest.mark.parametrize(
    ("number", "kind", "says"),
    [
        (errno.ENOENT, NoDriver, "this is not a Xen domain with a way to the hypervisor: the device is missing; run this in dom0"),
        (errno.ENXIO, NoDriver, "the device is missing"),
        (errno.ENODEV, NoDriver, "the device is missing"),
        (errno.EACCES, PermissionDenied, "the device cannot be opened: Permission denied; run this as root"),
        (errno.EPERM, PermissionDenied, "the device cannot be opened: Operation not permitted; run this as root"),
        (errno.EBUSY, DriverError, "the device cannot be opened: Device or resource busy"),
    ],
)
def test_a_device_that_does_not_open_says_why(number: int, kind: type[DriverError], says: str) -> None:
    error = open_error("the device", OSError(number, os.strerror(number)))
    assert type(error) is kind
    assert says in str(error)
    assert error.os_errno == number
