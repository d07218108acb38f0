"""Which of two signatures is later."""

from efirt.store import ZERO_TIME
from efirt.values.efi_time import EfiTime


def is_later(time: EfiTime, than: EfiTime) -> bool:
    """Whether it is later, field by field down to the second; no field is checked to make sense.

    Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, VariableCompareTimeStampInternal.
    """
    return time[:6] > than[:6]


def later(old: EfiTime, new: EfiTime) -> EfiTime:
    """The later of the two; the new one where both are equal.

    Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, UpdateVariable.
    """
    return old if is_later(old, new) else new


def later_or_none(old: EfiTime, new: EfiTime) -> EfiTime:
    """The new one where it is later, else none at all.

    Source: tianocore/edk2 issue 6897, as it was before that was mended.
    """
    return new if is_later(new, old) else ZERO_TIME
