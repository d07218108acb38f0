"""``certdb`` and ``certdbv``: who may write which private authenticated variable.

Source: edk2 c5aa7e7d, SecurityPkg/Library/AuthVariableLib/AuthServiceInternal.h (AUTH_CERT_DB_DATA), AuthService.c.
"""

from struct import Struct

from efirt.annotation import Final, NamedTuple, Self
from efirt.errors import DecodeError
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.wire.text import decode_units, encode_units

_WHERE: Final = "certdb"
_SIZE: Final = Struct("<I")
_NODE: Final = Struct("<16sIII")


class Binding(NamedTuple):
    """A variable and its writer.

    Attributes:
        key: The variable.
        writer: A digest of who created it; in old stores the certificates themselves.
    """

    key: Key
    writer: bytes

    def encode(self) -> bytes:
        """Its bytes.

        Raises:
            ValueError: It does not fit 32 bits.
        """
        name = encode_units(self.key.name)
        size = _NODE.size + len(name) + len(self.writer)
        if size >> 32:
            raise ValueError(f"a node of certdb has less than 4 GiB, and this has {size} bytes")
        return _NODE.pack(self.key.guid.raw, size, len(name) // 2, len(self.writer)) + name + self.writer


class CertificateDatabase(NamedTuple):
    """All of it.

    Attributes:
        bindings: In order; a key stands once.
    """

    bindings: tuple[Binding, ...] = ()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Take it apart.

        Raises:
            DecodeError: It is cut short, or a size in it disagrees with another.
        """
        if len(data) < _SIZE.size:
            raise DecodeError(_WHERE, 0, f"{len(data)} bytes are too few for its size")
        size = _SIZE.unpack_from(data)[0]
        if size != len(data):
            raise DecodeError(_WHERE, 0, f"it claims {size} bytes, and there are {len(data)}")
        bindings, offset = [], _SIZE.size
        while offset < size:
            binding, offset = _binding_at(data, offset)
            bindings.append(binding)
        return cls(tuple(bindings))

    def encode(self) -> bytes:
        """Its bytes.

        Raises:
            ValueError: It does not fit 32 bits.
        """
        nodes = b"".join(binding.encode() for binding in self.bindings)
        if len(nodes) + _SIZE.size >> 32:
            raise ValueError(f"certdb has less than 4 GiB, and this has {len(nodes)} bytes")
        return _SIZE.pack(_SIZE.size + len(nodes)) + nodes

    def writer_of(self, key: Key) -> bytes | None:
        """Who may write a variable; None where nobody is noted."""
        return next((binding.writer for binding in self.bindings if binding.key == key), None)

    def binding(self, key: Key, writer: bytes) -> Self:
        """The same with one more, at the end."""
        return self._replace(bindings=(*self.bindings, Binding(key, writer)))

    def without(self, key: Key) -> Self:
        """The same without one."""
        return self._replace(bindings=tuple(binding for binding in self.bindings if binding.key != key))


def _binding_at(data: bytes, offset: int) -> tuple[Binding, int]:
    left = len(data) - offset
    if left < _NODE.size:
        raise DecodeError(_WHERE, offset, f"{left} bytes are too few for a node's head")
    guid, size, name_count, writer_size = _NODE.unpack_from(data, offset)
    if size != _NODE.size + 2 * name_count + writer_size or size > left:
        raise DecodeError(_WHERE, offset + 16, f"a node of {size} bytes with {name_count} characters and {writer_size} bytes, {left} left")
    name_end = offset + _NODE.size + 2 * name_count
    end = offset + size
    name = decode_units(data[offset + _NODE.size : name_end])
    return Binding(Key(name, Guid(guid)), bytes(data[name_end:end])), end
