"""What became of each authenticated write, by the rule that decided it.

Real firmware gives a status and no reason. Where the model gives the same status, the reason is the model's: the row that was broken last.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from efirt import Status
from efirt.firmware import Firmware, Profile
from efirt.firmware.policies import POLICY_RULES
from efirt.firmware.rule import Rule
from efirt.firmware.store_rules import IMAGE_DATABASES, SECURE_BOOT_KEYS
from efirt.ops import Op, Reply, SetVariable
from efirt.payloads.authentication import AuthenticatedValue
from efirt.testing.explained import Answer

AUTHENTICATED: Final = 0x20
APPEND: Final = 0x40

Broken = tuple[str, str]
"""A table of the profile and the sentence of one of its rows."""

_SIGNERS: Final = "the signature is the signer's, over this write"
REFUSALS: Final[dict[str, frozenset[Broken]]] = {
    "the descriptor is cut short or says a wrong length": frozenset({("write_rules", "an authenticated write begins with its descriptor")}),
    "the time is more than a date": frozenset({("signature_rules", "a signature's time is a date and a time of day alone")}),
    "the time is not later": frozenset({("signature_rules", "a signature is later than the one before")}),
    "the certificate's type is wrong": frozenset({("signature_rules", "a signature is PKCS#7")}),
    "the digest or the form is not taken": frozenset(
        {("signature_rules", "a signature is in a form, and by a digest, that firmware takes")}
    ),
    "the signer is not the platform key": frozenset({("platform_rules", "the signer is the platform key itself, not one that it issued")}),
    "the platform key did not sign this": frozenset({("platform_rules", _SIGNERS)}),
    "there is no KEK": frozenset({("exchange_rules", "there are key exchange keys")}),
    "no KEK signed this": frozenset({("exchange_rules", "one of them, or one it issued, signed this write")}),
    "another one created the private variable": frozenset(
        {("private_rules", "who is noted as a private variable's creator writes it, with the same digest")}
    ),
    "the private variable's signature does not verify": frozenset({("private_rules", _SIGNERS)}),
    "the first platform key does not sign itself": frozenset({("self_rules", "a platform key is signed by itself")}),
    "the value is no list of keys": frozenset(
        ("list_rules", sentence)
        for sentence in (
            "keys come in signature lists",
            "the kinds of signature lists are known",
            "an entry has the size of its kind",
            "the first certificate of a list has a key for RSA",
            "there is one platform key",
        )
    ),
    "what is to be deleted is not there": frozenset({("create_rules", "what is not there cannot be deleted")}),
    "what would be created is volatile or hidden": frozenset(
        {("create_rules", "only what is stored and visible is created after the boot phase")}
    ),
    "nothing is appended to what is not there": frozenset({("create_rules", "appending nothing creates nothing")}),
    "the store is full": frozenset({("space_rules", "stored variables fit their space")}),
}
"""Outcomes that a row decides, in the order of the checks."""

ACCEPTED: Final = (
    "the first platform key signs itself",
    "keys are taken unsigned while nobody owns the platform",
    "the platform key signs PK or KEK",
    "the platform key signs db, dbx or dbt",
    "a KEK signs db, dbx or dbt",
    "a private variable is created",
    "a private variable is changed by its creator",
    "a private variable is appended to by its creator",
    "a private variable is removed by a user who is there, whatever the signature",
)
UNNOTED: Final = "certdb takes no note of the creator"
OUTCOMES: Final = (*REFUSALS, *ACCEPTED, UNNOTED)
"""Every outcome of an authenticated write that OVMF has for an operating system, from the descriptor to the store.

Not among them: a signature that is not asked for because variable policies are switched off, which only boot-time code can do; and a
private variable's signed deletion, since to OVMF a user is always there, which comes first.
"""


class Watched(NamedTuple):
    """A profile whose rows tell when they are broken.

    Attributes:
        profile: The profile.
        broken: Rows broken since this was last cleared.
    """

    profile: Profile
    broken: list[Broken]


def watched(profile: Profile) -> Watched:
    """The same firmware, telling which rows it breaks."""
    broken: list[Broken] = []

    def watch(table: str, rule: Rule[Any]) -> Rule[Any]:
        def is_broken(asked: Any) -> bool:
            found = rule.broken(asked)
            if found:
                broken.append((table, rule.sentence))
            return found

        return rule if rule in POLICY_RULES else rule._replace(broken=is_broken)

    tables: dict[str, Any] = {name: tuple(watch(name, rule) for rule in rules) for name, rules in profile.tables.items()}
    return Watched(profile._replace(**tables), broken)


def is_authenticated(op: Op) -> bool:
    """Whether an operation is an authenticated write."""
    return isinstance(op, SetVariable) and bool(op.attributes & AUTHENTICATED)


class Before(NamedTuple):
    """What an outcome also depends on.

    Attributes:
        is_owned: Whether there is a platform key.
        exists: Whether the variable is there.
    """

    is_owned: bool
    exists: bool

    @classmethod
    def of(cls, firmware: Firmware, op: Op) -> "Before":
        """As it is now."""
        exists = isinstance(op, SetVariable) and firmware.variables.find(op.key) is not None
        return cls(not firmware.variables.secure_boot.mode.setup, exists)


def _accepted(op: SetVariable, before: Before, broken: Sequence[Broken]) -> str:
    if op.key not in SECURE_BOOT_KEYS:
        if not AuthenticatedValue.decode(op.data).value and not op.attributes & APPEND:
            return ACCEPTED[8]
        return ACCEPTED[5] if not before.exists else ACCEPTED[7] if op.attributes & APPEND else ACCEPTED[6]
    if not before.is_owned:
        return ACCEPTED[0] if op.key.name == "PK" else ACCEPTED[1]
    if op.key not in IMAGE_DATABASES:
        return ACCEPTED[2]
    return ACCEPTED[4] if broken else ACCEPTED[3]


def outcome(op: Op, answer: Answer, before: Before, broken: Sequence[Broken]) -> str | None:
    """What became of an authenticated write; None for any other operation.

    Args:
        op: The operation.
        answer: What it got, on both sides.
        before: How things stood.
        broken: The rows it broke on the model, in order.
    """
    if not isinstance(op, SetVariable) or not is_authenticated(op) or not isinstance(answer, Reply):
        return None
    last = broken[-1] if broken else None
    for name, rows in REFUSALS.items():
        if last in rows and (answer.status != Status.SUCCESS or last[0] == "create_rules"):
            return name
    if answer.status == Status.SUCCESS:
        return _accepted(op, before, broken)
    return UNNOTED if last is None else f"(other) {last[1]}"
