"""What is told of a file that was read in spite of it.

Source: UEFI 2.10 §8.2 (what a variable is to be); where a format says otherwise, its module.
"""

from efirt.annotation import NamedTuple


class Damage(NamedTuple):
    """Something that should not be so, and did not stop the reading.

    Attributes:
        offset: Bytes from the beginning of what was read; where a format unpacks its file, from the beginning of what was unpacked.
        what: A sentence.
    """

    offset: int
    what: str

    def __str__(self) -> str:
        """Where, and what."""
        return f"at byte {self.offset}: {self.what}"
