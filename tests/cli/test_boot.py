"""`boot`: a menu is listed whatever is in it, and each verb writes what it says."""

from pathlib import Path

import pytest

from efirt.cli.options import OF_BOOT
from efirt.payloads.load_option import LoadOption
from efirt.runtime.services import Runtime
from tests.cli.conftest import Cli
from tests.cli.fakes import Kept, over, simulated
from tests.disks.machines import PARTITION, Machine, disk, sata
from tests.views.menus import order

HD = rf"HD(1,GPT,{PARTITION.upper()},0x800,0x1000)/\EFI\new.efi"
IDENTITY = ("--partition-guid", PARTITION, "--partition", "1", "--start", "0x800", "--size", "4096", "--loader", "EFI/new.efi")


@pytest.fixture
def args_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file to take arguments from, in the directory we are in."""
    (tmp_path / "args.bin").write_bytes(b"\1\2\3")
    monkeypatch.chdir(tmp_path)


def data(firmware: Kept, name: str) -> bytes:
    return Runtime(firmware).get(name).data


def numbers(firmware: Kept) -> bytes:
    return data(firmware, "BootOrder")


def test_a_program_is_added_by_its_partition_s_identity(same: Cli, machine: Kept) -> None:
    result = same("boot", "add", "--label", "new", *IDENTITY, "--args", "quiet splash")
    assert result.out.splitlines() == [
        f'+ Boot0003  active  new  {HD}  "quiet splash"',
        "- BootOrder  0001,0002,0000",
        "+ BootOrder  0003,0001,0002,0000",
    ]
    assert (result.status, result.err) == (0, "")
    option = LoadOption.decode(data(machine, "Boot0003"))
    assert (option.description, str(option.path), option.optional_data) == ("new", HD, "quiet splash\0".encode("utf-16-le"))
    assert numbers(machine) == order(3, 1, 2, 0)


def test_what_is_added_is_a_list_of_writes_for_programs(same: Cli, machine: Kept) -> None:
    told = same("boot", "add", "--label", "new", *IDENTITY, "--json").json
    assert (told["number"], told["dry_run"]) == (3, False)
    assert [(write["name"], write["action"]) for write in told["writes"]] == [("Boot0003", "create"), ("BootOrder", "change")]
    assert (told["writes"][1]["before"], told["writes"][1]["after"]) == ("010002000000", "0300010002000000")
    assert told["writes"][0]["before"] is None
    assert bytes.fromhex(told["writes"][0]["after"]) == data(machine, "Boot0003")


def test_a_dry_run_shows_the_difference_and_writes_nothing(same: Cli, machine: Kept) -> None:
    before = {key: Runtime(machine).get(key) for key in Runtime(machine).names()}
    for words in (
        ("add", "--label", "new", *IDENTITY),
        ("edit", "1", "--label", "new"),
        ("remove", "2"),
        ("order", "2,1"),
        ("next", "2"),
        ("inactive", "2"),
        ("timeout", "9"),
        ("fw-setup",),
        ("dedupe", "--remove"),
    ):
        result = same("boot", *words, "--dry-run")
        assert result.status == 0, result.err
        assert result.out.endswith("nothing was written\n" if words[0] != "dedupe" else "nothing to change\n")
    assert {key: Runtime(machine).get(key) for key in Runtime(machine).names()} == before
    assert same("boot", "next", "2", "--dry-run", "--json").json["dry_run"] is True


@pytest.mark.parametrize(
    ("words", "numbers_"),
    [(("--at", "2"), (1, 3, 2, 0)), (("--at", "last"), (1, 2, 0, 3)), (("--at", "none"), (1, 2, 0)), (("--at", "99"), (1, 2, 0, 3))],
)
def test_an_entry_stands_where_it_is_told_to(same: Cli, machine: Kept, words: tuple[str, ...], numbers_: tuple[int, ...]) -> None:
    assert same("boot", "add", "--label", "new", *IDENTITY, *words).status == 0
    assert numbers(machine) == order(*numbers_)


def test_a_number_and_states_can_be_chosen(same: Cli, machine: Kept) -> None:
    same("boot", "add", "--label", "new", *IDENTITY, "--number", "00aB", "--inactive", "--hidden", "--at", "none")
    assert data(machine, "Boot00AB")[:4] == b"\x08\0\0\0"


def test_drivers_are_added_to_their_own_order(same: Cli, machine: Kept) -> None:
    assert same("boot", "add", "--kind", "driver", "--label", "d", *IDENTITY).status == 0
    assert data(machine, "DriverOrder") == order(0)
    assert same("boot", "remove", "--kind", "driver", "Driver0000").status == 0
    assert same("boot", "list", "--kind", "driver").out == "there are no driver entries\n"


@pytest.mark.parametrize(
    ("words", "value"),
    [
        (("--args", "é"), b"\xe9\0\0\0"),
        (("--args-ascii", "quiet"), b"quiet"),
        (("--args-hex", "00:ff"), b"\0\xff"),
        (("--args-file", "args.bin"), b"\1\2\3"),
        ((), b""),
    ],
)
@pytest.mark.usefixtures("args_file")
def test_arguments_are_text_of_either_kind_or_bytes(same: Cli, machine: Kept, words: tuple[str, ...], value: bytes) -> None:
    assert same("boot", "add", "--label", "new", *IDENTITY, *words).status == 0
    assert LoadOption.decode(data(machine, "Boot0003")).optional_data == value


def test_a_disk_in_a_file_names_the_partition(same: Cli, machine: Kept, tmp_path: Path) -> None:
    image = disk("gpt512", tmp_path / "disk.img")
    assert same("boot", "add", "--label", "new", "--disk", str(image), "--loader", "EFI/new.efi").status == 0
    assert str(LoadOption.decode(data(machine, "Boot0003")).path) == HD
    disk("mbr", image)
    assert same("boot", "edit", "3", "--disk", str(image), "--partition", "1", "--loader", "x.efi").status == 0
    assert str(LoadOption.decode(data(machine, "Boot0003")).path) == r"HD(1,MBR,0xDEADBEEF,0x800,0x1000)/\x.efi"


def test_a_path_is_read_as_either_program_writes_it(same: Cli, machine: Kept) -> None:
    assert same("boot", "add", "--label", "a", "--path", HD, "--mbr-signature", "1").status == 2
    assert same("boot", "add", "--label", "a", "--path", HD).status == 0
    efivar = rf"HD(1,GPT,{PARTITION},0x800,0x1000)/File(\EFI\new.efi)"
    assert same("boot", "add", "--label", "b", "--efivar", "--path", efivar).status == 0
    assert LoadOption.decode(data(machine, "Boot0003")).path_list == LoadOption.decode(data(machine, "Boot0004")).path_list
    same("boot", "edit", "3", "--path", "NVMe(0x1,00-01-02-03-04-05-06-07)")
    same("boot", "edit", "4", "--efivar", "--path", "NVMe(0x1,07-06-05-04-03-02-01-00)")
    assert LoadOption.decode(data(machine, "Boot0003")).path_list == LoadOption.decode(data(machine, "Boot0004")).path_list


SHIM = "/boot/efi/EFI/debian/shimx64.efi"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine with a disk, in the place of this one."""
    disks = sata(tmp_path / "machine")
    monkeypatch.setattr("efirt.disks.loader.System", lambda: disks)
    return disks


