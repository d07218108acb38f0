"""SbatLevel: the lowest generation of each boot component that shim starts.

Source: shim, SBAT.md and include/sbat.h.
"""

from efirt.annotation import Any, NamedTuple, Self


class SbatLevel(NamedTuple):
    """Lines of components.

    Attributes:
        raw: Its bytes, ASCII in lines.
    """

    raw: bytes

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Take it as it is."""
        return cls(bytes(data))

    def encode(self) -> bytes:
        """Its bytes."""
        return self.raw

    @property
    def lines(self) -> tuple[tuple[str, ...], ...]:
        """Its lines: component, generation, and what else stands there."""
        text = self.raw.partition(b"\0")[0].decode("latin-1")
        return tuple(tuple(part.strip() for part in line.split(",")) for line in text.split("\n") if line.strip())

    def as_json(self) -> dict[str, Any]:
        """The date of the list, and each component's lowest generation."""
        lines = self.lines
        date = next((line[2] for line in lines if line[0] == "sbat" and len(line) > 2), None)  # noqa: PLR2004 - the date is third
        return {"date": date, "components": {line[0]: _generation(line) for line in lines}}


def _generation(line: tuple[str, ...]) -> int | str | None:
    text = line[1] if len(line) > 1 else None
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else text  # noqa: PLR2004 - digits of 32 bits
