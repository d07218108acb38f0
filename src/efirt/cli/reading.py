"""Values on a command line: bytes by their digits or of a file, and text."""

import sys

from efirt.annotation import Final
from efirt.cli.refusals import UsageError

_MOST: Final = 64 << 20


def digits(option: str, text: str) -> bytes:
    """The bytes of hexadecimal digits.

    Raises:
        UsageError: They are none.
    """
    try:
        return bytes.fromhex(text.replace(":", " "))
    except ValueError:
        raise UsageError(f"{option} {text!r} is not bytes", "write two hexadecimal digits for each byte, such as 01:00") from None


def contents(option: str, path: str) -> bytes:
    """What a file holds; ``-`` is standard input.

    Raises:
        UsageError: It cannot be read, or holds more than any firmware takes.
    """
    try:
        if path == "-":
            data = sys.stdin.buffer.read(_MOST + 1)
        else:
            with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs 9 ms
                data = file.read(_MOST + 1)
    except (OSError, ValueError, AttributeError) as cause:  # a path with a NUL; standard input that is closed
        raise UsageError(f"{option} {path!r} cannot be read: {getattr(cause, 'strerror', None) or cause}") from None
    if len(data) > _MOST:
        raise UsageError(f"{option} {path!r} holds more than {_MOST} bytes, and no firmware takes that")
    return data


def characters(option: str, text: str) -> str:
    """A text that is one: what came as bytes that are no UTF-8 is not.

    Raises:
        UsageError: It is none.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise UsageError(f"{option} {text!r} holds what is no character", "write it in UTF-8") from None
    return text
