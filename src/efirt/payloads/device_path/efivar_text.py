"""Where libefivar, and so efibootmgr, spells a node with edk2's words and means something else.

Source: efivar 0c7006d6a7, src/dp-message.c.
"""

from collections.abc import Callable

from efirt.annotation import Final


def _hexadecimal(*places: int) -> Callable[[list[str]], list[str]]:
    """Numbers at these places are hexadecimal without saying so."""

    def change(parts: list[str]) -> list[str]:
        return [f"0x{part}" if place in places and not part.lower().startswith("0x") else part for place, part in enumerate(parts)]

    return change


def _reversed_eui(parts: list[str]) -> list[str]:
    """The first byte of an EUI-64 stands first; edk2 writes the last one first."""
    return [*parts[:-1], "-".join(reversed(parts[-1].split("-")))]


def _padded_lun(parts: list[str]) -> list[str]:
    """A LUN is a number without its leading zeros; edk2 writes all 8 bytes."""
    return [f"0x{part.lower().removeprefix('0x').zfill(16)}" if place == _ISCSI_LUN else part for place, part in enumerate(parts)]


def _named_network(parts: list[str]) -> list[str]:
    """A network's name is its bytes in hexadecimal, zeros included; edk2 writes the text."""
    return [bytes.fromhex(parts[0].replace(":", "")).rstrip(b"\0").decode("latin-1")]


_ISCSI_LUN: Final = 2
_CHANGES: Final[dict[str, Callable[[list[str]], list[str]]]] = {
    "fibre": _hexadecimal(0, 1),
    "iscsi": _padded_lun,
    "nvme": _reversed_eui,
    "sas": _hexadecimal(0, 1, 2),
    "usbwwid": _hexadecimal(0, 1),
    "wi-fi": _named_network,
}


def as_edk2(name: str, inner: str) -> str:
    """What stands in the parentheses of a node of libefivar's, as edk2 would write it."""
    change = _CHANGES.get(name)
    return ",".join(change(inner.split(","))) if change else inner
