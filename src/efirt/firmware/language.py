"""The hook behind the language variables: setting one sets the other.

Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, AutoUpdateLangVariable, VariableGetBestLanguage.
"""

from efirt.annotation import Final, NamedTuple
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key

LANG: Final = Key("Lang", GLOBAL)
PLATFORM_LANG: Final = Key("PlatformLang", GLOBAL)
LANG_CODES: Final = Key("LangCodes", GLOBAL)
PLATFORM_LANG_CODES: Final = Key("PlatformLangCodes", GLOBAL)

NAMES: Final = frozenset({"Lang", "PlatformLang", "LangCodes", "PlatformLangCodes"})
CODES: Final = frozenset({"LangCodes", "PlatformLangCodes"})

KEYS: Final = frozenset({LANG, PLATFORM_LANG, LANG_CODES, PLATFORM_LANG_CODES})

_ISO_SIZE: Final = 3


def by_name(key: Key) -> bool:
    """Whether it is a language variable, by its name alone, as edk2 has it."""
    return key.name in NAMES


def by_key(key: Key) -> bool:
    """Whether it is a language variable of the specification's namespace."""
    return key in KEYS


def nothing(_key: Key) -> bool:
    """No variable is one: firmware that has left ``Lang`` behind."""
    return False


class Mirror(NamedTuple):
    """What the hook writes.

    Attributes:
        key: The other language variable.
        data: Its value.
        own_size: Bytes of the matched language in the variable that is being set.
    """

    key: Key
    data: bytes
    own_size: int


def _text(data: bytes) -> bytes:
    return data.partition(b"\0")[0]


def _platform_codes(codes: bytes) -> list[bytes]:
    return [code for code in _text(codes).split(b";") if code]


def _iso_codes(codes: bytes) -> list[bytes]:
    text = _text(codes)
    return [text[at : at + _ISO_SIZE] for at in range(0, len(text), _ISO_SIZE)]


def _best_platform(wanted: bytes, codes: list[bytes]) -> int | None:
    """The first code that begins as the language does, which loses its last part until one is found."""
    language = _text(wanted).partition(b";")[0]
    while language:
        for index, code in enumerate(codes):
            if code.startswith(language):
                return index
        language = language.rpartition(b"-")[0]
    return None


def mirror(name: str, data: bytes, lang_codes: bytes, platform_codes: bytes) -> Mirror | None:
    """What to write into the other variable; None when the language is not supported.

    Args:
        name: ``Lang`` or ``PlatformLang``.
        data: Its new value.
        lang_codes: The value of LangCodes.
        platform_codes: The value of PlatformLangCodes.
    """
    iso, platform = _iso_codes(lang_codes), _platform_codes(platform_codes)
    if name == PLATFORM_LANG.name:
        index = _best_platform(data, platform)
        if index is None or index >= len(iso):
            return None
        return Mirror(LANG, iso[index].ljust(_ISO_SIZE, b"\0") + b"\0", len(platform[index]) + 1)
    language = _text(data)[:_ISO_SIZE]
    index = next((at for at, code in enumerate(iso) if language and code.startswith(language)), None)
    if index is None or index >= len(platform):
        return None
    return Mirror(PLATFORM_LANG, platform[index] + b"\0", _ISO_SIZE + 1)
