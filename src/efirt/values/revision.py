"""Revisions of the UEFI specification, as tables of firmware carry them."""

from efirt.annotation import Final

_UEFI: Final = 2
"""The first revision whose minor number is in tenths."""


def revision_text(revision: int) -> str:
    """A UEFI revision for people: 0x00020046 is 2.7, 0x0002001F is 2.3.1; of EFI, 0x0001000A is 1.10."""
    major, minor = revision >> 16, revision & 0xFFFF
    if major < _UEFI:
        return f"{major}.{minor:02}"
    return f"{major}.{minor // 10}" + (f".{minor % 10}" if minor % 10 else "")
