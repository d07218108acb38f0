"""What efirt reads of an image, by the names in it."""

from efirt.images.edk2 import Edk2Image
from efirt.values.guid import Guid
from efirt.values.key import Key
from tests.images.flash import VENDOR


def key(name: str) -> Key:
    """A name in the vendor's namespace."""
    return Key(name, Guid(VENDOR))


def values(flash: bytes, *, strict: bool = True) -> dict[str, bytes]:
    """Every variable's value."""
    return {found.key.name: found.data for found in Edk2Image.decode(flash, strict=strict).variables}
