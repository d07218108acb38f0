"""A region of variables: what stands in it, and how much room the living and the dead take.

Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/VariableParsing.c;
MdeModulePkg/Include/Guid/VariableFormat.h, HEADER_ALIGN.
"""

from efirt.annotation import Callable, Final, Iterable, NamedTuple
from efirt.firmware.bits import HR
from efirt.store import Record, Store
from efirt.values.key import Key
from efirt.wire.text import char16_size

_ALIGNMENT: Final = 4


def aligned(size: int) -> int:
    """The next multiple of four: where the next record begins."""
    return (size + _ALIGNMENT - 1) & -_ALIGNMENT


class Use(NamedTuple):
    """Room that records take, in bytes.

    Attributes:
        common: All but hardware error records.
        errors: Hardware error records.
        users: Of the common ones, those that firmware does not know by name.
    """

    common: int = 0
    errors: int = 0
    users: int = 0


class Region:
    """Variables in the order they were written, and the room they take.

    A record that is written over or deleted stays where it is, dead, until everything that lives is copied together (:meth:`compact`).

    Attributes:
        store: The living.
        used: Room of all records, the dead too; the region's header is not in it.
        half_deleted: Keys whose record was marked for a newer one that then did not fit: it still lives, and is copied last.

    Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, UpdateVariable and Reclaim;
    VariableParsing.c, GetNextVariablePtr.
    """

    __slots__ = ("_header_size", "_is_user", "half_deleted", "store", "used")

    def __init__(
        self,
        records: Iterable[Record],
        header_size: int,
        is_user: Callable[[Record], bool],
        used: int | None = None,
        half_deleted: Iterable[Key] = (),
    ) -> None:
        self._header_size = header_size
        self._is_user = is_user
        self.fill(records, used, half_deleted)

    def fill(self, records: Iterable[Record], used: int | None = None, half_deleted: Iterable[Key] = ()) -> None:
        """Hold these records and no others.

        Args:
            records: In order.
            used: Bytes of all, the dead too; as many as the living take where None is given.
            half_deleted: As the attribute.
        """
        self.store = Store(records)
        self.half_deleted = set(half_deleted)
        self.used = self.live()
        if used is not None:
            self.used = self.used._replace(common=max(used - self.used.errors, self.used.common))

    def size_of(self, record: Record) -> int:
        """Bytes of a record up to the end of its value."""
        return self._header_size + char16_size(record.key.name) + len(record.data)

    def live(self, without: Key | None = None) -> Use:
        """Room of the living, one of them left out where a key is given."""
        use = Use()
        for record in self.store:
            if record.key != without:
                use = self._with(use, record, self.size_of(record))
        return use

    def _with(self, use: Use, record: Record, size: int) -> Use:
        size = (size + _ALIGNMENT - 1) & -_ALIGNMENT
        if HR & record.attributes:
            return Use(use.common, use.errors + size, use.users)
        return Use(use.common + size, use.errors, use.users + (size if self._is_user(record) else 0))

    def write(self, record: Record, size: int | None = None) -> None:
        """Put a record at the end; the older one of its key is dead.

        Args:
            record: What to write.
            size: What :meth:`size_of` says of it, where that is known already.
        """
        self.store.append(record)
        self.used = self._with(self.used, record, self.size_of(record) if size is None else size)
        if self.half_deleted:
            self.half_deleted.discard(record.key)

    def delete(self, key: Key) -> None:
        """Mark a record dead."""
        self.store.remove(key)
        self.half_deleted.discard(key)

    def compact(self) -> None:
        """Copy the living together: those marked for a newer one go to the end."""
        for record in [record for record in self.store if record.key in self.half_deleted]:
            self.store.append(record)
        self.half_deleted.clear()
        self.used = self.live()
