"""Several processes that write at once, and what killed ones have left: nothing is mixed up, and nobody waits for the dead."""

import fcntl
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import efirt as package
from efirt.drivers.image.beside import file_beside, folder_beside
from efirt.drivers.image.folder import create_folder, read_folder
from efirt.drivers.image.replacing import write_new
from efirt.errors import DriverError
from efirt.values.key import Key
from tests.drivers.image.images import OURS, A, efirt, environment, opened, values, written

WRITERS = 5
ROUNDS = 30

START = """
import json, sys
from efirt.errors import DriverError
path, number, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
"""

IN_A_DIRECTORY = """
from efirt.drivers.image.driver import open_driver
from efirt.ops import SetVariable
from efirt.values.attributes import Attributes
from efirt.values.key import Key
driver = open_driver(path)
for one in range(rounds):
    key = Key.parse(f"V{number}x{one}-12345678-1234-1234-1234-123456789abc")
    driver.call(SetVariable(key, Attributes(7), f"value of {number}x{one}".encode()))
print(json.dumps([]))
"""

OF_THE_SAME_NAMES = """
from efirt.drivers.image.folder import create_folder
from efirt.drivers.image.replacing import write_new
made, told = [], []
for one in range(rounds):
    for name, make in (
        (f"file{one}", lambda name: write_new(name, [b"%d" % number * 20000])),
        (f"folder{one}", lambda name: create_folder(name, [(f"F{part}", b"%d" % number * 2000) for part in range(5)])),
    ):
        try:
            make(f"{path}/{name}")
            made.append(name)
        except DriverError as cause:
            told.append(cause.message)
print(json.dumps([made, told]))
"""

OF_A_MACHINE = """
import efirt
made = []
for one in range(rounds):
    with efirt.open(f"simulated:{path}/{one}.fd") as machine:
        made.append(len([*machine.variables()]))
print(json.dumps(made))
"""


