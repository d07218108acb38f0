"""Text from firmware is hostile: nothing of it may reach a terminal that the terminal obeys."""


def _code(character: str) -> str:
    number = ord(character)
    if number <= 0xFF:  # noqa: PLR2004 - what two digits hold
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"  # noqa: PLR2004 - what four digits hold


def sentence(text: str) -> str:
    r"""A message on one line: controls, marks of direction, half surrogates and all else that has no shape become ``\xNN`` or ``\uNNNN``.

    A backslash stays as it is, since messages quote names the way Python does.
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else _code(c) for c in text)


def name(text: str) -> str:
    """A name or a word of firmware's, without ambiguity: as :func:`sentence`, and a backslash is doubled."""
    return sentence(text.replace("\\", "\\\\"))
