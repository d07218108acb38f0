"""Real boot menus: what Debian's efibootmgr and efivar write, efirt shows, and the other way round; and firmware starts what efirt adds.

The same list of changes is made by efibootmgr and then by efirt, with each driver of the machine, from the same beginning: the variables
are the same byte for byte.
"""

import json
import re
import uuid
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

import efirt
import lab
from efirt.cli.main import main
from efirt.payloads.device_path.media import HardDrive
from efirt.payloads.device_path.path import DevicePath
from efirt.payloads.load_option import LoadOption
from lab import drives, kit, tools
from tests.real.machine import boot, report

pytestmark = pytest.mark.lab

GLOBAL: Final = "8be4df61-93ca-11d2-aa0d-00e098032b8c"
OURS: Final = "6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a05"
LOADER: Final = "EFI/efirt/linux.efi"
PARTITION: Final = uuid.UUID("b2c3d4e5-2222-3333-4444-555566667777")
SIGNATURE: Final = 0xA1B2C3D4
MARK: Final = "efirt.started={}"
EARLY: Final = "console=ttyS1 earlyprintk=serial,ttyS1"


class Disk(NamedTuple):
    """A disk of a machine: on which bus, with which table, and whether efibootmgr knows firmware's whole path to it."""

    bus: str
    table: str = "gpt"
    full: bool = True


class Where(NamedTuple):
    """A machine, its drivers and its disks. A PVH dom0 has none: DMA does not work there; its disk is a file of its own."""

    drivers: tuple[str, ...]
    disks: tuple[Disk, ...]
    counts: bool = False


MACHINES: Final = {
    "linux": Where(
        ("efivarfs",),
        (Disk("virtio"), Disk("nvme"), Disk("sata", "mbr"), Disk("scsi"), Disk("usb", full=False), Disk("usb-hub", full=False)),
        counts=True,
    ),
    "xen-pv": Where(("xen", "efivarfs"), (Disk("virtio"), Disk("sata", "mbr"))),
    "xen-pvh": Where(("xen", "efivarfs"), (Disk("loop", full=False),)),
}
DRIVEN: Final = [(name, driver) for name, where in MACHINES.items() for driver in where.drivers]


class Menu(NamedTuple):
    name: str
    report: dict[str, Any]
    result: lab.Result


def built() -> kit.Built:
    """What the machines consist of."""
    if why := tools.absent():
        pytest.skip(f"no machine boots here: {why}")
    try:
        return kit.build(lab.KITS[lab.MACHINES["menu"].kit])
    except lab.Missing as why:
        pytest.skip(f"no machine boots here: {why}")


def made(folder: Path, number: int, disk: Disk, kernel: Path) -> tuple[Path, drives.Partition]:
    """A disk, the first one with a kernel, which is an EFI program."""
    image = folder / f"{number}.img"
    guid = uuid.uuid5(PARTITION, str(number)) if disk.table == "gpt" else None
    part = drives.make(
        image, {LOADER: kernel} if number == 0 else {}, number=1 if number == 0 else 3, guid=guid, signature=SIGNATURE + number
    )
    return image, part


class Disks:
    """The disks of a machine, and of those that boot from them later."""

    def __init__(self, folder: Path, where: Where) -> None:
        self.made = [made(folder, number, disk, built().kernel) for number, disk in enumerate(where.disks)]
        self.where = where

    @property
    def drives(self) -> list[lab.Drive]:
        """Those that QEMU gives the machine; what is a file in the guest goes where firmware finds it, on a later start."""
        return [
            lab.Drive(image, "virtio" if disk.bus == "loop" else disk.bus)
            for disk, (image, _) in zip(self.where.disks, self.made, strict=True)
        ]


@pytest.fixture(scope="session")
def disks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Disks]:
    """The disks of each machine."""
    return {name: Disks(tmp_path_factory.mktemp(f"disks-{name}"), where) for name, where in MACHINES.items()}