@pytest.mark.parametrize("words", [("--file", SHIM), ("--disk", "/dev/sda1", "--loader", "EFI/debian/shimx64.efi")])
@pytest.mark.usefixtures("here")
def test_a_program_of_this_machine_is_added_by_its_partition_or_by_its_place(same: Cli, machine: Kept, words: tuple[str, ...]) -> None:
    short = HD.replace("new.efi", r"debian\shimx64.efi")
    assert same("boot", "add", "--label", "short", *words).err == ""
    assert str(LoadOption.decode(data(machine, "Boot0003")).path) == short
    assert same("boot", "add", "--label", "full", *words, "--full").status == 0
    assert str(LoadOption.decode(data(machine, "Boot0004")).path) == f"PciRoot(0x0)/Pci(0x1F,0x2)/Sata(0x2,0xFFFF,0x0)/{short}"


def test_a_file_system_that_firmware_may_not_read_is_a_note(same: Cli, here: Machine) -> None:
    here.file("/vmlinuz", "8:2")
    for words in (("add", "--label", "x"), ("edit", "1")):
        assert "firmware that is not made for it reads FAT only" in same("boot", *words, "--file", "/vmlinuz").err


def test_the_identity_of_an_mbr_is_its_signature(same: Cli, machine: Kept) -> None:
    words = ("--mbr-signature", "0xdeadbeef", "--partition", "1", "--start", "2048", "--size", "4096", "--loader", r"\EFI\new.efi")
    assert same("boot", "add", "--label", "new", *words).status == 0
    assert str(LoadOption.decode(data(machine, "Boot0003")).path) == r"HD(1,MBR,0xDEADBEEF,0x800,0x1000)/\EFI\new.efi"


