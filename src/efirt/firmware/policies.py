"""Variable policies: what a platform's drivers ask firmware to demand of a variable, or of all of a namespace.

Source: edk2 c5aa7e7d, MdeModulePkg/Include/Protocol/VariablePolicy.h, MdeModulePkg/Library/VariablePolicyLib/VariablePolicyLib.c.
"""

from collections.abc import Iterable

from efirt.annotation import Final, NamedTuple
from efirt.firmware.rule import Rule, Rules
from efirt.firmware.write import Write
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.values.status import Status

_SOURCE: Final = "edk2 c5aa7e7d, MdeModulePkg/Library/VariablePolicyLib/VariablePolicyLib.c, ValidateSetVariable"
_ANY: Final = 0xFFFFFFFF
_WILD: Final = "#"
_DIGITS: Final = frozenset("0123456789ABCDEFabcdef")


class State(NamedTuple):
    """When another variable locks one.

    Attributes:
        key: The other one.
        value: Its value while it locks, one byte.
    """

    key: Key
    value: int


class Policy(NamedTuple):
    """What is demanded.

    Attributes:
        guid: Of which namespace.
        name: Of which variable, each ``#`` standing for a hexadecimal digit; of all the namespace's where it is empty.
        smallest: Bytes of a value, at least.
        largest: Bytes of a value, at most.
        must_have: Attributes it has to have.
        cannot_have: Attributes it must not have.
        locks_now: Whether nobody writes it any more.
        locks_once_there: Whether nobody changes it once it is there.
        locks_by: The other variable that locks it.
    """

    guid: Guid
    name: str = ""
    smallest: int = 0
    largest: int = _ANY
    must_have: int = 0
    cannot_have: int = 0
    locks_now: bool = False
    locks_once_there: bool = False
    locks_by: State | None = None

    def wildness(self, key: Key) -> int | None:
        """How loosely it is meant for a variable, 0 being by its very name; None where it is for others."""
        if key.guid != self.guid:
            return None
        if not self.name:
            return 1 << 16
        if len(self.name) != len(key.name):
            return None
        wild = 0
        for mine, theirs in zip(self.name, key.name, strict=True):
            if mine == _WILD and theirs in _DIGITS:
                wild += 1
            elif mine != theirs:
                return None
        return wild


def policy_for(policies: Iterable[Policy], key: Key) -> Policy | None:
    """The policy that is meant for a variable most closely; None where none is.

    Source: edk2 c5aa7e7d, MdeModulePkg/Library/VariablePolicyLib/VariablePolicyLib.c, GetBestPolicyMatch.
    """
    found = [(wild, policy) for policy in policies if (wild := policy.wildness(key)) is not None]
    return min(found, key=lambda one: one[0])[1] if found else None


def _lacks_attributes(write: Write) -> bool:
    policy = write.policy
    if policy is None or write.deletes:
        return False
    return write.attributes & policy.must_have != policy.must_have or bool(write.attributes & policy.cannot_have)


def _has_other_size(write: Write) -> bool:
    policy = write.policy
    return policy is not None and not write.deletes and not policy.smallest <= len(write.payload) <= policy.largest


def _is_locked_by_state(write: Write) -> bool:
    policy = write.policy
    return policy is not None and policy.locks_by is not None and write.state == bytes([policy.locks_by.value])


POLICY_RULES: Final[Rules[Write]] = (
    Rule("a policy demands attributes", Status.INVALID_PARAMETER, _lacks_attributes, _SOURCE),
    Rule("a policy demands a size", Status.INVALID_PARAMETER, _has_other_size, _SOURCE),
    Rule(
        "what a policy locks at once stays as it is",
        Status.WRITE_PROTECTED,
        lambda w: w.policy is not None and w.policy.locks_now,
        _SOURCE,
    ),
    Rule(
        "what a policy locks once it is there stays as it is",
        Status.WRITE_PROTECTED,
        lambda w: w.policy is not None and w.policy.locks_once_there and w.existing is not None,
        _SOURCE,
    ),
    Rule("what another variable locks stays as it is", Status.WRITE_PROTECTED, _is_locked_by_state, _SOURCE),
)
"""What policies demand, in the order they are looked at."""