class Menus(dict[str, Menu]):
    """Each machine once, when it is asked for; one that failed is not booted again."""

    def __init__(self, disks: dict[str, Disks], factory: pytest.TempPathFactory) -> None:
        super().__init__()
        self.disks = disks
        self.factory = factory
        self.failed: dict[str, BaseException] = {}

    def __missing__(self, name: str) -> Menu:
        if name in self.failed:
            raise self.failed[name]
        try:
            self[name] = ran(name, self.disks[name], self.factory.mktemp(name))
        except (AssertionError, pytest.skip.Exception, lab.BootFailed) as why:
            self.failed[name] = why
            raise
        return self[name]


@pytest.fixture(scope="module")
def menus(disks: dict[str, Disks], tmp_path_factory: pytest.TempPathFactory) -> Menus:
    """The machines."""
    return Menus(disks, tmp_path_factory)


def ran(name: str, its: Disks, out: Path) -> Menu:
    """What came of the guest's script on a machine."""
    where = MACHINES[name]
    setting: dict[str, Any] = {
        "drivers": where.drivers,
        "disks": [
            {"bus": disk.bus, "number": part.number, "full": disk.full} for disk, (_, part) in zip(where.disks, its.made, strict=True)
        ],
        "count": where.counts,
        "once": f"{EARLY} {MARK.format('once')}",
        "always": f"{EARLY} {MARK.format('always')}",
    }
    put: dict[str, Path | bytes] = {}
    is_loop = where.disks[0].bus == "loop"
    if is_loop:
        image, part = its.made[0]
        data = image.read_bytes()
        setting |= {"loop": len(data)}
        setting["disks"][0] |= {"device": "/dev/loop0"}
        put = {"/disk.start": data[: part.start * drives.BLOCK], "/disk.end": data[-drives.START * drives.BLOCK :]}
    put["/setting.json"] = json.dumps(setting).encode()
    found, result = report(name, "boot_menu.py", put, out, drives=[] if is_loop else its.drives, timeout_seconds=300)
    return Menu(name, found, result)


@pytest.fixture(params=MACHINES)
def menu(request: pytest.FixtureRequest, menus: Menus) -> Menu:
    """A machine on which all changes were made."""
    return menus[request.param]


class Driven(NamedTuple):
    """A machine, and one of its drivers."""

    menu: Menu
    driver: str

    def report(self, what: str) -> Any:
        return self.menu.report[f"{what}, {self.driver}"]


@pytest.fixture(params=DRIVEN, ids="-".join)
def driven(request: pytest.FixtureRequest, menus: Menus) -> Driven:
    """A driver of a machine on which all changes were made."""
    name, driver = request.param
    return Driven(menus[name], driver)


def test_the_same_changes_leave_the_same_bytes(driven: Driven) -> None:
    theirs, ours = driven.menu.report["by efibootmgr"]["raw"], driven.report("by efirt")["raw"]
    assert {name: ours.get(name) for name in theirs} == theirs
    assert ours.keys() == theirs.keys()


def test_each_change_left_something(menu: Menu) -> None:
    before, after = menu.report["before"], menu.report["by efibootmgr"]["raw"]
    assert {name.partition("-")[0] for name in after if before.get(name) != after[name]} >= {
        *("BootOrder", "BootNext", "Timeout", "DriverOrder", "Driver0000", "SysPrepOrder", "SysPrep0000"),
        f"Boot{menu.report['free'][0]}",
    }


def numbers(text: str) -> list[int]:
    return [int(number, 16) for number in text.split(",")]


class Listed(NamedTuple):
    """What efibootmgr -v prints."""

    facts: dict[str, str]
    entries: dict[str, tuple[bool, str]]


def listed(text: str) -> Listed:
    facts = dict(re.findall(r"^(\w+): (.*)$", text, re.MULTILINE))
    entries = {name: (mark == "*", rest) for name, mark, rest in re.findall(r"^(\w+[0-9A-F]{4})([* ]) (.*)$", text, re.MULTILINE)}
    return Listed(facts, entries)


def shown(data: bytes) -> str:
    """Bytes as efibootmgr shows them behind a path."""
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in data)


KINDS: Final = {"boot": "efibootmgr", "driver": "efibootmgr of drivers", "sysprep": "efibootmgr of programs"}


