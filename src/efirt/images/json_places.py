"""Where the elements of a JSON array stand: ``json`` gives values and forgets their places.

Source: RFC 8259 §2 to §5.
"""

from efirt.annotation import Final

_GAP: Final = frozenset(" \t\n\r,:")


def offsets_of(data: bytes, member: str) -> list[int]:
    """The offsets, in bytes, of each element of a file's array: the file itself, or the one member of its object.

    Args:
        data: JSON that was read without an error and has such an array.
        member: The array's name in the object.
    """
    from json import JSONDecoder  # noqa: PLC0415 - asked only where something is wrong

    text = data.decode("utf-8")
    value = JSONDecoder().raw_decode

    def behind(at: int) -> int:
        """Where the next value, or the closing bracket, begins."""
        while text[at] in _GAP:
            at += 1
        return at

    at = behind(0)
    while text[at] == "{" or text[at] == '"':
        name, at = value(text, behind(at + 1 if text[at] == "{" else at))
        at = behind(at)
        if name == member:
            break
        at = behind(value(text, at)[1])
    places, at = [], behind(at + 1)
    while text[at] != "]":
        places.append(at)
        at = behind(value(text, at)[1])
    return _in_bytes(text, places)


def _in_bytes(text: str, places: list[int]) -> list[int]:
    """Offsets in UTF-8 of rising offsets in characters."""
    offsets, size, last = [], 0, 0
    for place in places:
        size += len(text[last:place].encode())
        last = place
        offsets.append(size)
    return offsets