def together(code: str, path: Path, rounds: int = ROUNDS) -> list[Any]:
    """Run a script in several processes that begin at the same moment; what each tells."""
    words = [sys.executable, "-c", START + code, str(path)]
    running = [
        subprocess.Popen(
            [*words, str(number), str(rounds)],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(WRITERS)
    ]
    for one in running:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in running:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    told = [one.communicate() for one in running]
    assert [(one.returncode, errors) for one, (_, errors) in zip(running, told, strict=True)] == [(0, "")] * WRITERS
    return [json.loads(said) for said, _ in told]


def test_each_variable_that_is_written_into_a_directory_has_its_own_value(tmp_path: Path) -> None:
    together(IN_A_DIRECTORY, tmp_path)
    wanted = {f"V{number}x{one}": f"value of {number}x{one}".encode() for number in range(WRITERS) for one in range(ROUNDS)}
    assert {name[:-37]: data[4:] for name, data in read_folder(str(tmp_path))} == wanted
    assert len([*tmp_path.iterdir()]) == len(wanted)


def test_of_those_who_make_the_same_file_or_directory_one_does_and_the_others_are_told_that_it_is_there(tmp_path: Path) -> None:
    said = together(OF_THE_SAME_NAMES, tmp_path)
    made = {name: number for number, (names, _) in enumerate(said) for name in names}
    assert len(made) == sum(len(names) for names, _ in said) == 2 * ROUNDS
    assert {sentence.partition("cannot be written: ")[2] for _, told in said for sentence in told} == {"File exists"}
    assert {entry.name for entry in tmp_path.iterdir()} == made.keys()
    for name, number in made.items():
        if name.startswith("file"):
            assert (tmp_path / name).read_bytes() == b"%d" % number * 20000
        else:
            assert sorted(read_folder(str(tmp_path / name))) == [(f"F{part}", b"%d" % number * 2000) for part in range(5)]


def test_all_who_open_a_machine_that_is_not_there_yet_open_the_same_one(tmp_path: Path) -> None:
    counts = {count for made in together(OF_A_MACHINE, tmp_path, rounds=5) for count in made}
    assert len(counts) == 1
    assert {entry.name for entry in tmp_path.iterdir()} == {f"{one}.fd" for one in range(5)}


def test_a_machine_that_another_process_makes_just_now_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with package.open(f"simulated:{tmp_path / 'machine.fd'}") as machine:
        machine.set(A, b"theirs")
    monkeypatch.setattr("efirt.drivers.image.port.is_there", lambda _path: False)
    with package.open(f"simulated:{tmp_path / 'machine.fd'}") as machine:
        assert machine.get(A).data == b"theirs"


def test_an_option_that_makes_no_sense_makes_no_machine(tmp_path: Path) -> None:
    for option in ("profile=nope", "quirk=nope", "force=perhaps"):
        with pytest.raises(ValueError, match=r"nope|perhaps"):
            package.open(f"simulated:{tmp_path / 'machine.fd'}?{option}")
    assert [*tmp_path.iterdir()] == []


# Names for what is not whole yet.


def test_what_another_process_is_writing_is_left_alone_and_what_it_left_is_taken_away(tmp_path: Path) -> None:
    target = tmp_path / "vars"
    others = tmp_path / ".vars.efirt-new"
    others.write_bytes(b"theirs")
    with others.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        write_new(str(target), [b"ours"])
        assert (others.read_bytes(), target.read_bytes()) == (b"theirs", b"ours")
    target.unlink()
    write_new(str(target), [b"ours"])
    assert [entry.name for entry in tmp_path.iterdir()] == ["vars"]


def test_a_directory_that_was_left_half_full_is_taken_away(tmp_path: Path) -> None:
    left = tmp_path / ".vars.efirt-new"
    left.mkdir()
    (left / "half").write_bytes(b"x")
    create_folder(str(tmp_path / "vars"), [("whole", b"y")])
    assert [entry.name for entry in tmp_path.iterdir()] == ["vars"]
    assert read_folder(str(tmp_path / "vars")) == [("whole", b"y")]


@pytest.mark.parametrize("make", [lambda path: file_beside(path, "vars", 0o600), lambda path: folder_beside(path, "vars")])
def test_what_lost_its_name_before_it_was_locked_is_no_longer_ours(tmp_path: Path, make: object) -> None:
    assert callable(make)
    first = make(str(tmp_path / "vars"))
    (tmp_path / ".vars.efirt-new").rename(tmp_path / "away")
    second = make(str(tmp_path / "vars"))
    assert (first.path, first.is_ours, second.is_ours) == (second.path, False, True)
    first.drop()
    assert second.is_ours
    second.drop()
    assert [entry.name for entry in tmp_path.iterdir()] == ["away"]


def test_a_directory_that_another_took_for_one_that_was_left_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mkdir = os.mkdir
    made: list[str] = []

    def taken_away_once(path: str) -> None:
        mkdir(path)
        if not made:
            Path(path).rmdir()
        made.append(path)

    monkeypatch.setattr(os, "mkdir", taken_away_once)
    create_folder(str(tmp_path / "vars"), [("whole", b"y")])
    assert len(made) == 2
    assert read_folder(str(tmp_path / "vars")) == [("whole", b"y")]


def test_where_nothing_can_be_locked_nobody_takes_another_s_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_given: object) -> None:
        raise OSError(95, os.strerror(95))

    monkeypatch.setattr("efirt.drivers.image.beside.flock", unknown)
    (tmp_path / ".vars.efirt-new").write_bytes(b"perhaps theirs")
    write_new(str(tmp_path / "vars"), [b"ours"])
    assert (tmp_path / ".vars.efirt-new").read_bytes() == b"perhaps theirs"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [".vars.efirt-new", "vars"]


