"""EFI_STATUS: an open set, since firmware answers with numbers nobody has named."""

from efirt.annotation import Final, Self

_ERROR_BIT: Final = 1 << 63
_LARGEST: Final = (1 << 64) - 1

_ERRORS: Final = {
    1: "LOAD_ERROR",
    2: "INVALID_PARAMETER",
    3: "UNSUPPORTED",
    4: "BAD_BUFFER_SIZE",
    5: "BUFFER_TOO_SMALL",
    6: "NOT_READY",
    7: "DEVICE_ERROR",
    8: "WRITE_PROTECTED",
    9: "OUT_OF_RESOURCES",
    10: "VOLUME_CORRUPTED",
    11: "VOLUME_FULL",
    12: "NO_MEDIA",
    13: "MEDIA_CHANGED",
    14: "NOT_FOUND",
    15: "ACCESS_DENIED",
    16: "NO_RESPONSE",
    17: "NO_MAPPING",
    18: "TIMEOUT",
    19: "NOT_STARTED",
    20: "ALREADY_STARTED",
    21: "ABORTED",
    22: "ICMP_ERROR",
    23: "TFTP_ERROR",
    24: "PROTOCOL_ERROR",
    25: "INCOMPATIBLE_VERSION",
    26: "SECURITY_VIOLATION",
    27: "CRC_ERROR",
    28: "END_OF_MEDIA",
    31: "END_OF_FILE",
    32: "INVALID_LANGUAGE",
    33: "COMPROMISED_DATA",
    34: "IP_ADDRESS_CONFLICT",
    35: "HTTP_ERROR",
}
_WARNINGS: Final = {
    1: "WARN_UNKNOWN_GLYPH",
    2: "WARN_DELETE_FAILURE",
    3: "WARN_WRITE_FAILURE",
    4: "WARN_BUFFER_TOO_SMALL",
    5: "WARN_STALE_DATA",
    6: "WARN_FILE_SYSTEM",
    7: "WARN_RESET_REQUIRED",
}
_PLATFORM_ERRORS: Final = {0xA000_0000_0000_0001: "REQUEST_UNLOAD_IMAGE", 0xA000_0000_0000_0002: "NOT_AVAILABLE_YET"}
_NAMES: Final = {0: "SUCCESS"} | _WARNINGS | {_ERROR_BIT | number: name for number, name in _ERRORS.items()} | _PLATFORM_ERRORS
_NUMBERS: Final = {name: number for number, name in _NAMES.items()}


class Status(int):
    """What firmware answered, 64 bit: 0 success, top bit set an error, anything else a warning.

    Every named status is a class attribute (``Status.NOT_FOUND``); any other number is a Status as well.

    Source: UEFI 2.10 appendix D; for the last two, PI 1.8 volume 2, appendix A.
    """

    __slots__ = ()

    SUCCESS: "Status"
    WARN_UNKNOWN_GLYPH: "Status"
    WARN_DELETE_FAILURE: "Status"
    WARN_WRITE_FAILURE: "Status"
    WARN_BUFFER_TOO_SMALL: "Status"
    WARN_STALE_DATA: "Status"
    WARN_FILE_SYSTEM: "Status"
    WARN_RESET_REQUIRED: "Status"
    LOAD_ERROR: "Status"
    INVALID_PARAMETER: "Status"
    UNSUPPORTED: "Status"
    BAD_BUFFER_SIZE: "Status"
    BUFFER_TOO_SMALL: "Status"
    NOT_READY: "Status"
    DEVICE_ERROR: "Status"
    WRITE_PROTECTED: "Status"
    OUT_OF_RESOURCES: "Status"
    VOLUME_CORRUPTED: "Status"
    VOLUME_FULL: "Status"
    NO_MEDIA: "Status"
    MEDIA_CHANGED: "Status"
    NOT_FOUND: "Status"
    ACCESS_DENIED: "Status"
    NO_RESPONSE: "Status"
    NO_MAPPING: "Status"
    TIMEOUT: "Status"
    NOT_STARTED: "Status"
    ALREADY_STARTED: "Status"
    ABORTED: "Status"
    ICMP_ERROR: "Status"
    TFTP_ERROR: "Status"
    PROTOCOL_ERROR: "Status"
    INCOMPATIBLE_VERSION: "Status"
    SECURITY_VIOLATION: "Status"
    CRC_ERROR: "Status"
    END_OF_MEDIA: "Status"
    END_OF_FILE: "Status"
    INVALID_LANGUAGE: "Status"
    COMPROMISED_DATA: "Status"
    IP_ADDRESS_CONFLICT: "Status"
    HTTP_ERROR: "Status"
    REQUEST_UNLOAD_IMAGE: "Status"
    NOT_AVAILABLE_YET: "Status"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a name, with or without ``EFI_``, or a number of 64 bits, with or without ``EFI_STATUS``.

        Raises:
            ValueError: The text is neither.
        """
        name = text.strip().upper().removeprefix("EFI_")
        if name in _NUMBERS:
            return cls(_NUMBERS[name])
        try:
            number = int(name.removeprefix("STATUS "), 0)
        except ValueError:
            number = -1
        if not 0 <= number <= _LARGEST:
            message = f"{text!r} is not an EFI status: write a name such as EFI_NOT_FOUND, or a number of 64 bits"
            raise ValueError(message)
        return cls(number)

    @property
    def is_error(self) -> bool:
        """Whether the top bit is set."""
        return self >= _ERROR_BIT

    @property
    def is_warning(self) -> bool:
        """Whether it is neither success nor an error."""
        return 0 < self < _ERROR_BIT

    @property
    def name(self) -> str:
        """The specification's name without ``EFI_``; a hexadecimal number where it has none."""
        return _NAMES.get(int(self)) or f"0x{int(self):016x}"

    def __str__(self) -> str:
        """``EFI_NOT_FOUND``, or ``EFI_STATUS 0x...`` for a number without a name."""
        return f"EFI_{_NAMES[int(self)]}" if int(self) in _NAMES else f"EFI_STATUS {self.name}"

    def __repr__(self) -> str:
        """The expression that makes this value."""
        return f"Status.{self.name}" if int(self) in _NAMES else f"Status({self.name})"


for _number, _name in _NAMES.items():
    setattr(Status, _name, Status(_number))
