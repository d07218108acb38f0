"""A firmware that is only its rules; the time and what a signature is worth are handed in.

The rules are loaded when one of these names is first used: what only reads does without them (:mod:`efirt.firmware.reading`).
"""

from efirt.annotation import TYPE_CHECKING
from efirt.later import imported

if TYPE_CHECKING:
    from efirt.firmware.model import Firmware, Table
    from efirt.firmware.profiles import DEFAULT, PROFILES, Profile

__all__ = ["DEFAULT", "PROFILES", "Firmware", "Profile", "Table"]

_WHERE = {"Firmware": "model", "Table": "model", "DEFAULT": "profiles", "PROFILES": "profiles", "Profile": "profiles"}


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module 'efirt.firmware' has no attribute {name!r}")
    value = globals()[name] = getattr(imported(f"efirt.firmware.{_WHERE[name]}"), name)
    return value
