"""Which variable is read how, and that nothing that is read loses anything or raises anything but a DecodeError."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.errors import DecodeError
from efirt.payloads.codecs import CODECS, SHIM, SYSTEMD_BOOT, Codec, codec_of, decoded, shown
from efirt.payloads.esrt import Esrt
from efirt.values.guid import ZERO, Guid
from efirt.values.guid_names import GLOBAL, HARDWARE_ERROR, LINUX_CRASH, NAMES
from efirt.values.key import Key
from efirt.values.known import KNOWN

OTHERS = (Codec("crash-dump", "pstore:Dump"), Codec("capsule", "capsule:Capsule"))
DISTINCT = sorted({codec.where: codec for codec in (*CODECS.values(), *OTHERS)}.items())
DATA = st.one_of(
    st.binary(max_size=80),
    st.text(max_size=20).map(lambda text: text.encode("utf-16-le", "replace")),
    st.binary(min_size=100, max_size=300),
)
# Nothing says what is in these.
NOT_READ = {"CryptoIndications", "CryptoIndicationsSupported", "CryptoIndicationsActivated"}


@pytest.mark.parametrize("codec", [codec for _, codec in DISTINCT], ids=[where for where, _ in DISTINCT])
@given(DATA)
def test_any_bytes_decode_without_loss_or_raise_a_decode_error(codec: Codec, data: bytes) -> None:
    try:
        payload = codec.decode(data)
    except DecodeError:
        return
    assert payload.encode() == data
    json.dumps(codec.outline(payload))


@pytest.mark.parametrize(("name", "guid"), CODECS)
def test_every_row_names_a_codec_that_is_there(name: str, guid: Guid) -> None:
    codec = codec_of(Key(name.replace("####", "00AF"), guid))
    assert codec is CODECS[name, guid]
    try:
        codec.decode(b"")
    except DecodeError as error:
        assert error.where  # noqa: PT017 - that it is raised at all is no must


def test_what_the_specification_knows_is_read() -> None:
    unread = [name for name, known in KNOWN.items() if codec_of(Key(name.replace("####", "0000"), known.guid)) is None]
    assert set(unread) == NOT_READ


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        (Key("Boot00AF", GLOBAL), "load-option"),
        (Key("Boot00af", GLOBAL), None),
        (Key("Boot00AF0", GLOBAL), None),
        (Key("Boot####", GLOBAL), None),
        (Key("BootOrder", GLOBAL), "order"),
        (Key("BootOrder", ZERO), None),
        (Key("Key0001", GLOBAL), "key-option"),
        (Key("HwErrRec0001", HARDWARE_ERROR), "hardware-error"),
        (Key("MokListRT", SHIM), "signatures"),
        (Key("MokListRT12", SHIM), "signatures"),
        (Key("MokListTrustedRT", SHIM), "number"),
        (Key("LoaderInfo", SYSTEMD_BOOT), "text"),
        (Key("dump-type0-1-1-1700000000-C", LINUX_CRASH), "crash-dump"),
        (Key("dump-type0-1-1-1700000000-C", GLOBAL), None),
    ],
)
def test_a_name_and_a_guid_say_what_a_variable_holds(key: Key, kind: str | None) -> None:
    codec = codec_of(key)
    assert (codec.kind if codec else None) == kind


def test_a_value_that_can_be_read_is_shown() -> None:
    assert shown(Key("BootOrder", GLOBAL), b"\1\0\0\0") == {
        "kind": "order",
        "size": 4,
        "value": [1, 0],
        "problem": None,
        "offset": None,
        "hex": "01000000",
    }
    assert decoded(Key("Timeout", GLOBAL), b"\5\0").value == 5
    assert decoded(Key("Unknown", GLOBAL), b"") is None


def test_a_value_that_cannot_be_read_says_why_and_raises_nothing() -> None:
    assert shown(Key("BootOrder", GLOBAL), b"\1\0\0") == {
        "kind": "order",
        "size": 3,
        "value": None,
        "problem": "order, at byte 2: an order list has 2 bytes an entry, and this has 3",
        "offset": 2,
        "hex": "010000",
    }


def test_a_value_nobody_knows_is_shown_by_its_bytes() -> None:
    assert shown(Key("X", ZERO), b"\1") == {"kind": None, "size": 1, "value": None, "problem": None, "offset": None, "hex": "01"}


@given(st.sampled_from(sorted(CODECS)), st.binary(max_size=60))
def test_showing_never_raises_and_is_json(row: tuple[str, Guid], data: bytes) -> None:
    name, guid = row
    record = shown(Key(name.replace("####", "0001"), guid), data)
    assert bytes.fromhex(record["hex"]) == data
    json.dumps(record)


def test_a_crash_dump_shows_what_its_name_says() -> None:
    value = shown(Key("dump-type0-2-1-1700000000-D", LINUX_CRASH), b"<6>[1.0] hello\n")["value"]
    assert value["text"] == "<6>[1.0] hello\n"
    assert value["name"] == {"kind": 0, "part": 2, "crash_count": 1, "time_seconds": 1700000000, "is_compressed": False}
    assert shown(Key("dump-typeX", LINUX_CRASH), b"")["value"]["name"] is None


def test_signatures_are_shown_with_their_owners() -> None:
    data = bytes.fromhex("2616c4c14c509240aca941f936934328") + b"\x4c\0\0\0\0\0\0\0\x30\0\0\0" + ZERO.raw + b"\xab" * 32
    assert shown(Key("MokListX", SHIM), data)["value"] == [
        {"kind": "sha256", "header": "", "signatures": [{"owner": str(ZERO), "data": "ab" * 32}]}
    ]


def test_the_namespaces_that_are_read_have_names() -> None:
    assert {guid for _, guid in CODECS} - set(NAMES) - {Guid.parse("39b68c46-f7fb-441b-b6ec-16b0f69821f3")} == set()


@given(st.binary(max_size=120))
def test_any_bytes_are_an_esrt_without_loss_or_raise_a_decode_error(data: bytes) -> None:
    try:
        table = Esrt.decode(data)
    except DecodeError:
        return
    assert table.encode() == data