def without(option: str) -> tuple[str, ...]:
    at = IDENTITY.index(option)
    return (*IDENTITY[:at], *IDENTITY[at + 2 :])


def changed(option: str, value: str) -> tuple[str, ...]:
    return (*without(option), option, value)


@pytest.mark.parametrize(
    ("words", "word"),
    [
        ((), "needs a name"),
        (("--label", "x"), "an entry starts something"),
        (("--label", "x", "--loader", "a"), "--loader stands beside --disk"),
        (("--label", "x", "--full", "--path", HD), "--full stands beside --file or --disk; leave it out"),
        (("--label", "x", "--efivar", *IDENTITY), "--efivar stands beside --path; leave it out"),
        (("--label", "x", "--disk", "/dev/sda"), "--loader is missing"),
        (("--label", "x", *without("--start")), "--start is missing"),
        (("--label", "x", *without("--size")), "--size is missing"),
        (("--label", "x", *without("--partition")), "--partition is missing"),
        (("--label", "x", *without("--loader")), "--loader is missing"),
        (("--label", "x", *IDENTITY[:-4], "--size", "many", "--loader", "a"), "--size: 'many' is not a number"),
        (("--label", "x", *IDENTITY, "--at", "0"), "no place in the order"),
        (("--label", "x", *IDENTITY, "--at", "-1"), ""),
        (("--label", "x", *IDENTITY, "--number", "12345"), "000A"),
        (("--label", "x", *IDENTITY, "--number", "1"), "0001 already"),
        (("--label", "x", *IDENTITY, "--args-hex", "0"), "--args-hex '0' is not bytes"),
        (("--label", "x", *IDENTITY, "--args-file", "none.bin"), "cannot be read"),
        (("--label", "x", *IDENTITY, "--args", "\udcff"), "no character"),
        (("--label", "\udcff", *IDENTITY), "no character"),
        (("--label", "x", *IDENTITY, "--args-ascii", "é"), "not ASCII; take --args"),
        (("--label", "x", *changed("--partition", "0")), "--partition 0: partition 0 is the whole disk"),
        (("--label", "x", *changed("--partition", "99999999999")), "the partition_number of a node HardDrive is 99999999999"),
        (("--label", "x", *changed("--size", "0x0")), "--size 0x0: a partition of no blocks"),
        (("--label", "x", "--mbr-signature", "0", *IDENTITY[2:]), "--mbr-signature 0: a disk without a signature has 0"),
        (("--label", "x", "--mbr-signature", "0x1deadbeef", *IDENTITY[2:]), "the signature of an MBR has 32 bits"),
        (("--label", "x", "--path", "HD(1,MBR,0x1deadbeef,0x800,0x1)"), "the signature of an MBR has 32 bits"),
        (("--label", "x", "--path", "PciRott(0x0)"), "no node is called PciRott"),
        (("--label", "x", "--file", "/none"), "is no file"),
    ],
)
def test_what_makes_no_sense_is_one_error_and_writes_nothing(same: Cli, machine: Kept, words: tuple[str, ...], word: str) -> None:
    before = numbers(machine)
    result = same("boot", "add", *words)
    assert (result.status, result.out) == (2, "")
    assert word in result.err
    assert result.err.count("\n") == 1
    assert numbers(machine) == before


