"""The modes of Secure Boot, and what leads from one to another.

Source: UEFI 2.10 §32.3, figure 32-4; edk2 c5aa7e7d, SecurityPkg/Library/AuthVariableLib/AuthService.c, UpdatePlatformMode.
"""

from efirt.annotation import Final, NamedTuple
from efirt.firmware.bits import ACCESS
from efirt.firmware.rule import Rule, Rules
from efirt.firmware.write import Write
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from efirt.values.status import Status

SETUP_MODE: Final = Key("SetupMode", GLOBAL)
AUDIT_MODE: Final = Key("AuditMode", GLOBAL)
DEPLOYED_MODE: Final = Key("DeployedMode", GLOBAL)
MODE_KEYS: Final = frozenset({AUDIT_MODE, DEPLOYED_MODE})


class Mode(NamedTuple):
    """A mode, as its variables tell it.

    Attributes:
        setup: SetupMode: nobody owns the platform.
        audit: AuditMode: everything runs, and is written down.
        deployed: DeployedMode: what is, stays.
    """

    setup: int
    audit: int = 0
    deployed: int = 0


SETUP: Final = Mode(1)
USER: Final = Mode(0)
AUDIT: Final = Mode(1, 1)
DEPLOYED: Final = Mode(0, 0, 1)

ENROLLED: Final = "the platform key was written"
CLEARED: Final = "the platform key was removed"
AUDITED: Final = "AuditMode was written"
DEPLOYED_NOW: Final = "DeployedMode was written"


class Transition(NamedTuple):
    """A row: what leads where.

    Attributes:
        before: The mode it leads from.
        event: What happens.
        after: The mode it leads to.
        secure_boot: What SecureBoot is from then on; None where it is left to the next boot, or to the profile.
    """

    before: Mode
    event: str
    after: Mode
    secure_boot: int | None = None


PLAIN_TRANSITIONS: Final = (
    Transition(SETUP, ENROLLED, USER),
    Transition(USER, CLEARED, SETUP),
)
"""edk2's."""

SPECIFIED_TRANSITIONS: Final = (
    Transition(SETUP, ENROLLED, USER),
    Transition(SETUP, AUDITED, AUDIT),
    Transition(USER, CLEARED, SETUP, secure_boot=0),
    Transition(USER, AUDITED, AUDIT, secure_boot=0),
    Transition(USER, DEPLOYED_NOW, DEPLOYED),
    Transition(AUDIT, ENROLLED, DEPLOYED),
    Transition(DEPLOYED, CLEARED, SETUP, secure_boot=0),
)
"""The specification's: nobody's platform has no Secure Boot, also before it boots again."""


def led(transitions: tuple[Transition, ...], mode: Mode, event: str) -> Transition:
    """The row of an event in a mode; one that leads nowhere else where there is none."""
    nowhere = Transition(mode, event, mode)
    return next((row for row in transitions if row.before == mode and row.event == event), nowhere)


def after(transitions: tuple[Transition, ...], mode: Mode, event: str) -> Mode:
    """The mode behind an event; the same where none leads on."""
    return led(transitions, mode, event).after


class ModeWrite(NamedTuple):
    """A write to AuditMode or DeployedMode.

    Attributes:
        write: What is asked.
        mode: The mode the platform is in.
    """

    write: Write
    mode: Mode


_SOURCE: Final = "UEFI 2.10 §32.3.2, §32.3.3, §32.3.4"

MODE_RULES: Final[Rules[ModeWrite]] = (
    Rule("modes change in the boot phase only", Status.WRITE_PROTECTED, lambda m: m.write.runtime, _SOURCE),
    Rule(
        "audit begins in setup or user mode",
        Status.WRITE_PROTECTED,
        lambda m: m.write.key == AUDIT_MODE and m.mode not in (SETUP, USER),
        _SOURCE,
    ),
    Rule(
        "deployment begins in user mode",
        Status.WRITE_PROTECTED,
        lambda m: m.write.key == DEPLOYED_MODE and m.mode != USER,
        _SOURCE,
    ),
    Rule(
        "a mode is not deleted",
        Status.WRITE_PROTECTED,
        lambda m: not m.write.payload or not m.write.attributes & ACCESS,
        _SOURCE,
    ),
    Rule("a mode is entered, not left, by writing it", Status.INVALID_PARAMETER, lambda m: m.write.payload != b"\x01", _SOURCE),
)
"""What writing a mode demands."""
