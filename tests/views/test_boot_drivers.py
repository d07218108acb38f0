"""A menu is changed in the same way on every road, and in an image that no machine runs."""

from pathlib import Path

import pytest

from efirt.images.edk2_write import LAYOUTS, created
from efirt.runtime.registry import BUILTIN, open_runtime
from efirt.runtime.services import Runtime
from efirt.views.boot import Boot
from tests.views.menus import entry, order

SIMULATED = [one.name for one in BUILTIN if one.name.endswith("simulated")]


def lifecycle(runtime: Runtime, kind: str) -> None:
    """Add, edit, move, switch off, remove; what is there then is what was there before."""
    menu = Boot(runtime, kind)
    before = menu.menu()
    first, second = (menu.add(entry(label), place=None if label == "b" else 1).number for label in ("a", "b"))
    assert first is not None
    assert second is not None
    menu.edit(first, menu.option(first).with_arguments("quiet"))
    menu.order([second, first], rest=True)
    menu.activate(first, active=False)
    found = menu.menu()
    assert found.order == (second, first, *before.order)
    assert [one.option.is_active for one in found.entries[:2] if one.option] == [True, False]
    assert menu.option(first).arguments == "quiet"
    assert found.problems == before.problems
    menu.remove(first, second, force=True)
    assert menu.menu().variables.keys() == before.variables.keys()
    assert menu.menu().entries == before.entries
    assert menu.menu().order == before.order


@pytest.mark.parametrize("kind", ["boot", "driver", "sysprep"])
@pytest.mark.parametrize("driver", SIMULATED)
def test_a_menu_is_changed_on_every_road(driver: str, kind: str) -> None:
    with open_runtime(driver) as runtime:
        lifecycle(runtime, kind)


@pytest.mark.parametrize("driver", SIMULATED)
def test_the_next_start_is_set_on_every_road(driver: str) -> None:
    with open_runtime(driver) as runtime:
        menu = Boot(runtime)
        menu.next(2)
        menu.timeout(7)
        menu.firmware_setup()
        found = menu.menu()
        assert (found.next, found.timeout, found.indications) == (2, 7, 1)
        menu.next(None)
        assert menu.menu().next is None


@pytest.mark.parametrize("kind", ["boot", "sysprep"])
def test_a_menu_is_changed_in_an_image(tmp_path: Path, kind: str) -> None:
    image = tmp_path / "vars.fd"
    image.write_bytes(created(LAYOUTS["ovmf-4m"]))
    with open_runtime(f"image:{image}") as runtime:
        lifecycle(runtime, kind)
        Boot(runtime).add(entry("kept"))
    with open_runtime(f"image:{image}") as runtime:
        found = Boot(runtime).menu()
        assert [one.option.description for one in found.entries if one.option] == ["kept"]
        assert found.order == (0,)
    with open_runtime(f"simulated:{image}") as runtime:
        assert runtime.get("BootOrder").data == order(0)
