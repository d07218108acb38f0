"""dump-type0-...: pieces of the kernel's log, kept by Linux when it crashed.

Source: Linux, drivers/firmware/efi/efi-pstore.c (efi_pstore_write, efi_pstore_read_func), include/linux/pstore.h (pstore_type_id).
"""

from efirt.annotation import Any, Final, NamedTuple, Self

PREFIX: Final = "dump-type"
KINDS: Final = {
    0: "kernel log",
    1: "machine check",
    2: "console",
    3: "function trace",
    4: "RTAS",
    5: "PowerPC open firmware",
    6: "PowerPC common",
    7: "user message",
    8: "PowerPC OPAL",
}
_MARKS: Final = {"C": True, "D": False}
_WITHOUT_COUNT: Final = 3
_WITHOUT_MARK: Final = 4


class DumpName(NamedTuple):
    """What the name of such a variable says.

    Attributes:
        kind: One of :data:`KINDS`.
        part: Which piece of the log: 1 is its end.
        crash_count: How many such crashes came before in this boot; None in a name of Linux before 3.8.
        time_seconds: When, in seconds since 1970.
        is_compressed: Whether the value is compressed; None in a name of Linux before 3.12.
    """

    kind: int
    part: int
    crash_count: int | None
    time_seconds: int
    is_compressed: bool | None

    @classmethod
    def parse(cls, name: str) -> Self:
        """Read a variable's name.

        Raises:
            ValueError: It is none of these.
        """
        words = name.removeprefix(PREFIX).split("-")
        mark = _MARKS.get(words[-1]) if len(words) > _WITHOUT_MARK else None
        numbers = words[:-1] if mark is not None else words
        if (
            not name.startswith(PREFIX)
            or not all(_is_number(word) for word in numbers)
            or len(numbers) not in {_WITHOUT_COUNT, _WITHOUT_MARK}
        ):
            raise ValueError(f"{name!r} is not the name of a crash dump: those are like dump-type0-1-1-1700000000-C")
        kind, part, *count, time = map(int, numbers)
        return cls(kind, part, count[0] if count else None, time, mark)

    def __str__(self) -> str:
        """The variable's name."""
        count = "" if self.crash_count is None else f"-{self.crash_count}"
        mark = "" if self.is_compressed is None else "-C" if self.is_compressed else "-D"
        return f"{PREFIX}{self.kind}-{self.part}{count}-{self.time_seconds}{mark}"


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= 20 and str(int(word)) == word  # noqa: PLR2004 - digits of 64 bits


class Dump(NamedTuple):
    """A piece.

    Attributes:
        data: Its bytes.
    """

    data: bytes

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Take it as it is: how it is compressed is a matter of the kernel's settings."""
        return cls(bytes(data))

    def encode(self) -> bytes:
        """Its bytes."""
        return self.data

    def as_json(self) -> dict[str, Any]:
        """How much there is, and its text where it is some."""
        text = self.data.decode("utf-8", "replace")
        is_text = all(letter.isprintable() or letter in "\n\t" for letter in text)
        return {"size": len(self.data), "text": text if is_text else None}
