"""What firmware demands of variables it knows by name."""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from efirt.firmware import DEFAULT, PROFILES
from efirt.firmware.known import AUTHENTICATION, CLOCK_POLICY, DRIVER, SPECIFIED, KnownNames
from efirt.firmware.paths import END, file, load_option, node, pci_root
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.values.status import Status
from tests.firmware.machine import VENDOR, Machine, well_known, write
from tests.firmware.signing import digests

NAMESPACES = {
    "global": "8be4df61-93ca-11d2-aa0d-00e098032b8c",
    "security": "d719b2cb-3d3a-4596-a3bc-dad00e67656f",
    "error": "414e6bdd-e47b-47cc-b244-bb61020cf516",
    "enable": "f0a30bc7-af08-4556-99c4-001009c93a44",
    "custom": "c076ec0c-7028-4399-a072-71ee5c448b9f",
    "vendor": "9073e4e0-60ec-4b6e-9903-4c223c260f3c",
    "certificates": "d9bee56e-75dc-49d9-b4d7-b534210f637a",
    "flag": "04b37fe8-f6ae-480b-bdd5-37d98c5e89aa",
    "clock": "378d7b65-8da9-4773-b6e4-a47826a833e1",
}
TABLE = """
    LangCodes global 0x06 1 - locked ascii
    PlatformLangCodes global 0x06 1 - locked ascii
    ConInDev global 0x06 4 - open path
    ConOutDev global 0x06 4 - open path
    ErrOutDev global 0x06 4 - open path
    BootCurrent global 0x06 2 2 open any
    BootOptionSupport global 0x06 4 4 locked any
    OsIndicationsSupported global 0x06 8 8 locked any
    PlatformRecovery0001 global 0x06 6 - open option
    SetupMode global 0x06 1 1 closed any
    SecureBoot global 0x06 1 1 closed any
    VendorKeys global 0x06 1 1 closed any
    SignatureSupport global 0x06 16 - closed guids
    PKDefault global 0x06 1 - closed any
    KEKDefault global 0x06 1 - closed any
    dbDefault global 0x06 1 - closed any
    dbxDefault global 0x06 1 - closed any
    dbtDefault global 0x06 1 - closed any
    Lang global 0x07 1 - open ascii
    PlatformLang global 0x07 1 - open ascii
    Timeout global 0x07 2 2 open any
    ConIn global 0x07 4 - open path
    ConOut global 0x07 4 - open path
    ErrOut global 0x07 4 - open path
    BootOrder global 0x07 2 - open numbers
    DriverOrder global 0x07 2 - open numbers
    SysPrepOrder global 0x07 2 - open numbers
    BootNext global 0x07 2 2 open any
    HwErrRecSupport global 0x07 2 2 locked any
    OsIndications global 0x07 8 8 open any
    BootFFFF global 0x07 6 - open option
    DriverABCD global 0x07 6 - open option
    SysPrep0009 global 0x07 6 - open option
    Key0005 global 0x07 10 22 open key
    PK global 0x27 1 - signed any
    KEK global 0x27 1 - signed any
    db security 0x27 1 - signed any
    dbx security 0x27 1 - signed any
    dbt security 0x27 1 - signed any
    HwErrRec0000 error 0x0f 1 - error any
    SecureBootEnable enable 0x03 1 1 open any
    CustomMode custom 0x03 1 1 open any
    VendorKeysNv vendor 0x23 1 1 closed any
    certdb certificates 0x27 4 - closed any
    certdbv certificates 0x26 4 - closed any
    VarErrorFlag flag 0x07 1 1 closed any
"""
PATH = pci_root() + END
GOOD: dict[str, Callable[[int], bytes]] = {
    "any": bytes,
    "ascii": lambda _size: b"en\0",
    "path": lambda _size: PATH,
    "option": lambda _size: load_option(1, "x", PATH),
    "numbers": lambda _size: bytes(4),
    "guids": lambda _size: bytes(32),
    "key": lambda _size: bytes(14),
}
BAD = {
    "ascii": b"en",
    "path": PATH[:-1],
    "option": load_option(1, "x", PATH)[:-1],
    "numbers": bytes(3),
    "key": bytes(13),
}
ANSWERS = {
    "open": Status.SUCCESS,
    "locked": Status.WRITE_PROTECTED,
    "closed": Status.WRITE_PROTECTED,
    "signed": Status.SUCCESS,  # nobody owns the platform
    "error": Status.INVALID_PARAMETER,
}