def check_same(look: dict[str, Any], driver: str) -> None:
    """What efirt lists is what efibootmgr -v prints, entry by entry."""
    for kind, name in KINDS.items():
        ours, theirs = look[driver][kind], listed(look[name])
        assert [f"{number:04X}" for number in ours["order"]] == theirs.facts[f"{ours['entries'][0]['name'][:-4]}Order"].split(",")
        assert {entry["name"]: entry["active"] for entry in ours["entries"]} == {one: active for one, (active, _) in theirs.entries.items()}
        for entry in ours["entries"]:
            data = bytes.fromhex(entry["optional_data"])
            label, _, rest = theirs.entries[entry["name"]][1].partition("\t")
            assert label == entry["label"]
            path, behind = (rest[: -len(data)], rest[-len(data) :]) if data else (rest, "")
            assert behind == shown(data)
            assert DevicePath.parse(path, efivar=True).encode().hex() == entry["path_hex"]
            assert entry["defect"] is None
    ours, theirs = look[driver]["boot"], listed(look["efibootmgr"])
    assert [ours["next"]] == numbers(theirs.facts["BootNext"])
    assert f"{ours['timeout']} seconds" == theirs.facts["Timeout"] == "9 seconds"
    assert (None if ours["current"] is None else f"{ours['current']:04X}") == theirs.facts.get("BootCurrent")


def test_efirt_shows_what_efibootmgr_wrote(driven: Driven) -> None:
    check_same(driven.menu.report["by efibootmgr"], driven.driver)


def test_efibootmgr_shows_what_efirt_wrote(driven: Driven) -> None:
    look = driven.report("by efirt")
    check_same(look, driven.driver)
    assert {name: look[name] for name in KINDS.values()} == {name: driven.menu.report["by efibootmgr"][name] for name in KINDS.values()}


def test_a_dom0_was_started_from_an_entry_and_says_so(menus: Menus) -> None:
    assert "BootCurrent" in listed(menus["xen-pv"].report["by efibootmgr"]["efibootmgr"]).facts


def dumped(text: str) -> bytes:
    """The value that efivar -p prints."""
    rows = re.findall(r"^[0-9a-f]{8}  ([0-9a-f ]{47,49}?)  ", text, re.MULTILINE)
    return bytes.fromhex("".join(rows))


def test_efivar_and_efirt_read_the_same(driven: Driven) -> None:
    for look in (driven.menu.report["by efibootmgr"], driven.report("by efirt")):
        names = {f"{one['guid']}-{one['name']}" for one in look[driven.driver]["list"]}
        assert names == {*look["efivar"]}
        for name, text in look["efivar of one"].items():
            got = look[driven.driver]["get"][name]
            assert got["data"] == dumped(text).hex() == look["raw"][f"{name}-{GLOBAL}"][8:]
            entry = next(one for one in look[driven.driver]["boot"]["entries"] if one["name"] == name)
            assert entry["label"] in json.dumps(look[driven.driver]["show"][name], ensure_ascii=False)


def test_efivar_and_efirt_read_what_the_other_one_wrote(driven: Driven) -> None:
    values = driven.report("values")
    assert values["by efivar"]["data"] == b"by efivar\0\xff".hex()
    assert values["by efivar"]["attributes"] == 7
    assert dumped(values["by efirt"]) == b"by efirt"
    assert all(word in values["by efirt"] for word in ("Non-Volatile", "Boot Service Access", "Runtime Service Access"))


def test_efibootmgr_shows_an_entry_that_efirt_edited(driven: Driven) -> None:
    _, text = listed(driven.report("edited")).entries[f"Boot{driven.menu.report['free'][0]}"]
    assert re.fullmatch(r"edited\tHD\(.*/File\(\\EFI\\efirt\\linux\.efi\)q\.u\.i\.e\.t\.\.\.", text)


@pytest.mark.parametrize("name", [name for name, driver in DRIVEN if driver == "xen"])
def test_past_efivarfs_a_new_entry_shows_after_a_remount(name: str, menus: Menus) -> None:
    found = menus[name].report
    new = f"Boot{found['free'][0]}-{GLOBAL}"
    assert new not in found["before the remount"]
    assert new in found["by efirt, xen"]["raw"]
    assert found["values, xen"]["before the remount"] is False


