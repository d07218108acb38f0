"""What firmware in the field does otherwise: each a profile with a row or a fact changed.

Source: as each says; a service that is masked answers as EFI_RT_PROPERTIES_TABLE says (UEFI 2.10 §4.6.2).
"""

from collections.abc import Iterator, Mapping

from efirt.annotation import Final
from efirt.firmware.profiles import Profile
from efirt.firmware.quirks.boards import BOARDS
from efirt.firmware.quirks.quirk import Change, Quirk
from efirt.firmware.quirks.reading import READING
from efirt.firmware.quirks.room import ROOM
from efirt.firmware.quirks.services import SERVICES
from efirt.firmware.quirks.signatures import SIGNATURES
from efirt.firmware.quirks.starting import STARTING
from efirt.firmware.quirks.valued import VALUED
from efirt.firmware.quirks.writing import WRITING

__all__ = ["BOARDS", "QUIRKS", "VALUED", "Quirk", "with_quirks"]

QUIRKS: Final[Mapping[str, Quirk]] = {**READING, **ROOM, **WRITING, **SIGNATURES, **SERVICES, **STARTING}
"""By name; a name may follow another, and each changes what the one before left."""


def with_quirks(profile: Profile, names: str) -> Profile:
    """A profile with quirks.

    Args:
        profile: Without them.
        names: Of :data:`QUIRKS`, of :data:`BOARDS`, or of :data:`VALUED` with a colon and a value; joined by commas.

    Raises:
        ValueError: One is none of those, or its value makes no sense.
    """
    for change in _changes(names):
        profile = change(profile)
    return profile


def _changes(names: str) -> Iterator[Change]:
    for text in filter(None, names.split(",")):
        name, colon, value = text.partition(":")
        if name in VALUED and colon:
            yield VALUED[name].change(value)
        elif text in QUIRKS or text in BOARDS:
            yield from (QUIRKS[one].change for one in BOARDS.get(text, (text,)))
        else:
            valued = [f"{one}:{quirk.value}" for one, quirk in VALUED.items()]
            raise ValueError(f"there is no quirk {text!r}: choose of {', '.join([*QUIRKS, *BOARDS, *valued])}")
