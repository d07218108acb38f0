"""Variable policies: what a platform's drivers ask firmware to demand of a variable, or of all of a namespace.

Source: edk2 c5aa7e7d, MdeModulePkg/Include/Protocol/VariablePolicy.h, MdeModulePkg/Library/VariablePolicyLib/VariablePolicyLib.c.
"""

from collections.abc import Callable, Iterable, Mapping

from efirt.annotation import Final, NamedTuple
from efirt.firmware.bits import APPEND
from efirt.firmware.rule import Rule, Rules
from efirt.firmware.write import Write
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.values.status import Status

_SOURCE: Final = "edk2 c5aa7e7d, MdeModulePkg/Library/VariablePolicyLib/VariablePolicyLib.c, ValidateSetVariable"
_ANY: Final = 0xFFFFFFFF
_WILD: Final = "#"
_DIGITS: Final = frozenset("0123456789ABCDEFabcdef")
_MOST_WILD: Final = 255
_LARGEST_STATE: Final = 255
_ALL: Final = "*"


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

    @classmethod
    def parse(cls, text: str) -> "Policy":
        """Read ``NAME-GUID/DEMAND/...``, or ``*-GUID/...`` for all of a namespace.

        A demand is ``min=4``, ``max=4``, ``must=NV+RT``, ``cannot=AT``, ``lock=now``, ``lock=created``, or ``lock=NAME-GUID=1`` for as
        long as another variable has this value of one byte.

        Raises:
            ValueError: It reads otherwise.
        """
        whose, *demands = text.split("/")
        name, guid = Key.parse(whose)
        policy: Policy = cls(guid, "" if name == _ALL else name)
        for demand in demands:
            word, _, value = demand.partition("=")
            if word not in _DEMANDS:
                raise ValueError(f"{demand!r} is no demand of a policy: write {', '.join(f'{one}=' for one in _DEMANDS)}")
            policy = _DEMANDS[word](policy, value)
        return policy

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
            elif _WILD in mine or mine != theirs:
                return None
        return wild


def _locked(policy: Policy, value: str) -> Policy:
    if value in {"now", "created"}:
        return policy._replace(locks_now=value == "now", locks_once_there=value == "created")
    other, equals, state = value.rpartition("=")
    if not equals or not state.isdecimal() or int(state) > _LARGEST_STATE:
        raise ValueError(f"{value!r} is no lock of a policy: write now, created, or NAME-GUID=1")
    return policy._replace(locks_by=State(Key.parse(other), int(state)))


_DEMANDS: Final[Mapping[str, Callable[[Policy, str], Policy]]] = {
    "min": lambda policy, value: policy._replace(smallest=int(value, 0)),
    "max": lambda policy, value: policy._replace(largest=int(value, 0)),
    "must": lambda policy, value: policy._replace(must_have=Attributes.parse(value)),
    "cannot": lambda policy, value: policy._replace(cannot_have=Attributes.parse(value)),
    "lock": _locked,
}


def policy_for(policies: Iterable[Policy], key: Key) -> Policy | None:
    """The policy that is meant for a variable most closely; None where none is.

    Source: edk2 c5aa7e7d, MdeModulePkg/Library/VariablePolicyLib/VariablePolicyLib.c, GetBestPolicyMatch.
    """
    found = [(wild, policy) for policy in policies if (wild := policy.wildness(key)) is not None]
    return min(found, key=lambda one: one[0])[1] if found else None


def _deletes(write: Write) -> bool:
    """Whether policies take it for a deletion: by the value alone."""
    return not write.payload and not write.attributes & APPEND


def _lacks_attributes(write: Write) -> bool:
    policy = write.policy
    if policy is None or _deletes(write):
        return False
    return write.attributes & policy.must_have != policy.must_have or bool(write.attributes & policy.cannot_have)


def _has_other_size(write: Write) -> bool:
    policy = write.policy
    return policy is not None and not _deletes(write) and not policy.smallest <= len(write.payload) <= policy.largest


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


class PolicyBook:
    """The policies of a boot: drivers add to them until they are locked, at the latest when the platform's drivers have run.

    Args:
        policies: What the platform's own drivers have registered.
        count: Whether they are enforced.
        may_end: Whether the platform lets somebody switch them off.

    Attributes:
        policies: What is registered.
        enforced: Whether it counts.
        locked: Whether nobody changes either any more before the next boot.

    Source: edk2 c5aa7e7d, MdeModulePkg/Library/VariablePolicyLib/VariablePolicyLib.c; MdeModulePkg/Include/Protocol/VariablePolicy.h.
    """

    def __init__(self, policies: tuple[Policy, ...] = (), *, count: bool = True, may_end: bool = False) -> None:
        self.policies = policies
        self.enforced = count
        self.locked = False
        self._may_end = may_end

    def register(self, policy: Policy) -> Status:
        """Demand something more: RegisterVariablePolicy.

        Source: edk2 c5aa7e7d, MdeModulePkg/Library/VariablePolicyLib/VariablePolicyLib.c, RegisterVariablePolicy.
        """
        if self.locked:
            return Status.WRITE_PROTECTED
        if not policy.largest or policy.name.count(_WILD) > _MOST_WILD:
            return Status.INVALID_PARAMETER
        if any(other.wildness(Key(policy.name, policy.guid)) == 0 for other in self.policies):
            return Status.ALREADY_STARTED
        self.policies = (*self.policies, policy)
        return Status.SUCCESS

    def disable(self) -> Status:
        """Let none of them count until the next boot: DisableVariablePolicy.

        Source: edk2 c5aa7e7d, MdeModulePkg/Library/VariablePolicyLib/VariablePolicyLib.c, DisableVariablePolicy;
        MdeModulePkg/MdeModulePkg.dec, PcdAllowVariablePolicyEnforcementDisable.
        """
        if not self.enforced:
            return Status.ALREADY_STARTED
        if self.locked or not self._may_end:
            return Status.WRITE_PROTECTED
        self.enforced = False
        return Status.SUCCESS

    def lock(self) -> Status:
        """Let nobody change them before the next boot: LockVariablePolicy.

        Source: edk2 c5aa7e7d, MdeModulePkg/Library/VariablePolicyLib/VariablePolicyLib.c, LockVariablePolicy.
        """
        if self.locked:
            return Status.WRITE_PROTECTED
        self.locked = True
        return Status.SUCCESS
