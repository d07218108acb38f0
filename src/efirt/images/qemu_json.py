"""QEMU's uefi-vars store: JSON, as QEMU itself, virt-firmware (``time``) and uefivars (``timestamp``) write it.

Source: QEMU 10.0, qapi/uefi.json, hw/uefi/var-service-json.c (uefi_vars_from_qapi, uefi_vars_to_qapi); uefivars 1.2, pyuefivars/json.py.
"""

from binascii import Error, unhexlify

from efirt.annotation import Any, Final, NamedTuple
from efirt.errors import DecodeError
from efirt.images.contents import Contents, repeated, unchanged
from efirt.images.damage import Damage
from efirt.images.json_places import offsets_of
from efirt.images.losses import Kept, lost, without_counts, written
from efirt.store import ZERO_TIME, Record
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.key import Key

NAME: Final = "qemu-json"
SIZE_LIMIT: Final = 4 << 20

_WHERE: Final = "uefi-vars JSON"
_NEWEST: Final = 2
_LIST: Final = "variables"
_ALWAYS: Final = ("guid", "name", "attr", "data")
_TIMES: Final = ("time", "timestamp")
_KNOWN: Final = frozenset((*_ALWAYS, *_TIMES, "digest"))
_TIME_SIZE: Final = 16
_ATTRIBUTES_SIZE: Final = 32
_LOOKED_AT: Final = 4096
_BEGINNINGS: Final = frozenset({b'{"', b"{}", b"[{", b"[]"})
_QUOTED: Final = 160
_DEPTH_LIMIT: Final = 32
_DIGITS_LIMIT: Final = 400


