"""A firmware by the words a driver's options name it with."""

from efirt.firmware.profiles import DEFAULT, PROFILES, Profile


def chosen(profile: str | None = None, quirk: str | None = None) -> Profile:
    """The firmware of a name that behaves otherwise as quirks say.

    Args:
        profile: Its name in :data:`~efirt.firmware.PROFILES`; OVMF 2022.11 where None is given.
        quirk: Names of :data:`~efirt.firmware.QUIRKS` joined by commas.

    Raises:
        ValueError: There is no such profile, or no such quirk.

    Source: as of what it finds.
    """
    found = DEFAULT if profile is None else PROFILES.get(profile)
    if found is None:
        raise ValueError(f"there is no firmware profile {profile!r}: choose one of {', '.join(PROFILES)}")
    if quirk:
        from efirt.firmware.quirks import with_quirks  # noqa: PLC0415 - only for who asks

        found = with_quirks(found, quirk)
    return found
