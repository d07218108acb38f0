"""A machine for tests: its clock stands still unless it is moved."""

from efirt.firmware import DEFAULT, Firmware, Profile
from efirt.firmware.fresh import fresh_stored, made_at_boot
from efirt.firmware.verifier import Verifier
from efirt.ops import GetVariable, Op, QueryVariableInfo, Reply, SetVariable
from efirt.store import Record, Store
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from efirt.values.status import Status

VENDOR = Guid.parse("11111111-2222-3333-4444-555555555555")
NOON = 1_700_000_000
"""2023-11-14 22:13:20."""


def key(name: str, guid: Guid = VENDOR) -> Key:
    return Key(name, guid)


def well_known(name: str) -> Key:
    return Key(name, GLOBAL)


def write(name: str | Key, attributes: int, data: bytes = b"x") -> SetVariable:
    return SetVariable(name if isinstance(name, Key) else key(name), Attributes(attributes), data)


def read(name: str | Key, room: int = 1 << 20) -> GetVariable:
    return GetVariable(name if isinstance(name, Key) else key(name), room)


class Machine:
    """A firmware, and shorthands to ask it."""

    def __init__(
        self,
        profile: Profile = DEFAULT,
        *,
        runtime: bool = True,
        extra: tuple[Record, ...] = (),
        used: int | None = None,
        verifier: Verifier | None = None,
    ) -> None:
        self.seconds = NOON
        stored = (*fresh_stored(), *(record for record in extra if record.attributes & 1))
        modes = tuple(
            Record(well_known(name), Attributes(6), b"\0")
            for name in ("AuditMode", "DeployedMode")
            if profile.known.find(well_known(name)) is not None
        )
        volatile = (*made_at_boot(Store(stored)), *modes, *(record for record in extra if not record.attributes & 1))
        self.firmware = Firmware(
            profile, now=lambda: self.seconds, stored=stored, volatile=volatile, used=used, runtime=runtime, verifier=verifier
        )

    def ask(self, op: Op) -> Reply:
        return self.firmware.call(op)

    def status(self, op: Op) -> Status:
        return self.firmware.call(op).status

    def data(self, name: str | Key) -> bytes | None:
        return self.firmware.call(read(name)).data

    def left(self, attributes: int = 7) -> int:
        storage = self.firmware.call(QueryVariableInfo(Attributes(attributes))).storage
        assert storage is not None
        return storage.remaining_storage_size
