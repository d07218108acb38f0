"""`show`, `tables` and `esrt`: what a variable and a table mean."""

from efirt.errors import NotCarried
from efirt.ops import CopyTable, GetTable, Reply
from efirt.payloads.esrt import Esrt, EsrtEntry
from efirt.runtime.facts import TABLES
from efirt.values.guid import Guid
from efirt.values.status import Status
from tests.cli.conftest import Cli
from tests.cli.fakes import OURS, answering, holding, over
from tests.views.menus import machine

CLASS = Guid.parse("12345678-1234-1234-1234-123456789abc")
ESRT = Esrt((EsrtEntry(CLASS, 1, 7, 5, 0, 8, 6), EsrtEntry(CLASS, 9, 1, 0, 1, 0, 0x1234)), 4)


def test_an_entry_is_shown_member_by_member_and_its_path_node_by_node(efirt: Cli) -> None:
    lines = efirt("show", "Boot0001").out.splitlines()
    assert lines[0].endswith("118 bytes: load-option")
    assert "description: debian" in lines
    assert "active: yes" in lines
    assert [line.strip() for line in lines if "node FilePath" in line] == [
        r"- node FilePath, type 4, subtype 4, name \EFI\debian\shimx64.efi, ending 0000"
    ]


def test_an_order_is_shown_as_numbers_of_entries(efirt: Cli) -> None:
    assert efirt("show", "BootOrder").out.splitlines()[1] == "0001,0002,0000"


def test_flags_and_lists_have_words(efirt: Cli) -> None:
    assert efirt("show", "OsIndicationsSupported").out.splitlines()[1:] == ["value: 65", "flags: BOOT_TO_FW_UI, START_PLATFORM_RECOVERY"]
    assert efirt("show", "PlatformLangCodes").out.splitlines()[1:] == ["en, fr, en-US, fr-FR"]
    assert efirt("show", "Key0000").out.splitlines()[-3:] == ["keys:", "  - scan_code 12", "problem: none"]


def test_what_cannot_be_read_is_told_with_its_bytes(efirt: Cli) -> None:
    lines = efirt("show", "BootOrder", opener=over(machine(BootOrder=b"\1\0\2"))).out.splitlines()
    assert lines[1] == "problem: order, at byte 2: an order list has 2 bytes an entry, and this has 3"
    assert lines[2].startswith("00000000  01 00 02")


def test_what_nobody_knows_is_shown_as_bytes(efirt: Cli) -> None:
    result = efirt("show", f"A-{OURS}", opener=over(holding(["A"], b"hi")))
    assert result.out.splitlines()[1] == "00000000  68 69                                             |hi|"
    assert efirt("show", f"A-{OURS}", "--json", opener=over(holding(["A"], b"hi"))).json["kind"] is None


def test_text_of_firmware_is_escaped(efirt: Cli) -> None:
    assert r"en\x1b[31m" in efirt("show", "Lang", opener=over(machine(Lang=b"en\x1b[31m\0"))).out


def test_a_variable_for_programs_has_its_kind_and_its_value(efirt: Cli) -> None:
    told = efirt("show", "Timeout", "--json").json
    assert list(told) == ["name", "guid", "attributes", "flags", "size", "kind", "value", "problem", "offset", "hex"]
    assert (told["kind"], told["value"], told["hex"]) == ("number", 3, "0300")
    odd = efirt("show", "Timeout", "--json", opener=over(machine(Timeout=b"\1"))).json
    assert (odd["value"], odd["offset"]) == (None, 1)
    assert efirt("show", "Nonesuch").status == 1


def test_a_table_that_one_road_does_not_tell_of_hides_no_other(efirt: Cli) -> None:
    def find(op: GetTable) -> Reply:
        if op.guid == TABLES["SMBIOS"]:
            raise NotCarried("GetTable of SMBIOS is not carried here")
        if op.guid == TABLES["ACPI 1.0"]:
            return Reply(Status.DEVICE_ERROR)
        return Reply(Status.SUCCESS, address=0x7F000000) if op.guid == TABLES["ESRT"] else Reply(Status.NOT_FOUND)

    def copy(op: CopyTable) -> Reply:
        if op.guid == TABLES["ESRT"]:
            return Reply(Status.SUCCESS, b"x" * 56, 56)
        raise NotCarried("CopyTable is not carried here")

    driver = answering({GetTable: find, CopyTable: copy})
    lines = efirt("tables", opener=over(driver)).out.splitlines()
    assert "ESRT              b122a263-3661-4f68-9929-78f8b0d62180  at 0x7f000000, 56 bytes" in lines
    assert "SMBIOS 3          f2fd1544-9794-4a2c-992e-e5bbcf20e394  not there" in lines
    assert lines[-2:] == [
        "unknown: ACPI 1.0: GetTable: firmware answered EFI_DEVICE_ERROR",
        "unknown: SMBIOS: GetTable of SMBIOS is not carried here",
    ]
    told = {row["name"]: row for row in efirt("tables", "--json", opener=over(driver)).json}
    assert told["ESRT"] == {
        "name": "ESRT",
        "guid": "b122a263-3661-4f68-9929-78f8b0d62180",
        "is_there": True,
        "address": 0x7F000000,
        "size": 56,
        "why": "",
    }
    assert told["SMBIOS"]["is_there"] is None


def test_what_can_be_updated_is_told_with_how_it_went(efirt: Cli) -> None:
    driver = answering({CopyTable: lambda _op: Reply(Status.SUCCESS, ESRT.encode(), 1)})
    assert efirt("esrt", opener=over(driver)).out.splitlines() == [
        f"{CLASS}  system firmware",
        "    version 7, and not below 5; capsule flags 0x0",
        "    last attempt: version 8, power: AC not connected",
        f"{CLASS}  type 9",
        "    version 1, and not below 0; capsule flags 0x1",
        "    last attempt: version 0, status 0x1234",
        "2 of at most 4 entries",
    ]
    told = efirt("esrt", "--json", opener=over(driver)).json
    assert (told["version"], told["most"]) == (1, 4)
    assert told["entries"][0]["last_attempt_status"] == "power: AC not connected"


def test_firmware_without_an_esrt_says_so(efirt: Cli) -> None:
    result = efirt("esrt", "--driver", "simulated")
    assert (result.status, result.out) == (1, "")
    assert "it has no such table" in result.err
    damaged = answering({CopyTable: lambda _op: Reply(Status.SUCCESS, b"short", 5)})
    assert "16 bytes are the least" in efirt("esrt", opener=over(damaged)).err
    assert "--driver efivarfs" in efirt("esrt", "--driver", "xen:simulated").err
    assert "--driver efivarfs" in efirt("tables", "--driver", "xen:simulated").out
    assert "CopyTable is not carried" in efirt("esrt").err