@pytest.mark.parametrize(("program", "given"), [("efirt", 1), ("cat", 2), ("efivar", 3)])
def test_a_variable_is_read_with_one_call_by_efirt_and_more_by_others(program: str, given: int, menus: Menus) -> None:
    """Each read(2) is two calls to firmware, also one that gives nothing."""
    calls = menus["linux"].report["calls"][program]
    assert len(calls) == given
    assert sum(calls) == len(bytes.fromhex(menus["linux"].report["before"][f"BootOrder-{GLOBAL}"]))


# Firmware starts what efirt added.


def started(mark: str, store: Path, its: Disks, out: Path) -> lab.Result:
    """A machine of these variables and disks, up to the mark."""
    return boot("menu", [MARK.format(mark)], {}, out, vars_image=store, drives=its.drives)


def check_started(mark: str, other: str, result: lab.Result) -> None:
    said = result.stdout.decode(errors="replace")
    assert re.search(rf"Command line: {re.escape(EARLY)} {re.escape(MARK.format(mark))}$", said)
    assert MARK.format(other) not in said


def test_firmware_starts_once_what_efirt_said_comes_next(menus: Menus, disks: dict[str, Disks], tmp_path: Path) -> None:
    store = menus["xen-pvh"].result.vars_image
    with efirt.open(f"image:{store}") as runtime:
        before = efirt.Boot(runtime).menu()
    assert before.next == before.order[-1]
    result = started("once", store, disks["xen-pvh"], tmp_path)
    check_started("once", "always", result)
    with efirt.open(f"image:{result.vars_image}") as runtime:
        assert efirt.Boot(runtime).menu().next is None


@pytest.fixture(scope="module")
def always(menus: Menus, disks: dict[str, Disks], tmp_path_factory: pytest.TempPathFactory) -> lab.Result:
    """The machine with all kinds of disks, started by its firmware."""
    return started("always", menus["linux"].result.snapshots["always"], disks["linux"], tmp_path_factory.mktemp("always"))


def test_firmware_starts_what_efirt_put_first(always: lab.Result) -> None:
    check_started("always", "once", always)


def test_a_whole_path_is_what_firmware_itself_calls_the_disk(menus: Menus, always: lab.Result) -> None:
    """Of what efibootmgr knows, and of what it does not: firmware adds an entry for each disk that it finds."""
    with efirt.open(f"image:{always.vars_image}") as runtime:
        theirs = {entry.path.nodes for entry in efirt.Boot(runtime).menu().entries if entry.path}
    ours = {}
    for bus, (status, out, err) in menus["linux"].report["whole"]["by efirt"].items():
        assert status == 0, err
        path = LoadOption.decode(bytes.fromhex(json.loads(out)["writes"][0]["after"])).path
        assert isinstance(path.nodes[-2], HardDrive)
        ours[bus] = path.nodes[:-2]
    assert ours.keys() == {disk.bus for disk in MACHINES["linux"].disks}
    assert {bus for bus, nodes in ours.items() if nodes not in theirs} == set(), (ours, theirs)


@pytest.mark.parametrize("bus", ["usb", "usb-hub"])
def test_of_a_usb_disk_efibootmgr_writes_no_whole_path_and_efirt_none_that_it_would_guess(bus: str, menus: Menus) -> None:
    found = menus["linux"].report["whole"]
    status, said = found["by efibootmgr"][bus]
    assert status != 0
    assert "Invalid argument" in said
    status, _, said = found["without debugfs"][bus]
    assert status != 0
    assert "mount -t debugfs" in said


@pytest.mark.parametrize("table", ["gpt", "mbr"])
def test_firmware_starts_what_efirt_added_to_an_image(table: str, tmp_path: Path) -> None:
    its = Disks(tmp_path, Where((), (Disk("virtio", table),)))
    part = its.made[0][1]
    store = tmp_path / "vars.fd"
    store.write_bytes(built().variables.read_bytes())
    where = ["--start", str(part.start), "--size", str(part.size), "--partition", str(part.number), "--loader", LOADER]
    which = ["--partition-guid", str(uuid.uuid5(PARTITION, "0"))] if table == "gpt" else ["--mbr-signature", hex(SIGNATURE)]
    arguments = ["--label", "offline", "--args", f"{EARLY} {MARK.format('offline')}"]
    assert main(["--driver", f"image:{store}", "boot", "add", *which, *where, *arguments]) == 0
    check_started("offline", "once", started("offline", store, its, tmp_path / "out"))