def test_an_entry_is_edited_and_what_is_not_named_stays(same: Cli, machine: Kept) -> None:
    result = same("boot", "edit", "1", "--label", "new", "--args", "quiet")
    assert [line[:2] for line in result.out.splitlines()] == ["- ", "+ "]
    option = LoadOption.decode(data(machine, "Boot0001"))
    assert (option.description, option.arguments, option.is_active) == ("new", "quiet", True)
    same("boot", "edit", "1", "--path", HD)
    changed = LoadOption.decode(data(machine, "Boot0001"))
    assert (changed.description, changed.arguments, str(changed.path)) == ("new", "quiet", HD)
    same("boot", "edit", "1", "--args", "")
    assert LoadOption.decode(data(machine, "Boot0001")).optional_data == b""


def test_an_edit_without_anything_to_change_makes_no_sense(efirt: Cli) -> None:
    result = efirt("boot", "edit", "1")
    assert (result.status, result.out) == (2, "")
    assert "nothing is to be changed" in result.err


def test_entries_are_removed_with_blanks_or_commas_between_them(same: Cli, machine: Kept) -> None:
    result = same("boot", "remove", "2,Boot0000")
    assert result.status == 0
    assert numbers(machine) == order(1)
    assert same("boot", "list", "--json").json["order"] == [1]


def test_a_guard_stands_before_a_menu_that_starts_nothing(same: Cli, machine: Kept) -> None:
    result = same("boot", "remove", "1", "2", "--json")
    assert (result.status, result.error["kind"]) == (1, "refused")
    assert numbers(machine) == order(1, 2, 0)
    assert same("boot", "remove", "1", "2", "--force").status == 0
    assert numbers(machine) == order(0)


def test_the_order_the_next_start_and_the_timeout_are_set(same: Cli, machine: Kept) -> None:
    assert same("boot", "order", "2", "--rest").out.splitlines()[1] == "+ BootOrder  0002,0001,0000"
    assert same("boot", "order", "0001,0002").status == 0
    assert numbers(machine) == order(1, 2)
    assert same("boot", "next", "2").out == "+ BootNext  0002\n"
    assert same("boot", "next", "none").out == "- BootNext  0002\n"
    assert same("boot", "timeout", "forever").out == "- Timeout  3 s\n+ Timeout  for ever\n"
    assert same("boot", "timeout", "none").out == "- Timeout  for ever\n"
    assert same("boot", "timeout", "0").out == "+ Timeout  0 s\n"


@pytest.mark.parametrize("word", ["-1", "65535", "1.5", "soon", "٣", "999999"])
def test_what_is_no_timeout_is_told(efirt: Cli, word: str) -> None:
    assert efirt("boot", "timeout", word).status == 2


def test_entries_are_switched_on_and_off(same: Cli, machine: Kept) -> None:
    assert same("boot", "inactive", "2").status == 0
    assert data(machine, "Boot0002")[0] == 0
    assert same("boot", "active", "0002").status == 0
    assert data(machine, "Boot0002")[0] == 1


def test_a_hot_key_that_goes_with_its_entry_is_told(same: Cli) -> None:
    lines = same("boot", "edit", "0", "--label", "Menu").out.splitlines()
    assert [line.split()[1] for line in lines] == ["Boot0000", "Boot0000", "Key0000", "Key0000", "Key0001", "Key0001"]
    assert lines[2].startswith("- Key0000  for 0000, CRC ")