class JsonForm(NamedTuple):
    """How a store is written.

    Attributes:
        version: 2, an object; 1, an array alone.
        time_name: What the time stamp is called: ``time``, or by uefivars ``timestamp``.
        more: Members beside version and variables, as JSON; QEMU does not take a file with such.
        more_of: The same of single variables.
    """

    version: int = _NEWEST
    time_name: str = "time"
    more: str = "{}"
    more_of: tuple[tuple[Key, str], ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """The members nobody knows."""
        whole = (f"members that are not known: {self.more}",) if self.more != "{}" else ()
        return (*whole, *(f"members of {key} that are not known: {more}" for key, more in self.more_of))


def looks_like(data: bytes) -> bool:
    """Whether these bytes begin as a JSON object, or as an array of such."""
    beginning = data[:_LOOKED_AT].lstrip()
    return beginning[:1] + beginning[1:].lstrip()[:1] in _BEGINNINGS


def decode(data: bytes) -> Contents:
    """Read a store; an empty file is an empty one, as QEMU has it.

    Raises:
        DecodeError: It is no JSON, no such store, or a member is missing, twice there or nonsense.
    """
    data = bytes(data)
    if not data:
        return Contents((), beside=JsonForm(), source=data)
    whole = _parsed(data)
    entries, form = (whole, JsonForm(1, _TIMES[1])) if isinstance(whole, list) else _opened(whole)
    records: list[Record] = []
    names: list[str] = []
    more_of: list[tuple[Key, str]] = []
    for index, entry in enumerate(entries):
        try:
            records.append(_record(entry))
        except ValueError as cause:
            raise DecodeError(_WHERE, offsets_of(data, _LIST)[index], f"variable number {index}: {cause!s:.{_QUOTED}}") from None
        names.extend(name for name in _TIMES if name in entry)
        unknown = {name: value for name, value in entry.items() if name not in _KNOWN}
        if unknown:
            more_of.append((records[-1].key, _dumped(unknown)))
    form = form._replace(time_name=names[0] if names else form.time_name, more_of=tuple(more_of))
    return Contents(tuple(records), _damage(data, records), form, source=data)


def _damage(data: bytes, records: list[Record]) -> tuple[Damage, ...]:
    keys = [record.key for record in records]
    if len(set(keys)) == len(keys) and all(key.name for key in keys):
        return ()
    return repeated(zip(offsets_of(data, _LIST), keys, strict=True))


def _parsed(data: bytes) -> Any:  # noqa: ANN401 - any JSON value
    from json import JSONDecodeError, loads  # noqa: PLC0415 - 2 ms that other formats need not pay

    if len(data) > SIZE_LIMIT:
        raise DecodeError(_WHERE, SIZE_LIMIT, f"{len(data)} bytes are more than a store of variables has")
    try:
        return loads(data.decode("utf-8"), object_pairs_hook=_object, parse_int=_whole, parse_float=_finite, parse_constant=_no_constant)
    except JSONDecodeError as cause:
        offset = len(data.decode("utf-8")[: cause.pos].encode())
        raise DecodeError(_WHERE, offset, f"this is no JSON: {cause.msg}") from None
    except UnicodeDecodeError as cause:
        raise DecodeError(_WHERE, cause.start, "this is no UTF-8, which JSON is written in") from None
    except (ValueError, RecursionError) as cause:
        raise DecodeError(_WHERE, None, f"this JSON cannot be read: {cause!s:.{_QUOTED}}") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        for name, _ in pairs:  # what is taken out once is not there again
            if name not in members:
                raise ValueError(f"an object has the member {name!r} twice")
            del members[name]
    return members


def _whole(digits: str) -> int:
    if len(digits) > _DIGITS_LIMIT:
        raise ValueError(f"a number of {len(digits)} digits is too large")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if number in {float("inf"), float("-inf")}:
        raise ValueError(f"{digits:.{_QUOTED}} is too large a number")
    return number


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def _opened(whole: object) -> tuple[list[Any], JsonForm]:
    """The variables of version 2, and what stands beside them."""
    if not isinstance(whole, dict) or not isinstance(whole.get(_LIST), list):
        raise DecodeError(_WHERE, 0, 'it has no list of "variables"', "is this a uefi-vars store at all?")
    version = whole.get("version", _NEWEST)
    if type(version) is not int or not 1 <= version <= _NEWEST:
        raise DecodeError(_WHERE, 0, f"version {version!r:.{_QUOTED}} is not known, only up to {_NEWEST} is")
    more = {name: value for name, value in whole.items() if name not in {"version", _LIST}}
    return whole[_LIST], JsonForm(more=_dumped(more), version=_NEWEST)


def _record(entry: object) -> Record:
    if not isinstance(entry, dict):
        raise ValueError("it is no object")  # noqa: TRY004 - the bytes are wrong, not the program
    missing = [name for name in _ALWAYS if name not in entry]
    if missing:
        raise ValueError(f"it has no {missing[0]!r}")
    name, guid, attributes = entry["name"], entry["guid"], entry["attr"]
    if not isinstance(name, str) or not isinstance(guid, str):
        raise ValueError("its name and its GUID are strings")  # noqa: TRY004 - as above
    if type(attributes) is not int or attributes < 0 or attributes.bit_length() > _ATTRIBUTES_SIZE:
        raise ValueError(f"its attributes are a number of {_ATTRIBUTES_SIZE} bits, not {attributes!r:.{_QUOTED}}")
    key = Key(name, Guid.parse(guid))
    digest = _hexadecimal(entry, "digest") if "digest" in entry else b""
    return Record(key, Attributes(attributes), _hexadecimal(entry, "data"), _time(entry), digest=digest)


def _hexadecimal(entry: dict[str, Any], name: str) -> bytes:
    try:
        return unhexlify(entry[name])
    except (Error, TypeError, ValueError):
        raise ValueError(f"its {name!r} is not written in hexadecimal digits") from None


def _time(entry: dict[str, Any]) -> EfiTime:
    times = {_hexadecimal(entry, name) for name in _TIMES if name in entry}
    if not times:
        return ZERO_TIME
    if len(times) != 1 or len(time := times.pop()) != _TIME_SIZE:
        raise ValueError(f"its time stamp is one, of {_TIME_SIZE} bytes")
    return EfiTime.decode(time)


def _keep(record: Record) -> Kept:
    kept = without_counts(record)
    name = record.key.name
    if not name.isascii() or "\0" in name or not name:
        kept = kept.without(f"the name of {record.key}, which QEMU reads as another one: it takes ASCII only")
    return kept if record.data else kept.without(f"variable {record.key}: QEMU does not find one whose value is empty")


def cannot_say(contents: Contents) -> tuple[str, ...]:
    """What :func:`encode` leaves out, and what it writes and QEMU does not take as it is meant."""
    return lost(contents, _keep, JsonForm)


def encode(contents: Contents) -> bytes:
    """The file: the version it was read in, else version 2; time stamps and digests where there are any.

    Raises:
        ValueError: A field does not fit its width.
    """
    same = unchanged(contents, decode)
    if same is not None:
        return same
    from json import dumps, loads  # noqa: PLC0415 - as above

    form = contents.beside if isinstance(contents.beside, JsonForm) else JsonForm()
    more_of = dict(form.more_of)
    entries = [_entry(record, form) | loads(more_of.get(record.key, "{}")) for record in written(contents, _keep)]
    whole = entries if form.version == 1 else {"version": form.version, _LIST: entries} | loads(form.more)
    return dumps(whole, indent=4).encode("ascii")


def _entry(record: Record, form: JsonForm) -> dict[str, Any]:
    if int(record.attributes).bit_length() > _ATTRIBUTES_SIZE or record.attributes < 0:
        raise ValueError(f"the attributes of {record.key} do not fit {_ATTRIBUTES_SIZE} bits")
    entry = {"guid": str(record.key.guid), "name": record.key.name, "attr": int(record.attributes), "data": record.data.hex()}
    if record.timestamp != ZERO_TIME or (record.attributes & Attributes.AT and form.time_name == _TIMES[0]):
        entry[form.time_name] = record.timestamp.encode().hex()
    return entry | ({"digest": record.digest.hex()} if record.digest else {})


def _dumped(members: dict[str, Any]) -> str:
    """Members that are not known, as JSON; not too deep to be written from wherever that is asked for."""
    from json import dumps  # noqa: PLC0415 - as above

    level: list[Any] = [members]
    for _ in range(_DEPTH_LIMIT):
        parts = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
        level = [value for part in parts for value in part]
    if level:
        raise DecodeError(_WHERE, None, f"members that are not known stand deeper in one another than {_DEPTH_LIMIT} levels")
    return dumps(members)
