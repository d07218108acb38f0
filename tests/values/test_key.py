import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL, HARDWARE_ERROR, IMAGE_SECURITY
from efirt.values.key import Key
from efirt.values.known import KNOWN, guid_of, known

GUIDS = st.binary(min_size=16, max_size=16).map(Guid)
NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)
OTHER = "12345678-9abc-def0-1234-56789abcdef0"


@given(NAMES, GUIDS)
def test_text_comes_back(name: str, guid: Guid) -> None:
    key = Key(name, guid)
    assert Key.parse(str(key)) == key
    assert key.problem() is None


@given(st.text(max_size=60) | NAMES.map(lambda name: f"{name}-{OTHER}"))
def test_no_text_is_anything_but_parsed_or_refused(text: str) -> None:
    try:
        key = Key.parse(text)
    except ValueError:
        return
    assert text in {key.name, f"{key.name}-{OTHER}"} or text.lower().endswith(str(key.guid))
    assert key.problem() is None


@pytest.mark.parametrize(
    ("text", "name", "guid"),
    [
        ("BootOrder", "BootOrder", GLOBAL),
        ("Boot00AF", "Boot00AF", GLOBAL),
        ("db", "db", IMAGE_SECURITY),
        ("HwErrRec0001", "HwErrRec0001", HARDWARE_ERROR),
        ("Anything", "Anything", GLOBAL),
        (f"db-{OTHER}", "db", Guid.parse(OTHER)),
        (f"a-b--{OTHER.upper()}", "a-b-", Guid.parse(OTHER)),
        (f"{OTHER}-{OTHER}", OTHER, Guid.parse(OTHER)),
    ],
)
def test_a_bare_name_means_the_specification_s_namespace(text: str, name: str, guid: Guid) -> None:
    assert Key.parse(text) == Key(name, guid)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "the name is empty"),
        (OTHER, "the name is empty"),
        (f"-{OTHER}", "the name is empty"),
        (f"Boot_{OTHER}", "'_' stands before the GUID"),
        (f"Boot {OTHER}", "' ' stands before the GUID"),
        (f"Boot-{OTHER[:-1]}", "its end is not a GUID, though much like one"),
        (f"Boot-{OTHER[:-1]}x", "its end is not a GUID, though much like one"),
        ("a\0b", "the name holds a NUL"),
        ("a\ud800", "the name holds half of a surrogate pair"),
    ],
)
def test_what_does_not_name_a_variable_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=f"does not name a variable: {why}.*; write NAME or NAME-GUID"):
        Key.parse(text)


def test_a_name_firmware_gave_out_is_kept_whatever_it_holds() -> None:
    key = Key("\ud800", GLOBAL)
    assert pickle.loads(pickle.dumps(key)) == key  # noqa: S301 - pickled on the same line
    assert key.problem() is not None


def test_numbers_of_numbered_variables_are_four_upper_case_digits() -> None:
    for name in ("Boot000a", "Boot001", "Boot00001", "Boot####", "Boot", "HwErrRec000g"):
        assert known(name) is None, name
    assert known("Boot000A") == KNOWN["Boot####"]
    assert guid_of("Boot000a") == GLOBAL


# UEFI 2.10 §3.3 table 3.1, §32.3, appendix N.
@pytest.mark.parametrize(
    ("name", "attributes", "read_only"),
    [
        ("BootOrder", 7, False),
        ("BootNext", 7, False),
        ("Boot0001", 7, False),
        ("SysPrep0000", 7, False),
        ("BootCurrent", 6, False),
        ("OsIndications", 7, False),
        ("OsIndicationsSupported", 6, False),
        ("HwErrRecSupport", 7, True),
        ("PlatformRecovery0000", 6, True),
        ("OsRecoveryOrder", 0x27, False),
        ("SecureBoot", 6, True),
        ("PK", 0x27, False),
        ("dbx", 0x27, False),
        ("HwErrRec0000", 0xF, False),
    ],
)
def test_a_known_variable_has_the_attributes_of_the_specification_s_table(name: str, attributes: int, read_only: bool) -> None:
    entry = known(name)
    assert entry is not None
    assert (entry.attributes, entry.read_only) == (attributes, read_only)