def test_a_name_of_255_bytes_can_be_written_and_replaced(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    long = Key("N" * (255 - 37), OURS)
    driver = opened(tmp_path / "d")
    for data in (b"one", b"two"):
        written(driver, long, data)
        assert read_folder(str(tmp_path / "d")) == [(str(long), b"\7\0\0\0" + data)]
    name = tmp_path / ("é" * 126 + ".fd")
    assert len(os.fsencode(name.name)) == 255
    assert efirt("image", "create", str(name)).returncode == 0
    written(opened(name), A, b"x")
    assert values(name) == {A: b"x"}


# A directory as one thing.


def test_a_directory_is_there_whole_or_not_at_all_wherever_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, entries = tmp_path / "vars", [(f"F{number}", b"x" * 10) for number in range(4)]
    for call in ("open", "mkdir", "pwrite", "fsync", "rename"):
        for at in range(1, 20):
            done: list[object] = []

            def failing(
                *given: object, call: object = getattr(os, call), at: int = at, done: list[object] = done, **more: object
            ) -> object:
                done.append(given)
                if len(done) == at:
                    raise OSError(28, os.strerror(28))
                assert callable(call)
                return call(*given, **more)

            with monkeypatch.context() as patched:
                patched.setattr(os, call, failing)
                try:
                    create_folder(str(path), entries)
                except DriverError as cause:
                    is_told = "was written" in cause.message
                else:
                    break
            there = [entry.name for entry in tmp_path.iterdir() if not entry.name.startswith(".")]
            assert there == ["vars"] * is_told
            if is_told:
                assert sorted(read_folder(str(path))) == entries
                folder_gone(path)
        assert sorted(read_folder(str(path))) == entries
        assert [entry.name for entry in tmp_path.iterdir()] == ["vars"]
        folder_gone(path)


def folder_gone(path: Path) -> None:
    for entry in path.iterdir():
        entry.unlink()
    path.rmdir()


MAKER = """
import sys
from efirt.drivers.image.folder import create_folder
for number in range(10**6):
    create_folder(f"{sys.argv[1]}/{number}", [(f"F{part}", b"x" * 100) for part in range(20)])
    if not number:
        print("ready", flush=True)
"""


def test_who_is_killed_leaves_no_directory_that_is_not_whole(tmp_path: Path) -> None:
    chance = random.Random(3)  # noqa: S311 - which moment, nothing secret
    for run in range(5):
        place = tmp_path / str(run)
        place.mkdir()
        with subprocess.Popen([sys.executable, "-c", MAKER, str(place)], env=environment(), stdout=subprocess.PIPE, text=True) as maker:
            assert maker.stdout is not None
            assert maker.stdout.readline() == "ready\n"
            time.sleep(chance.random() * 0.1)
            maker.send_signal(signal.SIGKILL)
            maker.wait()
        made = [entry for entry in place.iterdir() if not entry.name.startswith(".")]
        assert made
        assert {len([*entry.iterdir()]) for entry in made} == {20}


def test_a_directory_takes_the_place_of_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("empty", "file", "link", "empty/"):
        with pytest.raises(DriverError, match="File exists"):
            create_folder(f"{tmp_path}/{name}", [("F", b"x")])
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["empty", "file", "link"]
    assert [*(tmp_path / "empty").iterdir()] == []


# Holes.


def test_a_new_file_of_zeros_is_mostly_holes_and_holds_every_other_byte(tmp_path: Path) -> None:
    pieces = [b"a" * 100, bytes(5 << 20), b"b", bytes(3 << 20)]
    write_new(str(tmp_path / "vars"), pieces)
    assert (tmp_path / "vars").read_bytes() == b"".join(pieces)
    assert (tmp_path / "vars").stat().st_blocks * 512 <= 4 << 20
    assert efirt("image", "create", "--layout", "aavmf", str(tmp_path / "a.fd")).returncode == 0
    assert (tmp_path / "a.fd").stat().st_size == 64 << 20
    assert (tmp_path / "a.fd").stat().st_blocks * 512 <= 2 << 20


def test_a_file_without_holes_gets_none(tmp_path: Path) -> None:
    path = tmp_path / "vars"
    path.write_bytes(bytes(2 << 20))
    blocks = path.stat().st_blocks
    with path.open("rb") as file:
        write_new(str(path), [bytes(2 << 20)], path.stat(), file.fileno())
    assert path.stat().st_blocks == blocks