class Row(NamedTuple):
    key: Key
    attributes: int
    smallest: int
    largest: int | None
    kind: str
    content: str

    @property
    def good(self) -> bytes:
        value = GOOD[self.content](self.smallest)
        return bytes(16) + (24).to_bytes(4, "little") + bytes(20) + digests(1) if self.attributes & 0x20 else value


def parse(line: str) -> Row:
    name, namespace, attributes, smallest, largest, kind, content = line.split()
    key = Key(name, Guid.parse(NAMESPACES[namespace]))
    return Row(key, int(attributes, 16), int(smallest), None if largest == "-" else int(largest), kind, content)


ROWS = [parse(line) for line in TABLE.strip().splitlines()]
IDS = [row.key.name for row in ROWS]
WRITABLE = [row for row in ROWS if row.kind == "open"]


def pattern(name: str) -> str:
    rows = {row.name for row in SPECIFIED}
    return name if name in rows or name[:-4] + "####" not in rows else name[:-4] + "####"


def test_the_table_has_these_variables_and_no_others() -> None:
    expected = {
        (pattern(row.key.name), row.key.guid): (row.attributes, row.smallest, row.largest or 1 << 64, row.kind == "closed") for row in ROWS
    }
    found = {
        (row.name, row.guid): (row.attributes, row.smallest, row.largest, row.read_only) for row in SPECIFIED + DRIVER + AUTHENTICATION
    }
    assert found == expected


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_a_good_value_is_answered_by_its_kind(row: Row) -> None:
    answer = Status.SECURITY_VIOLATION if row.key.name == "PK" else ANSWERS[row.kind]  # that signs itself
    assert Machine(runtime=False).status(write(row.key, row.attributes, row.good)) == answer


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_without_its_row_a_variable_is_answered_differently(row: Row) -> None:
    rest = [known for known in SPECIFIED + DRIVER + AUTHENTICATION if (known.name, known.guid) != (pattern(row.key.name), row.key.guid)]
    without = DEFAULT._replace(known=KnownNames(rest))
    values = [row.good, bytes(2), b""]
    answers = [
        [Machine(profile, runtime=False).status(write(row.key, row.attributes, value)) for value in values]
        for profile in (DEFAULT, without)
    ]
    if row.kind == "error":
        attributes = DEFAULT.limits._replace(hardware_error_storage=0x1000)
        profiles = (DEFAULT._replace(limits=attributes), without._replace(limits=attributes))
        answers = [[Machine(profile).status(write(row.key, row.attributes, b"x"))] for profile in profiles]
    assert answers[0] != answers[1]


@pytest.mark.parametrize("row", WRITABLE, ids=[row.key.name for row in WRITABLE])
def test_other_attributes_are_refused(row: Row) -> None:
    machine = Machine(runtime=False)
    for attributes in {0x02, 0x03, 0x06, 0x07} - {row.attributes}:
        assert machine.status(write(row.key, attributes, row.good)) == Status.INVALID_PARAMETER


@pytest.mark.parametrize("row", WRITABLE, ids=[row.key.name for row in WRITABLE])
def test_a_value_outside_the_bounds_is_refused(row: Row) -> None:
    machine = Machine(runtime=False)
    sizes = [row.smallest - 1] if row.smallest > 1 else []
    for size in [*sizes, *([row.largest + 1] if row.largest else [])]:
        assert machine.status(write(row.key, row.attributes, bytes(size))) == Status.INVALID_PARAMETER


@pytest.mark.parametrize("row", [row for row in WRITABLE if row.content in BAD], ids=lambda row: row.key.name)
def test_a_malformed_value_is_refused(row: Row) -> None:
    machine = Machine(runtime=False)
    before = machine.data(row.key)
    assert machine.status(write(row.key, row.attributes, BAD[row.content])) == Status.INVALID_PARAMETER
    assert machine.data(row.key) == before


@pytest.mark.parametrize("name", ["Boot00ab", "Boot001", "Boot00001", "Boot000G", "boot0001", "Boot", "0001", "####"])
def test_a_number_has_four_upper_case_digits(name: str) -> None:
    assert Machine().status(write(well_known(name), 7, load_option(1, "x", PATH))) == Status.INVALID_PARAMETER


