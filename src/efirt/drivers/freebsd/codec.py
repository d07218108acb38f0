"""The clock and its alarm as FreeBSD's /dev/efi takes them; variables and tables are in :mod:`efirt.ioctl.efiio`.

Source: FreeBSD sys/dev/efidev/efidev.c, sys/sys/efiio.h.
"""

from efirt.abi import freebsd_efiio as abi
from efirt.annotation import Final
from efirt.errors import NotCarried
from efirt.ioctl.efiio import Efiio
from efirt.ioctl.request import Answer, Request
from efirt.ops.clock import GetTime, GetWakeupTime, SetTime, SetWakeupTime
from efirt.ops.reply import Reply
from efirt.values.efi_time import EfiTime
from efirt.values.status import Status

EFIIO: Final = Efiio(abi.EFIIOC_VAR_GET, abi.EFIIOC_VAR_NEXT, abi.EFIIOC_VAR_SET, abi.EFIIOC_GET_TABLE, abi.EfiVarIoc, abi.EfiGetTableIoc)
"""FreeBSD's numbers and structures."""

_NO_TIME: Final = EfiTime(time_zone=0)


def encode_get_time(_op: GetTime) -> Request:
    """Ask for the clock."""
    return Request(abi.EFIIOC_GET_TIME, bytearray(abi.EfiTm.SIZE))


def decode_get_time(answer: Answer) -> Reply:
    """What it shows; the kernel keeps the clock's capabilities to itself."""
    return Reply(Status.SUCCESS, time=EfiTime.decode(answer.argument))


def encode_set_time(op: SetTime) -> Request:
    """Set the clock to any bits: the kernel looks at none of them."""
    return Request(abi.EFIIOC_SET_TIME, bytearray(op.time.encode()))


def encode_get_wakeup(_op: GetWakeupTime) -> Request:
    """Ask for the alarm."""
    return Request(abi.EFIIOC_GET_WAKETIME, bytearray(abi.EfiWaketimeIoc.SIZE))


def decode_get_wakeup(answer: Answer) -> Reply:
    """What it is set to; on only where ACPI's alarm is on too."""
    argument = answer.argument
    time = EfiTime.decode(abi.EfiWaketimeIoc.waketime.read(argument))
    enabled, pending = (bool(field.read(argument)) for field in (abi.EfiWaketimeIoc.enabled, abi.EfiWaketimeIoc.pending))
    return Reply(Status.SUCCESS, time=time, enabled=enabled, pending=pending)


def encode_set_wakeup(op: SetWakeupTime) -> Request:
    """Set the alarm. The kernel always hands firmware a time, which firmware does not look at where the alarm is switched off.

    Raises:
        NotCarried: It is to be switched on at the time it has.
    """
    if op.enable and op.time is None:
        message = "SetWakeupTime is not carried by /dev/efi without a time: FreeBSD hands firmware one always"
        raise NotCarried(message, "name the time", operation="SetWakeupTime")
    argument = bytearray(abi.EfiWaketimeIoc.SIZE)
    abi.EfiWaketimeIoc.waketime.write(argument, (op.time or _NO_TIME).encode())
    abi.EfiWaketimeIoc.enabled.write(argument, op.enable)
    return Request(abi.EFIIOC_SET_WAKETIME, argument)
