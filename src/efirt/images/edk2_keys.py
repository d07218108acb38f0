"""Keys and what lies in flash of them: a GUID and a name, which firmware compares as they lie there.

From image to image the names are the same, and making them is half the time of reading one. So they are kept.

Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/VariableParsing.c, FindVariableEx (what is compared).
"""

from codecs import utf_16_le_decode

from efirt.annotation import Final
from efirt.images.damage import Damage
from efirt.images.edk2_record import GUID_SIZE, name_of, name_problem
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.wire.text import encode_char16

_LONGEST_KEPT: Final = 256
_MOST_KEPT: Final = 4096
_WITHOUT_A_NAME: Final = GUID_SIZE // 2 + 1
"""What of an identity is no character of its name, in units of two bytes: the GUID and the NUL."""

_keys: Final[dict[bytes, Key]] = {}
"""Keys by their bytes in flash."""

_guids: Final[dict[bytes, Guid]] = {}
"""The namespaces of these: many names are of one."""

_new = tuple.__new__
"""What a constructor comes to, at half its time."""


def known_keys(identities: list[bytes]) -> tuple[Key | None, ...]:
    """The keys of these identities; None for one that has to be looked at alone."""
    keys = tuple(map(_keys.get, identities))
    if all(keys):
        return keys
    unknown = [identity for identity, key in zip(identities, keys, strict=True) if not key] if any(keys) else identities
    learnt = _learnt(unknown)
    return learnt if len(learnt) == len(keys) else tuple(map(_keys.get, identities))


def _learnt(identities: list[bytes]) -> tuple[Key, ...]:
    """The keys of these, made all at once at half the price, which are kept; none where one of the names is not as usual."""
    sizes = [*map(len, identities)]
    if max(sizes) > _LONGEST_KEPT or len(sizes) > _MOST_KEPT:
        return ()
    try:
        text = utf_16_le_decode(b"".join([identity[GUID_SIZE:] for identity in identities]), "surrogatepass", True)[0]
    except UnicodeDecodeError:
        return ()
    *names, behind = text.split("\0")
    if behind or not all(names) or [*map(len, names)] != [size // 2 - _WITHOUT_A_NAME for size in sizes]:
        return ()
    if len(_keys) + len(sizes) > _MOST_KEPT:
        _keys.clear()
    guids = [_guids.get(identity[:GUID_SIZE]) or _guid(identity[:GUID_SIZE]) for identity in identities]
    keys = tuple([_new(Key, parts) for parts in zip(names, guids, strict=True)])
    _keys.update(zip(identities, keys, strict=True))
    return keys


def _guid(raw: bytes) -> Guid:
    """A namespace by its bytes, which is kept."""
    if len(_guids) == _MOST_KEPT:
        _guids.clear()
    guid = _guids[raw] = _new(Guid, (raw,))
    return guid


def identity_of(key: Key) -> bytes:
    """What lies in flash of a key."""
    return key.guid.raw + encode_char16(key.name)


def is_proper(identity: bytes) -> bool:
    """Whether a dead record's name is as firmware writes one."""
    damage: list[Damage] = []
    key_of(identity, 0, damage)
    return not damage


def key_of(identity: bytes, offset: int, damage: list[Damage]) -> Key:
    """The key that a record's GUID and name come to, which may not be as firmware writes one: that is damage.

    A character beyond 16 bits alone makes none.
    """
    units = identity[GUID_SIZE:]
    name = name_of(units)
    problem = name_problem(name, len(units))
    if problem:
        damage.append(Damage(offset, f"a record's name {problem}"))
    return Key(name, Guid(identity[:GUID_SIZE]))
