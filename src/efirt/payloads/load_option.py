"""EFI_LOAD_OPTION: an entry of a boot menu, or a driver or a program that firmware starts.

Source: UEFI 2.10 §3.1.3.
"""

from struct import Struct

from efirt.annotation import Any, Final, NamedTuple, Self
from efirt.errors import DecodeError
from efirt.payloads.boot_option import load_option_problem
from efirt.payloads.device_path.path import DevicePath
from efirt.wire.cursor import packed
from efirt.wire.text import decode_units, encode_char16, encode_units, nul_offset

ACTIVE: Final = 0x01
FORCE_RECONNECT: Final = 0x02
HIDDEN: Final = 0x08
CATEGORY: Final = 0x1F00
CATEGORY_APP: Final = 0x0100

_CATEGORY_SHIFT: Final = 8
_WHERE: Final = "load option"
_HEAD: Final = Struct("<IH")
_NUL: Final = b"\0\0"


class LoadOption(NamedTuple):
    """One entry.

    Attributes:
        attributes: Bits: :data:`ACTIVE`, :data:`FORCE_RECONNECT`, :data:`HIDDEN`, :data:`CATEGORY`.
        description: What people see; firmware's text, so anything can stand in it.
        path_list: Bytes of its device paths: the first says what is started, others what its maker wants.
        optional_data: What the program that is started gets.
    """

    attributes: int
    description: str
    path_list: bytes
    optional_data: bytes = b""

    @classmethod
    def of(cls, description: str, path: DevicePath, optional_data: bytes = b"", attributes: int = ACTIVE) -> Self:
        """An entry with one path."""
        return cls(attributes, description, path.encode(), optional_data)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Take it apart; its paths are taken apart by :attr:`paths`.

        Raises:
            DecodeError: It is cut short, its description has no NUL, or its paths claim more than there is.
        """
        option, error = cls.salvage(data)
        if error:
            raise error
        return option

    @classmethod
    def salvage(cls, data: bytes) -> tuple[Self, DecodeError | None]:
        """What can be read of an entry, and why not all of it can."""
        if len(data) < _HEAD.size:
            return cls(int.from_bytes(data[:4], "little"), "", b""), DecodeError(_WHERE, len(data), f"{_HEAD.size} bytes are the least")
        attributes, size = _HEAD.unpack_from(data)
        end = nul_offset(data, _HEAD.size)
        if end < 0:
            return cls(attributes, decode_units(data[_HEAD.size :]), b""), DecodeError(_WHERE, _HEAD.size, "its description has no NUL")
        description = decode_units(data[_HEAD.size : end])
        begin = end + len(_NUL)
        option = cls(attributes, description, bytes(data[begin : begin + size]), bytes(data[begin + size :]))
        if begin + size > len(data):
            return option, DecodeError(_WHERE, 4, f"its device paths claim {size} bytes, and {len(data) - begin} follow the description")
        return option, None

    def encode(self) -> bytes:
        """Its bytes.

        Raises:
            ValueError: The description holds a NUL, or a member does not fit.
        """
        if "\0" in self.description:
            raise ValueError(f"the description {self.description!r} holds a NUL, which ends it")
        head = packed(_HEAD, self.attributes, len(self.path_list))
        return head + encode_char16(self.description) + self.path_list + self.optional_data

    @property
    def paths(self) -> tuple[DevicePath, ...]:
        """All its device paths.

        Raises:
            DecodeError: One is cut short, or has no end.
        """
        paths, offset = [], 0
        while offset < len(self.path_list):
            path, offset = DevicePath.decode_at(self.path_list, offset)
            paths.append(path)
        return tuple(paths)

    @property
    def path(self) -> DevicePath:
        """The path of what is started; what stands behind it does not matter.

        Raises:
            DecodeError: There is none, or it is cut short.
        """
        return DevicePath.decode_at(self.path_list, 0)[0]

    @property
    def is_active(self) -> bool:
        """Whether firmware tries it by itself."""
        return bool(self.attributes & ACTIVE)

    @property
    def problem(self) -> str | None:
        """Why firmware cannot use it, as a sentence; None when it can."""
        return load_option_problem(self.encode())

    @property
    def arguments(self) -> str | None:
        """The optional data where they are text, without a NUL at the end; None where they are none."""
        return arguments_in(self.optional_data)[0]

    @property
    def is_hidden(self) -> bool:
        """Whether firmware does not show it in its menu."""
        return bool(self.attributes & HIDDEN)

    @property
    def forces_reconnect(self) -> bool:
        """Of a driver: whether firmware connects all drivers anew after the last one is loaded."""
        return bool(self.attributes & FORCE_RECONNECT)

    @property
    def category(self) -> int:
        """0 to boot, 1 a program that firmware does not try by itself, 2..=31 reserved; it counts for boot entries only."""
        return (self.attributes & CATEGORY) >> _CATEGORY_SHIFT

    def with_attributes(
        self, *, active: bool | None = None, hidden: bool | None = None, force_reconnect: bool | None = None, category: int | None = None
    ) -> Self:
        """The same with other bits; what is None stays, and so do bits without a name.

        Raises:
            ValueError: The category is none.
        """
        attributes = self.attributes
        for bit, on in ((ACTIVE, active), (HIDDEN, hidden), (FORCE_RECONNECT, force_reconnect)):
            if on is not None:
                attributes = attributes | bit if on else attributes & ~bit
        if category is not None:
            if not 0 <= category <= CATEGORY >> _CATEGORY_SHIFT:
                raise ValueError(f"{category} is no category: they are 0 (boot), 1 (app), and up to {CATEGORY >> _CATEGORY_SHIFT}")
            attributes = attributes & ~CATEGORY | category << _CATEGORY_SHIFT
        return self._replace(attributes=attributes)

    def with_path(self, path: DevicePath) -> Self:
        """The same with another first path; further ones stay, unless the old first one is cut short: nobody knows where they begin."""
        try:
            end = DevicePath.decode_at(self.path_list, 0)[1]
        except DecodeError:
            end = len(self.path_list)
        return self._replace(path_list=path.encode() + self.path_list[end:])

    def with_arguments(self, text: str, encoding: str = "utf-16") -> Self:
        """The same with other arguments: ``utf-16`` with a NUL, as Linux' EFI stub takes them, or ``ascii`` without one.

        Raises:
            ValueError: The encoding is another, or the text does not fit it.
        """
        return self._replace(optional_data=arguments_as(text, encoding))

    def as_json(self) -> dict[str, Any]:
        """Its members, what its bits mean, its paths, and why they cannot be read where they cannot."""
        text, encoding = arguments_in(self.optional_data)
        shown: dict[str, Any] = {
            "description": self.description,
            "attributes": self.attributes,
            "active": self.is_active,
            "hidden": self.is_hidden,
            "force_reconnect": self.forces_reconnect,
            "category": self.category,
            "optional_data": self.optional_data.hex(),
            "optional_text": text,
            "optional_encoding": encoding,
        }
        try:
            return shown | {"paths": [path.as_json() for path in self.paths], "problem": self.problem}
        except DecodeError as error:
            return shown | {"paths": None, "path_list": self.path_list.hex(), "problem": str(error)}


def arguments_in(data: bytes) -> tuple[str | None, str | None]:
    """The text that bytes are, without a NUL at the end, and its encoding, ``ascii`` or ``utf-16``; two None where they are no text.

    Two bytes of anything are a character of some script: without a NUL at its end, UTF-16 has a character of ASCII.
    """
    narrow = data.removesuffix(b"\0")
    if narrow and all(0x20 <= byte < 0x7F for byte in narrow):  # noqa: PLR2004 - ASCII that has a shape
        return narrow.decode("ascii"), "ascii"
    if not data or len(data) % 2:
        return ("", "utf-16") if not data else (None, None)
    whole = decode_units(data)
    wide = whole.removesuffix("\0")
    is_text = wide.isprintable() and (wide != whole or any(map(str.isascii, wide)))
    return (wide, "utf-16") if is_text else (None, None)


def arguments_as(text: str, encoding: str) -> bytes:
    """The bytes of arguments.

    Raises:
        ValueError: The encoding is unknown, or the text does not fit it.
    """
    if encoding == "utf-16":
        return encode_units(text) + _NUL if text else b""
    if encoding != "ascii":
        raise ValueError(f"arguments are utf-16 or ascii, not {encoding}")
    try:
        return text.encode("ascii")
    except UnicodeEncodeError:
        raise ValueError(f"{text!r} is not ASCII: take utf-16") from None
