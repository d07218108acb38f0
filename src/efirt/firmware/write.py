"""A call of SetVariable, as the rules look at it.

Source: UEFI 2.10 §8.2.3.
"""

from efirt.annotation import TYPE_CHECKING, Final
from efirt.firmware.bits import ACCESS, APPEND, AT, AW
from efirt.values.efi_time import EfiTime
from efirt.wire.text import char16_size

if TYPE_CHECKING:
    from efirt.firmware.known import Known
    from efirt.firmware.limits import Limits
    from efirt.firmware.policies import Policy
    from efirt.store import Record
    from efirt.values.key import Key

TIME_SIZE: Final = 16
DESCRIPTOR_SIZE: Final = 40
CERTIFICATE_SIZE: Final = 24
COUNT_BASED_SIZE: Final = 560


def one_behind_the_other(old: bytes, new: bytes) -> bytes:
    """A value that something is appended to: the old bytes, then the new ones.

    Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, UpdateVariable.
    """
    return old + new


class Write:
    """What is asked, and what the answer depends on.

    Attributes:
        key: Which variable; its name has no NUL.
        attributes: Any 32 bits.
        data: All that was handed in; firmware works in the caller's buffer, so that this can change.
        certificate_size: ``dwLength`` of an authenticated write's descriptor; 0 for any other write.
        payload: The value in ``data``: what lies behind the descriptor, or all of it.
        name_size: Bytes of the name with its NUL.
        existing: What is stored under the key, visible or not.
        is_volatile: Whether that lives until reset only.
        known: What firmware knows about variables of this name.
        runtime: Whether the boot phase is over.
        limits: The platform's sizes.
        authentication: Whether authenticated variables can be written.
        checked: Whether firmware looks at names yet.
        locked: Keys that a driver of the platform has locked.
        user_present: Whether somebody stands before the machine.
        policy: What a driver of the platform demands of it.
        state: The value of the variable by which the policy locks it.

    Source: UEFI 2.10 §8.2.2 (EFI_VARIABLE_AUTHENTICATION_2); edk2 c5aa7e7d,
    MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, VariableServiceSetVariable.
    """

    __slots__ = (
        "attributes",
        "authentication",
        "certificate_size",
        "checked",
        "data",
        "existing",
        "is_volatile",
        "key",
        "known",
        "limits",
        "locked",
        "name_size",
        "payload",
        "policy",
        "runtime",
        "state",
        "user_present",
    )

    existing: "Record | None"
    is_volatile: bool
    known: "Known | None"
    runtime: bool
    limits: "Limits"
    authentication: bool
    checked: bool
    locked: "frozenset[Key]"
    user_present: bool
    policy: "Policy | None"
    state: bytes | None

    def __init__(self, key: "Key", attributes: int, data: bytes) -> None:
        self.key = key
        self.attributes = attributes
        self.data = data
        self.name_size = char16_size(key.name)
        self.certificate_size = 0
        self.payload = data
        self.policy = None
        self.state = None
        if attributes & (AT | AW):
            self.split()

    def split(self) -> None:
        """Part the descriptor from the value; nonsense leaves no value."""
        if self.attributes & AT:
            self.certificate_size = int.from_bytes(self.data[TIME_SIZE : TIME_SIZE + 4], "little")
            self.payload = self.data[TIME_SIZE + self.certificate_size :]
        else:
            self.payload = self.data[COUNT_BASED_SIZE:]

    @property
    def time(self) -> EfiTime | None:
        """When an authenticated write was signed; None for any other."""
        return EfiTime.decode(self.data[:TIME_SIZE]) if self.attributes & AT else None

    @property
    def deletes(self) -> bool:
        """Whether the name checks take it for a deletion, by the value."""
        return self.attributes == 0 or (not self.payload and not self.attributes & APPEND)

    @property
    def removes(self) -> bool:
        """Whether the store takes it for a deletion."""
        return not self.attributes & ACCESS or (not self.payload and not self.attributes & APPEND)

    @property
    def is_user(self) -> bool:
        """Whether it counts as a variable that firmware does not know, where such have a space of their own."""
        return self.checked and bool(self.limits.user_storage) and self.known is None
