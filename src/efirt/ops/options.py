"""The options in a driver's name: what stands behind its question mark."""

from efirt.annotation import Final, Iterable, Mapping

_ON: Final = {"on": True, "yes": True, "1": True, "true": True, "off": False, "no": False, "0": False, "false": False}


def written(name: str, options: Mapping[str, str] | None) -> str:
    """A driver's name with its options."""
    return name + ("?" + "&".join(f"{option}={value}" for option, value in options.items()) if options else "")


def check_known(driver: str, options: Iterable[str], known: Iterable[str]) -> None:
    """Refuse what a driver does not take.

    Args:
        driver: It, as a sentence begins with it.
        options: What is given.
        known: What it takes.

    Raises:
        ValueError: One is unknown.
    """
    unknown = [name for name in options if name not in known]
    if unknown:
        raise ValueError(f"{driver} has no option {unknown[0]!r}: it takes {', '.join(known)}")


def is_on(rule: str, value: str) -> bool:
    """Whether an option is on.

    Args:
        rule: What it can be, as a sentence begins with it.
        value: What it is.

    Raises:
        ValueError: It is neither on nor off.
    """
    if value.lower() not in _ON:
        raise ValueError(f"{rule}, not {value!r}")
    return _ON[value.lower()]
