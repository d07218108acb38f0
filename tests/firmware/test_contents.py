"""Whether a value is well formed, where real firmware was asked."""

import pytest

from efirt.firmware.contents import device_path, load_option
from efirt.testing.conformance.cases.globals_ import END, FILE
from efirt.testing.conformance.cases.globals_ import load_option as option_of

UNENDED = b"\x04\x04\x08\0" + "\\x".encode("utf-16-le")


@pytest.mark.parametrize(
    ("path", "expected"), [(FILE + END, True), (UNENDED + END, False), (FILE, False), (b"\x04\x04\x04\0" + END, False)]
)
def test_a_file_s_path_ends_with_a_nul(path: bytes, expected: bool) -> None:
    assert device_path(path) is expected
    assert load_option(option_of(path)) is expected
