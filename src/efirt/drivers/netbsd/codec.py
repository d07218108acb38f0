"""What NetBSD's /dev/efi asks for beyond what :mod:`efirt.ioctl.efiio` writes: names of 4096 bytes at most where one is read.

Source: NetBSD sys/dev/efi.c (efi_ioctl_var_get, efi_ioctl_var_next), sys/sys/efiio.h.
"""

from efirt.abi import netbsd_efiio as abi
from efirt.annotation import Final
from efirt.errors import NotCarried
from efirt.ioctl.efiio import Efiio
from efirt.ops.variables import GetNextVariableName, GetVariable
from efirt.wire.text import encode_char16

EFIIO: Final = Efiio(abi.EFIIOC_VAR_GET, abi.EFIIOC_VAR_NEXT, abi.EFIIOC_VAR_SET, abi.EFIIOC_GET_TABLE, abi.EfiVarIoc, abi.EfiGetTableIoc)
"""NetBSD's numbers and structures."""

LONGEST_NAME: Final = 4096
"""Bytes of a name with its NUL, or of the room for one, when it is read."""


def check_name(op: GetVariable | GetNextVariableName) -> None:
    """Refuse a name that NetBSD would refuse with a number that means a full store.

    Raises:
        NotCarried: It, or the room for it, is larger than :data:`LONGEST_NAME`.
    """
    size = op.room if isinstance(op, GetNextVariableName) else len(encode_char16(op.key.name))
    if size > LONGEST_NAME:
        name = type(op).__name__
        raise NotCarried(f"{name} is not carried with {size} bytes for a name: NetBSD takes {LONGEST_NAME}", operation=name)