def test_firmware_s_own_menu_is_asked_for(same: Cli, machine: Kept) -> None:
    assert same("boot", "fw-setup").out == "+ OsIndications  BOOT_TO_FW_UI\n"
    assert data(machine, "OsIndications") == b"\1" + bytes(7)
    assert "firmware's own menu comes next" in same("boot", "list").out
    assert same("boot", "fw-setup", "off").out == "- OsIndications  BOOT_TO_FW_UI\n+ OsIndications  0\n"


@pytest.mark.parametrize("words", [("fw-setup",), ("next", "1"), ("timeout", "5")])
def test_a_kind_does_not_go_with_what_is_about_boot_entries_only(same: Cli, machine: Kept, words: tuple[str, ...]) -> None:
    before = {key: Runtime(machine).get(key) for key in Runtime(machine).names()}
    result = same("boot", *words, "--kind", "driver")
    assert (result.status, result.out) == (2, "")
    assert "--kind does not go with this verb" in result.err
    assert {key: Runtime(machine).get(key) for key in Runtime(machine).names()} == before
    assert "--kind" not in same("boot", words[0], "--help").out


def test_duplicates_are_told_first_and_removed_when_that_is_wanted(same: Cli, machine: Kept) -> None:
    same("boot", "add", "--label", "same", *IDENTITY)
    same("boot", "add", "--label", "other", *IDENTITY)
    told = same("boot", "dedupe")
    assert told.out.splitlines()[0] == (
        "Boot0003, of which Boot0004 is kept: starts the same with the same data; its label is 'same', and not 'other'"
    )
    assert told.out.splitlines()[-1] == "efirt boot dedupe --remove does it, and leaves 0004,0001,0002,0000"
    assert numbers(machine) == order(4, 3, 1, 2, 0)
    record = same("boot", "dedupe", "--remove", "--json").json
    assert record["duplicates"] == [
        {"number": 3, "kept": 4, "why": "starts the same with the same data; its label is 'same', and not 'other'"}
    ]
    assert (record["dry_run"], [write["name"] for write in record["writes"]]) == (False, ["BootOrder", "Boot0003"])
    assert numbers(machine) == order(4, 1, 2, 0)
    assert same("boot", "dedupe").out == "nothing to change\n"


def test_a_failed_write_is_taken_back_and_told(same: Cli, machine: Kept) -> None:
    result = same("--faults", "write:name=BootOrder:nth=1:status=OUT_OF_RESOURCES", "boot", "add", "--label", "x", *IDENTITY)
    assert (result.status, result.out) == (1, "")
    assert "what was written before it has been taken back: Boot0003" in result.err
    assert numbers(machine) == order(1, 2, 0)
    assert same("boot", "show", "3").status == 2


def test_a_hypercall_past_the_kernel_leaves_names_stale(efirt: Cli) -> None:
    efirt.mounts.write_text("efivarfs /sys/firmware/efi/efivars efivarfs rw 0 0\n", encoding="utf-8")
    live = over(simulated("xen"))
    added = efirt("boot", "add", "--label", "x", *IDENTITY, opener=live)
    assert "lists names as of its mount" in added.err
    assert efirt("boot", "order", "1,2", opener=live).err == ""
    assert efirt("boot", "remove", "2", "--dry-run", opener=live).err == ""


def test_every_verb_behind_boot_has_help_of_its_own(efirt: Cli) -> None:
    listed = efirt("boot", "--help").out.split("verbs:\n")[1].splitlines()[: len(OF_BOOT)]
    assert [f"boot {line.split()[0]}" for line in listed] == [*OF_BOOT]
    for verb in OF_BOOT:
        assert efirt(*verb.split(), "--help").out.startswith(f"usage: efirt {verb} ")


def test_a_verb_that_is_not_there_is_told_with_those_that_are(efirt: Cli) -> None:
    result = efirt("boot", "delete")
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith("efirt: there is no verb 'boot delete'; behind boot stands one of list, show, add, edit, ")
    assert "image" not in result.err
    assert "efirt boot needs a verb" in efirt("boot").err
