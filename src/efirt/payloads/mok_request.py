"""What mokutil leaves for shim's MokManager beside lists of keys: a switch to turn, and who may ask for it.

Source: shim afc49558b3, MokManager.c (MokSBvar, MokDBvar, MokTMLvar), include/PasswordCrypt.h; mokutil, src/mokutil.c.
"""

from struct import Struct

from efirt.annotation import Any, Final, NamedTuple, Self
from efirt.errors import DecodeError
from efirt.wire.cursor import packed

_SWITCH: Final = Struct("<II32s")
_HASH: Final = Struct("<HQH32s128s")
_DIGEST_SIZE: Final = 32
_METHODS: Final = {0: "des", 1: "bsdi-des", 2: "md5", 3: "sha256", 4: "sha512", 5: "blowfish"}


class Switch(NamedTuple):
    """MokSB, MokDB and MokListTrustedNew: whether shim is to check signatures, to use firmware's db, or to let Linux trust MokList.

    Attributes:
        state: 0 for no.
        password_length: Characters.
        password: MokManager asks for single characters of it; CHAR16, 32 bytes.
    """

    state: int
    password_length: int
    password: bytes

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Take it apart.

        Raises:
            DecodeError: It has another size.
        """
        if len(data) != _SWITCH.size:
            raise DecodeError("MOK switch", len(data), f"it has {_SWITCH.size} bytes, not {len(data)}")
        return cls(*_SWITCH.unpack(data))

    def encode(self) -> bytes:
        """Its bytes.

        Raises:
            ValueError: A member does not fit.
        """
        return packed(_SWITCH, *self)

    def as_json(self) -> dict[str, Any]:
        """Its members without the password, which is one."""
        return {"state": self.state, "password_length": self.password_length}


class PasswordHash(NamedTuple):
    """MokPW, MokPWStore, MokAuth and their like: the hash of a password, or of a request and a password.

    Attributes:
        method: How crypt(3) hashed it; None where it is one SHA-256.
        rounds: How often.
        salt_size: Bytes of the salt that count.
        salt: 32 bytes.
        hash: 128 bytes, or the 32 of a SHA-256.
    """

    method: int | None
    rounds: int
    salt_size: int
    salt: bytes
    hash: bytes

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Take it apart.

        Raises:
            DecodeError: It has another size than either.
        """
        if len(data) == _DIGEST_SIZE:
            return cls(None, 0, 0, b"", bytes(data))
        if len(data) != _HASH.size:
            raise DecodeError("MOK password", len(data), f"it has {_HASH.size} or {_DIGEST_SIZE} bytes, not {len(data)}")
        return cls(*_HASH.unpack(data))

    def encode(self) -> bytes:
        """Its bytes.

        Raises:
            ValueError: A member does not fit.
        """
        if self.method is None:
            return self.hash
        return packed(_HASH, self.method, self.rounds, self.salt_size, self.salt, self.hash)

    def as_json(self) -> dict[str, Any]:
        """How it was made, and the salt; the hash stands among the bytes."""
        if self.method is None:
            return {"method": "sha256-once", "rounds": None, "salt": None}
        return {
            "method": _METHODS.get(self.method, f"method {self.method}"),
            "rounds": self.rounds,
            "salt": self.salt[: self.salt_size].hex(),
        }
