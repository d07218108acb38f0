"""Numbers, orders, keys and texts."""

from zlib import crc32

import pytest

from efirt.errors import DecodeError
from efirt.payloads.guid_list import GuidList
from efirt.payloads.key_option import InputKey, KeyOption
from efirt.payloads.loader_features import LOADER
from efirt.payloads.number import BOOT_TO_FIRMWARE, OS_INDICATIONS, UINT16, AnyWidth, Number
from efirt.payloads.order import Order
from efirt.payloads.sbat import SbatLevel
from efirt.payloads.text_value import Languages, NarrowText, OldLanguages, WideText, WideTexts
from efirt.values.guid import ZERO


def test_a_number_has_its_size() -> None:
    assert UINT16.decode(b"\x34\x12").as_json() == 0x1234
    with pytest.raises(DecodeError, match="it has 2 bytes, not 3"):
        UINT16.decode(bytes(3))
    with pytest.raises(ValueError, match="does not fit in 2 bytes"):
        Number(0x10000, 2).encode()


def test_bits_have_names_where_they_have_some() -> None:
    number = OS_INDICATIONS.decode(bytes.fromhex("4100000000000080"))
    assert number.flags == ("BOOT_TO_FW_UI", "START_PLATFORM_RECOVERY", "0x8000000000000000")
    assert number.as_json() == {"value": 0x8000000000000041, "flags": list(number.flags)}
    assert number.value & BOOT_TO_FIRMWARE
    assert LOADER.decode(bytes.fromhex("0d00000000000000")).flags == ("CONFIG_TIMEOUT", "ENTRY_DEFAULT", "ENTRY_ONESHOT")


def test_a_number_of_any_width_keeps_it() -> None:
    assert AnyWidth.decode(b"\1").encode() == b"\1"
    assert AnyWidth.decode(b"\1\0\0\0").encode() == b"\1\0\0\0"
    with pytest.raises(DecodeError, match="1 to 8 bytes, not 0"):
        AnyWidth.decode(b"")
    with pytest.raises(DecodeError, match="1 to 8 bytes, not 9"):
        AnyWidth.decode(bytes(9))


def test_an_order_is_read_as_far_as_it_has_whole_numbers() -> None:
    assert Order.decode(bytes.fromhex("010000000f00")).numbers == (1, 0, 15)
    with pytest.raises(DecodeError, match="2 bytes an entry"):
        Order.decode(b"\1\0\2")
    assert Order.salvage(b"\1\0\2").numbers == (1,)
    with pytest.raises(ValueError, match="16 bits"):
        Order((0x10000,)).encode()


def test_a_key_option_names_the_keys_to_be_held() -> None:
    option = b"a boot entry"
    raw = bytes.fromhex("00030040") + crc32(option).to_bytes(4, "little") + b"\5\0" + b"\x0b\0\0\0"
    key = KeyOption.decode(raw)
    assert key == KeyOption(0x40000300, crc32(option), 5, (InputKey(0x0B, 0),))
    assert key.encode() == raw
    assert key.shifts == ("shift", "control")
    assert key.matches(option)
    assert not key.matches(option + b"!")
    assert key.as_json()["keys"] == [{"scan_code": 11, "character": None}]
    assert key.as_json()["problem"] is None
    assert key._replace(keys=()).as_json()["problem"] == "it says 1 keys, and has 0"
    with pytest.raises(DecodeError, match="10 bytes and 4 for each key"):
        KeyOption.decode(raw[:-1])


def test_texts_keep_what_stands_behind_their_nul() -> None:
    assert NarrowText.decode(b"en-US\0").as_json() == "en-US"
    assert NarrowText.decode(b"en-US").encode() == b"en-US"
    assert NarrowText.decode(b"a\0b").as_json() == {"text": "a", "ending": "0062"}
    assert WideText.decode(b"a\0\0\0").as_json() == "a"
    assert WideText.decode(b"a\0\0\0b\0").as_json() == {"text": "a", "ending": "00006200"}
    assert WideTexts.decode(b"a\0\0\0b\0\0\0").as_json() == ["a", "b"]
    assert WideTexts.decode(b"a\0\0\0b\0").as_json() == {"texts": ["a"], "ending": "6200"}
    with pytest.raises(DecodeError, match="odd number of bytes"):
        WideText.decode(b"a")
    with pytest.raises(DecodeError, match="odd number of bytes"):
        WideTexts.decode(b"a")
    with pytest.raises(ValueError, match="more than a byte"):
        NarrowText("€").encode()


def test_languages_are_listed() -> None:
    assert Languages.decode(b"en;fr;en-US\0").codes == ("en", "fr", "en-US")
    assert OldLanguages.decode(b"engfra\0").codes == ("eng", "fra")


def test_guids_are_listed() -> None:
    assert GuidList.decode(ZERO.raw * 2).as_json() == [str(ZERO)] * 2
    with pytest.raises(DecodeError, match="1 bytes are no GUID"):
        GuidList.decode(bytes(17))


def test_an_sbat_level_is_a_date_and_generations() -> None:
    level = SbatLevel.decode(b"sbat,1,2024010900\nshim,4\ngrub,3\ngrub.debian,4\n")
    assert level.as_json() == {"date": "2024010900", "components": {"sbat": 1, "shim": 4, "grub": 3, "grub.debian": 4}}
    assert SbatLevel.decode(b"sbat\nx,y\n\n\0z").as_json() == {"date": None, "components": {"sbat": None, "x": "y"}}
