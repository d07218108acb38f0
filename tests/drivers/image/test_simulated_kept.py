"""A simulated machine that keeps its variables in an image."""

from pathlib import Path

import pytest

import efirt
from efirt.images.edk2 import Edk2Image
from efirt.ops import ResetSystem
from efirt.ops.miscellaneous import ResetType
from tests.drivers.image.images import A, values


def test_it_is_made_fresh_and_survives_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "machine.fd"
    with efirt.open(f"simulated:{path}") as machine:
        machine.set(A, b"kept")
        assert machine.get("BootOrder").data
        before = [variable.key for variable in machine.variables()]
        room = machine.query()
    with efirt.open(f"simulated:{path}") as machine:
        assert machine.get(A).data == b"kept"
        assert [variable.key for variable in machine.variables()] == before
        assert machine.query() == room


def test_it_writes_in_place_as_a_machine_does(tmp_path: Path) -> None:
    path = tmp_path / "machine.fd"
    with efirt.open(f"simulated:{path}") as machine:
        inode = path.stat().st_ino
        for number in range(3):
            machine.set(A, bytes([number]))
            assert values(path)[A] == bytes([number])
    assert path.stat().st_ino == inode
    assert Edk2Image.decode(path.read_bytes()).reclaimable > 0


def test_a_reset_moves_its_counter_on_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "machine.fd"
    with efirt.open(f"simulated:{path}") as machine:
        before = {key.name: value for key, value in values(path).items()}["MTC"]
        machine.call(ResetSystem(ResetType.COLD))
    assert {key.name: value for key, value in values(path).items()}["MTC"] != before


def test_options_of_a_machine_without_an_image_do_not_go_with_one(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has no option 'vars'"):
        efirt.open(f"simulated:{tmp_path / 'machine.fd'}?vars=x")
    assert [*tmp_path.iterdir()] == []
