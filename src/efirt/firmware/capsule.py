"""The capsule services: what a virtual machine's firmware says, which is mostly no.

Source: edk2 c5aa7e7d, MdeModulePkg/Universal/CapsuleRuntimeDxe/CapsuleService.c.
"""

from collections.abc import Callable

from efirt.annotation import TYPE_CHECKING, Final, NamedTuple
from efirt.firmware.bits import BS, NV, RT
from efirt.firmware.namespaces import CAPSULE
from efirt.firmware.profiles import Profile
from efirt.firmware.rule import Rule, Rules, first_broken
from efirt.ops.miscellaneous import CapsuleCapabilities, CapsuleHeader, QueryCapsuleCapabilities, ResetType, UpdateCapsule
from efirt.ops.reply import Reply
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.values.status import Status

if TYPE_CHECKING:
    from efirt.firmware.variables import Variables

PERSIST: Final = 0x10000
POPULATE: Final = 0x20000
INITIATE_RESET: Final = 0x40000

_FMP: Final = Guid.parse("6dcbd5ed-e82d-4c44-bda1-7194199ad92a")
_LARGEST_ACROSS_RESET: Final = 0x6400000
_LARGEST_AT_ONCE: Final = 0xA00000
_HEADER_SIZE: Final = 28
_ADDRESS_SIZE: Final = 8
_STORED: Final = NV | BS | RT
_SOURCE: Final = "edk2 c5aa7e7d, MdeModulePkg/Universal/CapsuleRuntimeDxe/CapsuleService.c, UpdateCapsule"


class Offer(NamedTuple):
    """A capsule that is offered.

    Attributes:
        header: Its head.
        profile: To which firmware.
    """

    header: CapsuleHeader
    profile: Profile


CAPSULE_RULES: Final[Rules[Offer]] = (
    Rule(
        "a capsule for the system table persists",
        Status.INVALID_PARAMETER,
        lambda o: o.header.flags & (PERSIST | POPULATE) == POPULATE,
        _SOURCE,
    ),
    Rule(
        "a capsule that resets persists",
        Status.INVALID_PARAMETER,
        lambda o: o.header.flags & (PERSIST | INITIATE_RESET) == INITIATE_RESET,
        _SOURCE,
    ),
    Rule(
        "a firmware management capsule is not for the system table",
        Status.INVALID_PARAMETER,
        lambda o: o.header.guid == _FMP and bool(o.header.flags & POPULATE),
        _SOURCE,
    ),
    Rule(
        "the platform takes this kind of capsule",
        Status.UNSUPPORTED,
        lambda o: not o.header.flags & POPULATE and not o.profile.capsule_images,
        _SOURCE,
    ),
)
"""What a capsule's head demands."""


def header_of(capsule: bytes) -> CapsuleHeader:
    """The head of a capsule; what is missing of it reads as zero.

    Source: UEFI 2.10 §8.5.3 (EFI_CAPSULE_HEADER).
    """
    data = capsule[:_HEADER_SIZE].ljust(_HEADER_SIZE, b"\0")
    header_size, flags, image_size = (int.from_bytes(data[at : at + 4], "little") for at in (16, 20, 24))
    return CapsuleHeader(Guid(data[:16]), header_size, flags, image_size)


def refusal(headers: tuple[CapsuleHeader, ...], profile: Profile) -> Status | None:
    """Why these heads are not taken; None when they are."""
    if not headers:
        return Status.INVALID_PARAMETER
    for header in headers:
        status = first_broken(CAPSULE_RULES, Offer(header, profile))
        if status is not None:
            return status
    return None


def capabilities(headers: tuple[CapsuleHeader, ...], profile: Profile) -> CapsuleCapabilities | Status:
    """What is taken, or why nothing is."""
    status = refusal(headers, profile)
    if status is not None:
        return status
    if not any(header.flags & PERSIST for header in headers):
        return CapsuleCapabilities(_LARGEST_AT_ONCE, ResetType.COLD)
    if not profile.capsule_reset:
        return Status.UNSUPPORTED
    return CapsuleCapabilities(_LARGEST_ACROSS_RESET, ResetType.WARM)


def _pending(number: int) -> Key:
    """The variable that notes where a capsule for the next boot lies."""
    return Key(f"CapsuleUpdateData{number or ''}", CAPSULE)


class Capsules:
    """The capsule services.

    Args:
        variables: The services around them.
        reset: Starts the machine again.

    Source: edk2 c5aa7e7d, MdeModulePkg/Universal/CapsuleRuntimeDxe/CapsuleService.c.
    """

    def __init__(self, variables: "Variables", reset: Callable[[], None]) -> None:
        self._variables = variables
        self._restart = reset
        self._noted = 0

    def query(self, op: QueryCapsuleCapabilities) -> Reply:
        """QueryCapsuleCapabilities."""
        answer = capabilities(op.headers, self._variables.profile)
        return Reply(Status.SUCCESS, capsule=answer) if isinstance(answer, CapsuleCapabilities) else Reply(answer)

    def update(self, op: UpdateCapsule) -> Reply:
        """UpdateCapsule: take them, as far as the platform does."""
        headers = tuple(map(header_of, op.capsules))
        status = refusal(headers, self._variables.profile)
        if status is not None:
            return Reply(status)
        if not all(header.flags & PERSIST for header in headers) and self._variables.runtime:
            return Reply(Status.OUT_OF_RESOURCES)
        if not any(header.flags & PERSIST for header in headers):
            return Reply(Status.SUCCESS)
        if not op.scatter_gather_list:
            return Reply(Status.INVALID_PARAMETER)
        if not self._variables.profile.capsule_reset:
            return Reply(Status.UNSUPPORTED)
        status = self._variables.set(_pending(self._noted), _STORED, op.scatter_gather_list.to_bytes(_ADDRESS_SIZE, "little"))
        if not status.is_error:
            self._noted += 1
            if any(header.flags & INITIATE_RESET for header in headers):
                self._restart()
        return Reply(status)

    def forget(self) -> None:
        """Forget at boot which capsules were noted for it, and count from none again.

        The count is in memory alone. The variables are removed by the library that processes capsules, which a firmware that takes none
        has not.

        Source: edk2 c5aa7e7d, MdeModulePkg/Library/DxeCapsuleLibFmp/DxeCapsuleReportLib.c, InitCapsuleUpdateVariable;
        MdeModulePkg/Universal/CapsuleRuntimeDxe/CapsuleService.c, mTimes.
        """
        self._noted = 0
        number = 0
        while self._variables.profile.capsule_images and self._variables.find(_pending(number)) is not None:
            self._variables.set(_pending(number), _STORED, b"")
            number += 1
