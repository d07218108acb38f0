"""Power that fails while the driver writes an image, at any byte of it, again while the next write begins, and a third time.

Both manners of writing, on files and with the calls that the driver makes; the reader of edk2's rules in the tests reads each state as
efirt does. What a plan of patches leaves is shown at every byte of it in tests/images/test_edk2_crashes.py.
"""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from random import Random

import pytest

from efirt.drivers.image import replacing
from efirt.drivers.image.driver import open_driver
from efirt.drivers.image.port import Origin
from efirt.drivers.image.writing import writing
from efirt.errors import DecodeError
from efirt.images.edk2 import Edk2Image
from efirt.images.edk2_patch import Patch
from efirt.ops import SetVariable
from efirt.store import Record
from efirt.values.key import Key
from tests.drivers.image.disk import Disk, Left
from tests.drivers.image.images import STORED, TWIN, A, B, made
from tests.images.edk2_crashes import contents_of
from tests.images.edk2_firmware import Flash
from tests.images.flash import OVMF_2M

NAME = "vars.fd"
NAMES = (A, B, TWIN)
Values = dict[Key, bytes]


class World:
    """A directory with an image, and what was found in it after the power failed."""

    def __init__(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, in_place: str, without: str = "", seed: int = 1) -> None:
        self.place, self.monkeypatch, self.in_place, self.without = tmp_path, monkeypatch, in_place, without
        self.random = Random(seed)  # noqa: S311 - the same every time
        self.cuts = 0
        self.lost: list[str] = []
        self._known: dict[bytes, Values | str] = {}
        self._folders = 0

    def folder(self, files: dict[str, bytes]) -> Path:
        """Give a new directory with these files."""
        self._folders += 1
        folder = self.place / str(self._folders)
        folder.mkdir()
        for name, data in files.items():
            (folder / name).write_bytes(data)
        return folder

    def read(self, data: bytes) -> Values | str:
        """Give what both readers read, before and after a start of firmware; or why they do not agree."""
        if data not in self._known:
            try:
                values = {one.key: one.data for one in Edk2Image.decode(data).variables}
                ours = {one.identity: contents_of(one) for one in Edk2Image.decode(data).live}
                agreed = Flash(data, OVMF_2M).values() == Flash(data, OVMF_2M).booted().values() == ours
                self._known[data] = values if agreed else "firmware reads something else"
            except (DecodeError, AssertionError, ValueError) as cause:
                self._known[data] = repr(cause)
        return self._known[data]

    def values(self, data: bytes) -> Values:
        """Give what a file holds that must be whole."""
        values = self.read(data)
        assert isinstance(values, dict), values
        return values

    def write(self, files: dict[str, bytes], what: str) -> list[Left]:
        """Write a variable at random, judge all that can be left of it, and give some of that."""
        folder = self.folder(files)
        key, data = self.random.choice(NAMES), self.random.randbytes(self.random.randrange(1, 120))
        with Disk(folder, NAME).watched(self.monkeypatch, self.without) as disk:
            open_driver(str(folder / NAME), {"in-place": self.in_place}).call(SetVariable(key, STORED, data))
        old = self.values(files[NAME])
        new = old | {key: data}
        every = [*disk.left(self.random)]
        for left in every:
            self.judge(left, (old, new), what)
        for left in disk.end(self.random):
            self.judge(left, (new,), f"{what}, when all was done")
        torn = [left for left in every if len(left.files) > 1 or left.files[NAME] != files[NAME]]
        return [every[-1], *self.random.sample(torn, min(2, len(torn)))]

    def judge(self, left: Left, allowed: tuple[Values, ...], what: str) -> None:
        self.cuts += left.cuts
        values = self.read(left.files[NAME]) if NAME in left.files else "the file is gone"
        if values not in allowed:
            self.lost.append(f"{what}: {values}")


def run(world: World, start: Path, operations: int) -> None:
    """Write again and again; go on from some of what a failure of power leaves, and from some of what a second one leaves."""
    files = {NAME: start.read_bytes()}
    for number in range(operations):
        done, *torn = world.write(files, f"write {number}")
        for left in torn:
            _, *again = world.write(left.files, "the next write after a cut")
            for second in again[:1]:
                world.write(second.files, "the next write after two cuts")
        if world.lost:
            return
        files = done.files


Worlds = Callable[..., World]
Noting = Callable[[str, object], None]


@pytest.fixture
def start(tmp_path: Path) -> Path:
    return made(tmp_path / NAME, Record(A, STORED, b"ours"), Record(TWIN, STORED, b"theirs"), layout="ovmf-2m")


@pytest.fixture
def world_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    return partial(World, tmp_path, monkeypatch)


@pytest.mark.parametrize(("in_place", "least"), [("no", 1_000_000), ("yes", 4_000)])
def test_what_is_left_reads_as_old_or_as_new(start: Path, in_place: str, least: int, world_of: Worlds, record_property: Noting) -> None:
    world = world_of(in_place=in_place)
    run(world, start, 3)
    record_property("cuts", world.cuts)
    assert world.lost == []
    assert world.cuts > least


@pytest.mark.soak
@pytest.mark.parametrize("in_place", ["no", "yes"])
@pytest.mark.parametrize("seed", range(2, 6))
def test_what_is_left_reads_so_many_times(start: Path, in_place: str, seed: int, world_of: Worlds, record_property: Noting) -> None:
    world = world_of(in_place=in_place, seed=seed)
    run(world, start, 20)
    record_property("cuts", world.cuts)
    assert world.lost == []


@pytest.mark.parametrize(
    ("in_place", "without", "what"),
    [
        ("no", "fsync file", "DecodeError"),
        ("no", "fsync directory", "when all was done"),
        ("yes", "fsync file", "when all was done"),
    ],
)
def test_the_model_finds_what_comes_of_a_call_that_is_left_out(
    start: Path, in_place: str, without: str, what: str, world_of: Worlds
) -> None:
    world = world_of(in_place=in_place, without=without)
    run(world, start, 3)
    assert any(what in one for one in world.lost)


def test_the_model_finds_a_file_that_is_written_under_its_own_name(start: Path, world_of: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    def over(path: str, pieces: Iterable[bytes], *_given: object) -> Origin:
        with writing(path, None, force=True) as file:
            file.apply(((Patch(0, b"".join(pieces)),),))
            return file.origin

    monkeypatch.setattr(replacing, "write_new", over)
    world = world_of(in_place="no")
    run(world, start, 1)
    assert any(what.startswith("write 0: ") for what in world.lost)
