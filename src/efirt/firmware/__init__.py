"""A firmware that is only its rules; the time and what a signature is worth are handed in."""

from efirt.firmware.model import Firmware, Table
from efirt.firmware.profiles import DEFAULT, PROFILES, Profile

__all__ = ["DEFAULT", "PROFILES", "Firmware", "Profile", "Table"]
