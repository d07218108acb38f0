"""What comes back."""

from efirt.annotation import NamedTuple
from efirt.ops.clock import TimeCapabilities
from efirt.ops.miscellaneous import CapsuleCapabilities
from efirt.ops.tables import FirmwareFacts
from efirt.ops.variables import VariableInfo
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.key import Key
from efirt.values.status import Status


class Reply(NamedTuple):
    """The raw answer to an operation: the status and every output the road brings back, also beside an error or a warning.

    An output is None where the operation has none of its kind, or the road left it untouched.

    Attributes:
        status: Firmware's answer.
        data: A value, a name's buffer, a table.
        size: Bytes: of the data on success, needed on BUFFER_TOO_SMALL. Firmware's number, not checked.
        attributes: The variable's; 0 where firmware wrote none.
        key: The next variable's name.
        count: The monotonic count's high half.
        time: The clock, or the alarm.
        capabilities: The clock's.
        enabled: Whether the alarm is on.
        pending: Whether the alarm went off and was not acknowledged.
        storage: What QueryVariableInfo tells.
        capsule: What QueryCapsuleCapabilities tells.
        address: Where a table is.
        facts: What FirmwareInfo tells.
        os_errno: The number that a kernel gave in place of firmware's status, where several statuses share it; the status is then the
            likeliest of them.
    """

    status: Status
    data: bytes | None = None
    size: int | None = None
    attributes: Attributes | None = None
    key: Key | None = None
    count: int | None = None  # type: ignore[assignment] # UEFI's word, though tuples have a method of this name
    time: EfiTime | None = None
    capabilities: TimeCapabilities | None = None
    enabled: bool | None = None
    pending: bool | None = None
    storage: VariableInfo | None = None
    capsule: CapsuleCapabilities | None = None
    address: int | None = None
    facts: FirmwareFacts | None = None
    os_errno: int | None = None
