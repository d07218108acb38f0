"""The hook behind the memory overwrite request, on firmware that protects it: in system management mode, or in a secure partition.

Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/TcgMorLockSmm.c; TCG Platform Reset Attack Mitigation 1.10 §4, §5.
"""

from efirt.annotation import Final
from efirt.firmware.bits import BS, NV, RT
from efirt.firmware.namespaces import MEMORY_OVERWRITE, MEMORY_OVERWRITE_LOCK
from efirt.firmware.rule import Rule, Rules
from efirt.firmware.write import Write
from efirt.values.key import Key
from efirt.values.status import Status

REQUEST: Final = Key("MemoryOverwriteRequestControl", MEMORY_OVERWRITE)
LOCK: Final = Key("MemoryOverwriteRequestControlLock", MEMORY_OVERWRITE_LOCK)
KEYS: Final = frozenset({REQUEST, LOCK})

_STORED: Final = NV | BS | RT
_FLAG_SIZE: Final = 1
_KEY_SIZE: Final = 8
UNLOCKED: Final = 0
LOCKED: Final = 1
LOCKED_WITH_KEY: Final = 2

_SOURCE: Final = "edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/TcgMorLockSmm.c, SetVariableCheckHandlerMor"


class Lock:
    """Whether the request is locked, and by which key.

    Attributes:
        state: :data:`UNLOCKED`, :data:`LOCKED` or :data:`LOCKED_WITH_KEY`; what reading the lock's variable gives.
        key: Eight bytes.

    Source: as the module.
    """

    def __init__(self) -> None:
        self.state = UNLOCKED
        self.key = b""

    def turn(self, value: bytes) -> None:
        """Lock or unlock by a value that the rules let through; a wrong key is one of those."""
        if len(value) == _FLAG_SIZE:
            self.state = value[0]
        elif self.state == LOCKED_WITH_KEY:
            self.state = UNLOCKED
        else:
            self.state, self.key = LOCKED_WITH_KEY, value


class Request:
    """A write to the request or to its lock.

    Attributes:
        write: What is asked.
        lock: The lock as it is.

    Source: as the module.
    """

    __slots__ = ("lock", "write")

    def __init__(self, write: Write, lock: Lock) -> None:
        self.write = write
        self.lock = lock

    @property
    def is_lock(self) -> bool:
        """Whether it is the lock that is written."""
        return self.write.key == LOCK

    @property
    def has_wrong_key(self) -> bool:
        """Whether a lock with a key is opened with another one."""
        value = self.write.payload
        well_asked = self.write.attributes == _STORED and len(value) == _KEY_SIZE
        return self.lock.state == LOCKED_WITH_KEY and well_asked and value != self.lock.key


MEMORY_OVERWRITE_RULES: Final[Rules[Request]] = (
    Rule(
        "the request's lock is not deleted",
        Status.WRITE_PROTECTED,
        lambda r: r.is_lock and not (r.write.attributes and r.write.payload),
        _SOURCE,
    ),
    Rule(
        "the request and its lock are stored and visible",
        Status.INVALID_PARAMETER,
        lambda r: r.write.attributes != _STORED,
        _SOURCE,
    ),
    Rule(
        "the lock is a flag or a key",
        Status.INVALID_PARAMETER,
        lambda r: r.is_lock and len(r.write.payload) not in (_FLAG_SIZE, _KEY_SIZE),
        _SOURCE,
    ),
    Rule("a lock without a key stays until reset", Status.ACCESS_DENIED, lambda r: r.is_lock and r.lock.state == LOCKED, _SOURCE),
    Rule(
        "a lock with a key opens by the key",
        Status.ACCESS_DENIED,
        lambda r: r.is_lock and r.lock.state == LOCKED_WITH_KEY and r.write.payload != r.lock.key,
        _SOURCE,
    ),
    Rule(
        "the lock's flag is 0 or 1",
        Status.INVALID_PARAMETER,
        lambda r: r.is_lock and len(r.write.payload) == _FLAG_SIZE and r.write.payload[0] > LOCKED,
        _SOURCE,
    ),
    Rule("the request is one byte", Status.INVALID_PARAMETER, lambda r: not r.is_lock and len(r.write.payload) != _FLAG_SIZE, _SOURCE),
    Rule("a locked request stays as it is", Status.ACCESS_DENIED, lambda r: not r.is_lock and r.lock.state != UNLOCKED, _SOURCE),
)
"""What a write to the request or its lock demands."""