@pytest.mark.parametrize("name", ["AuditMode", "DeployedMode", "devAuthBoot", "OsRecoveryOrder", "OsRecovery0000", "CryptoIndications"])
def test_newer_names_of_the_specification_are_unknown(name: str) -> None:
    machine = Machine(runtime=False)
    for attributes in (6, 7):
        assert machine.status(write(well_known(name), attributes, b"\0")) == Status.INVALID_PARAMETER


def test_a_deletion_passes_the_checks_of_attributes_size_and_name() -> None:
    machine = Machine()
    assert machine.status(write(well_known("Unknown"), 7, b"")) == Status.NOT_FOUND
    assert machine.status(write(well_known("Unknown"), 0, b"value")) == Status.NOT_FOUND
    assert machine.status(write(well_known("Timeout"), 7, b"")) == Status.SUCCESS
    assert machine.status(write(well_known("BootOrder"), 0, bytes(3))) == Status.SUCCESS


def test_the_same_names_elsewhere_are_free() -> None:
    assert Machine().status(write("Timeout", 7, bytes(9))) == Status.SUCCESS


@pytest.mark.parametrize("key", sorted(DEFAULT.locked), ids=lambda key: key.name)
def test_a_locked_variable_is_neither_written_nor_deleted(key: Key) -> None:
    known = DEFAULT.known.find(key)
    attributes, value = (7, b"\1") if known is None else (known.attributes, b"x\0" * (known.smallest // 2 or 1))
    machine = Machine(runtime=False)
    for op in (write(key, attributes, value), write(key, attributes, b""), write(key, 0, b"")):
        assert machine.status(op) == Status.WRITE_PROTECTED


def test_these_are_locked() -> None:
    assert sorted(key.name for key in DEFAULT.locked) == [
        "BootOptionSupport",
        "HwErrRecSupport",
        "LangCodes",
        "MemoryOverwriteRequestControl",
        "MemoryOverwriteRequestControlLock",
        "OsIndicationsSupported",
        "PlatformLangCodes",
    ]


def test_newer_firmware_knows_the_clocks_variables() -> None:
    zone = Key("RTC", Guid.parse(NAMESPACES["clock"]))
    answers = [Machine(PROFILES[name]).status(write(zone, 7, bytes(5))) for name in ("ovmf-2022.11", "ovmf-2025.02", "edk2")]
    assert answers == [Status.SUCCESS, Status.SUCCESS, Status.INVALID_PARAMETER]
    assert [(row.name, row.attributes, row.smallest, row.largest) for row in CLOCK_POLICY] == [("RTC", 7, 4, 4), ("RTCALARM", 7, 16, 16)]


OPTION_HEAD = b"\1\0\0\0"
LOAD_OPTIONS = [
    (load_option(1, "x", PATH), True),
    (load_option(1, "", PATH), True),
    (load_option(1, "x", PATH, b"optional"), True),
    (load_option(1, "x", file("a") + END), True),
    (OPTION_HEAD + b"\0\0x\0\0\0", False),
    (OPTION_HEAD + b"\0\0", False),
    (OPTION_HEAD + b"\4\0" + b"x\0y\0", False),
    (OPTION_HEAD + b"\3\0\0\0" + END, False),
    (OPTION_HEAD + b"\xff\xff\0\0" + PATH, False),
    (load_option(1, "x", PATH[:-4]), False),
    (load_option(1, "x", node(1, 1)[:2] + b"\3\0" + END), False),
    (load_option(1, "x", node(1, 1)[:2] + b"\xff\0" + END), False),
    (load_option(1, "x", b"\x7f\xff\5\0\0"), False),
]


@pytest.mark.parametrize(("value", "good"), LOAD_OPTIONS)
def test_a_load_option_is_looked_at_to_its_end_node(value: bytes, good: bool) -> None:
    status = Machine().status(write(well_known("Boot0007"), 7, value))
    assert status == (Status.SUCCESS if good else Status.INVALID_PARAMETER)


def test_a_vendor_namespace_takes_any_name() -> None:
    assert Machine().status(write(Key("Boot####", VENDOR), 7, b"anything")) == Status.SUCCESS
