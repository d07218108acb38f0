"""Who may write private authenticated variables: edk2 keeps all of it in its variable ``certdb``, other formats with each variable.

The digest goes from one to the other as it is. edk2 and varstored make it in one way; QEMU makes it in another, so that the signer of a
variable that was carried over to QEMU, or from it, is a stranger there, until it is carried back: :func:`strangers` says so.

Source: edk2 c5aa7e7d, SecurityPkg/Library/AuthVariableLib/AuthService.c (CalculatePrivAuthVarSignChainSHADigest, InsertCertsToDb,
CleanCertsFromDb), AuthVariableLib.c (certdb's attributes); QEMU 10.0, hw/uefi/var-service-pkcs7.c (build_digest_authvar),
var-service-vars.c (uefi_vars_mm_digest_compare); xapi-project/varstored 00e2a285a7, handler.c (sha256_sig); uefivars 1.2,
pyuefivars/edk2.py (EDK2CertDB).
"""

from collections.abc import Iterable, Mapping

from efirt.annotation import Final, NamedTuple
from efirt.errors import DecodeError
from efirt.payloads.certificate_database import Binding, CertificateDatabase
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL, IMAGE_SECURITY
from efirt.values.key import Key

CERTDB: Final = Key("certdb", Guid.parse("d9bee56e-75dc-49d9-b4d7-b534210f637a"))

_ATTRIBUTES: Final = Attributes(0x27)
_KEY_DATABASES: Final = frozenset(
    (*(Key(name, GLOBAL) for name in ("PK", "KEK")), *(Key(name, IMAGE_SECURITY) for name in ("db", "dbx", "dbt", "dbr")))
)

MAKERS: Final[Mapping[str, str]] = {
    "edk2": "edk2 and varstored hash the signer's common name and the signed part of its topmost certificate",
    "QEMU": "QEMU hashes the signer's common name and the SHA-256 of its topmost certificate",
}
"""Who makes the digest how."""


class Bound(NamedTuple):
    """Variables with who may write them in another place.

    Attributes:
        records: The variables.
        lost: What could not be carried over, each thing as it is named to a person.
    """

    records: tuple[Record, ...]
    lost: tuple[str, ...] = ()


def is_private(record: Record) -> bool:
    """Whether firmware notes who may write such a variable: authenticated by time, and none of the key databases."""
    return bool(record.attributes & Attributes.AT) and record.key not in _KEY_DATABASES and record.key != CERTDB


def dissolved(records: Iterable[Record]) -> Bound:
    """``certdb`` taken apart: no such variable, and each private variable with its digest.

    An entry without its variable is lost, and so it would be at edk2's next start; what a variable says itself goes before ``certdb``.
    """
    kept = [record for record in records if record.key != CERTDB]
    noted, lost = _noted(record for record in records if record.key == CERTDB)
    bound = []
    for record in kept:
        digest = noted.pop(record.key, b"") if is_private(record) else b""
        if record.digest and digest not in {b"", record.digest}:
            lost.append(f"certdb's entry for {record.key}, which says itself who may write it")
        bound.append(record if record.digest or not digest else record._replace(digest=digest))
    lost.extend(f"certdb's entry for {key}, of which there is no private variable" for key in noted)
    return Bound(tuple(bound), tuple(lost))


def _noted(databases: Iterable[Record]) -> tuple[dict[Key, bytes], list[str]]:
    noted: dict[Key, bytes] = {}
    lost = []
    for record in databases:
        try:
            bindings = CertificateDatabase.decode(record.data).bindings
        except DecodeError as cause:
            lost.append(f"who may write private variables: {cause}")
            continue
        for key, writer in bindings:
            if noted.setdefault(key, writer) != writer:
                lost.append(f"certdb's second entry for {key}")
    return noted, lost


def gathered(records: Iterable[Record]) -> Bound:
    """``certdb`` put together: the digests of all private variables in it, and with none of them.

    It takes the place of the one that is there, else the first place, where edk2 makes an empty one before it writes any authenticated
    variable. A store without authenticated variables gets none.
    """
    records = tuple(records)
    apart = dissolved(records)
    lost = list(apart.lost)
    bindings: list[Binding] = []
    for record in apart.records:
        if record.digest and is_private(record) and record.attributes & Attributes.NV:
            bindings.append(Binding(record.key, record.digest))
        elif record.digest:
            lost.append(f"who may write {record.key}, which edk2 does not note of such a variable")
    plain = [record._replace(digest=b"") if record.digest else record for record in apart.records]
    there = [index for index, record in enumerate(records) if record.key == CERTDB]
    if there or any(record.attributes & Attributes.AT for record in records):
        place, database = (there[0], records[there[0]]) if there else (0, Record(CERTDB, _ATTRIBUTES, b""))
        plain.insert(place, database._replace(data=CertificateDatabase(tuple(bindings)).encode(), digest=b""))
    return Bound(tuple(plain), tuple(lost))


def strangers(records: Iterable[Record], source: str, target: str) -> tuple[str, ...]:
    """The variables whose signers a firmware would not know again, each with the reason; none where both make digests in one way.

    Args:
        records: Variables with their digests.
        source: Who made the digests, of :data:`MAKERS`.
        target: Who will compare them.
    """
    if source == target:
        return ()
    why = f"{MAKERS[source]}, and {MAKERS[target]}"
    return tuple(f"the signer of {record.key} cannot write it there: {why}" for record in records if record.digest)
