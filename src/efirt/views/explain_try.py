"""What is tried with a variable, or could be."""

from efirt.annotation import Final, NamedTuple
from efirt.errors import DecodeError
from efirt.firmware.known import SPECIFIED, SPECIFIED_MODES, KnownNames
from efirt.ops import GetVariable, Op, SetVariable
from efirt.payloads.authentication import AuthenticatedValue
from efirt.values.attributes import Attributes
from efirt.values.key import Key
from efirt.views.explain_names import specified
from efirt.views.explain_state import STORED, State
from efirt.wire.text import char16_size

READ: Final = "read"
CREATE: Final = "create"
OVERWRITE: Final = "overwrite"
APPEND: Final = "append"
DELETE: Final = "delete"
ACTIONS: Final = (READ, CREATE, OVERWRITE, APPEND, DELETE)

CHECKED: Final = KnownNames(SPECIFIED + SPECIFIED_MODES)
"""The specification's variables with the sizes and contents that firmware looks for."""


class Try(NamedTuple):
    """What is done with a variable.

    Attributes:
        action: Of :data:`ACTIONS`.
        key: Which.
        attributes: With which, APPEND left out.
        size: Bytes of the value that would stand there afterwards, without a descriptor.
        value: The value that is written; None where none is given, and a sensible one is meant.
        signature: The descriptor of an authenticated write; None where there is none.
        is_real: Whether it was done, rather than thought of.
    """

    action: str
    key: Key
    attributes: Attributes
    size: int = 0
    value: bytes | None = None
    signature: AuthenticatedValue | None = None
    is_real: bool = False

    @property
    def writes(self) -> bool:
        """Whether it changes something."""
        return self.action != READ

    @property
    def stores(self) -> bool:
        """Whether a value stands there afterwards."""
        return self.action in {CREATE, OVERWRITE, APPEND}

    @property
    def needs(self) -> int:
        """Bytes of name and value together."""
        return char16_size(self.key.name) + self.size


def thought_of(action: str, state: State) -> Try:
    """Something sensible of its kind: the attributes the variable has or should have, a value of the usual size."""
    entry, there = specified(state.key), state.variable
    attributes = there.attributes if there else entry.attributes if entry else STORED
    checked = CHECKED.find(state.key)
    smallest = checked.smallest if checked else 1
    present = len(there.data) if there else 0
    sizes = {CREATE: smallest, OVERWRITE: max(present, smallest), APPEND: present + smallest}
    return Try(action, state.key, attributes, sizes.get(action, 0))


def tried(op: Op, state: State) -> Try | None:
    """What an operation tried; None where it is about no single variable."""
    if isinstance(op, GetVariable):
        return Try(READ, op.key, Attributes(0), is_real=True)
    if not isinstance(op, SetVariable):
        return None
    attributes = op.attributes & ~Attributes.APPEND
    value, signature = _apart(op)
    present = len(state.variable.data) if state.variable else 0
    size = len(value)
    if not attributes or (not value and not op.attributes & Attributes.APPEND):
        action, size = DELETE, 0
    elif state.is_there is False:
        action = CREATE
    elif op.attributes & Attributes.APPEND:
        action, size = APPEND, present + size
    else:
        action = OVERWRITE
    return Try(action, op.key, attributes, size, value, signature, is_real=True)


def _apart(op: SetVariable) -> tuple[bytes, AuthenticatedValue | None]:
    if not op.attributes & Attributes.AT:
        return op.data, None
    try:
        signed = AuthenticatedValue.decode(op.data)
    except DecodeError:
        return op.data, None
    return signed.value, signed
