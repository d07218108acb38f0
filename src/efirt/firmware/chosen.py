"""A firmware by the words a driver's options name it with."""

from efirt.firmware.limits import Limits
from efirt.firmware.profiles import DEFAULT, PROFILES, Profile


def chosen(profile: str | None = None, quirk: str | None = None, limits: Limits | None = None) -> Profile:
    """The firmware of a name that behaves otherwise as quirks say.

    Args:
        profile: Its name in :data:`~efirt.firmware.PROFILES`; OVMF 2022.11 where None is given.
        quirk: Names that :func:`~efirt.firmware.quirks.with_quirks` takes.
        limits: The sizes that quirks begin with, where an image has its own; the profile's where None is given.

    Raises:
        ValueError: There is no such profile, or no such quirk.

    Source: as of what it finds.
    """
    found = DEFAULT if profile is None else PROFILES.get(profile)
    if found is None:
        raise ValueError(f"there is no firmware profile {profile!r}: choose one of {', '.join(PROFILES)}")
    if limits is not None:
        found = found._replace(limits=limits)
    if quirk:
        from efirt.firmware.quirks import with_quirks  # noqa: PLC0415 - only for who asks

        found = with_quirks(found, quirk)
    return found
