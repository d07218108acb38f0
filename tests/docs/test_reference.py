"""The reference says of the code what the code says of itself."""

import inspect
import re
from importlib import import_module

import efirt
from efirt import errors
from efirt.cli.options import VERBS
from efirt.drivers.xen.codec import CARRIED
from efirt.firmware import PROFILES
from efirt.firmware.quirks import BOARDS, QUIRKS, VALUED
from efirt.ops import OPERATIONS, Probe, Reply
from efirt.runtime.registry import BUILTIN
from efirt.runtime.services import Runtime
from lab.machines import MACHINES
from tests.docs.conftest import Place
from tests.docs.pages import code_spans, rows, text_of
from tests.house.tree import ROOT, files

PYTHON = "docs/reference/python.md"
QUIRKS_PAGE = "docs/reference/quirks.md"
QUIRKS_HEADINGS = ("Reading and listing", "Room", "Writing", "Signatures and Secure Boot", "Services and the clock", "Starting")
CALL = re.compile(r"`(?:efirt\.)?(\w+)(?:\((.*)\))?`")
VARIABLE = re.compile(r"\bEFIRT_[A-Z]+(?:_[A-Z]+)*\b")


def documented(heading: str) -> dict[str, str | None]:
    """Give the names in the first column under a heading, each with what stands in its parentheses."""
    cells = [row[0] for row in rows(PYTHON, heading)]
    return {name: arguments for cell in cells for name, arguments in CALL.findall(cell)}


def parameters(arguments: str | None) -> list[str]:
    """Give the parameters' names in a signature as it is written."""
    flat = re.sub(r"\([^)]*\)", "", arguments or "")
    return [part.partition("=")[0].strip() for part in flat.split(",") if part.strip() not in {"", "*"}]


def own(callable_: object) -> list[str]:
    return [name for name in inspect.signature(callable_).parameters if name != "self"]  # type: ignore[arg-type]


def test_every_public_name_is_documented() -> None:
    words = {word for span in code_spans(PYTHON) for word in re.findall(r"\w+", span)}
    assert [name for name in efirt.__all__ if name not in words] == []


def test_the_ways_to_open_have_their_parameters() -> None:
    shown = documented("Opening")
    assert set(shown) == {"open", "available_drivers", "attach", "detach", "active"}
    assert {name: parameters(text) for name, text in shown.items()} == {name: own(getattr(efirt, name)) for name in shown}


def test_every_member_of_runtime_is_documented_with_its_parameters() -> None:
    shown = documented("Runtime")
    members = {name: member for name, member in vars(Runtime).items() if not name.startswith("_")}
    assert set(shown) - {"member"} == {*members, "driver"}
    methods = {name: own(member) for name, member in members.items() if inspect.isfunction(member)}
    assert {name: parameters(shown[name]) for name in methods} == methods


def test_every_operation_is_documented_with_its_members_and_whether_xen_carries_it() -> None:
    table = [row for row in rows(PYTHON, "Operations and replies") if row[0].startswith("`")]
    shown = {name: (parameters(arguments), row[2].startswith("yes")) for row in table for name, arguments in CALL.findall(row[0])}
    carried = CARRIED | {Probe}
    assert shown == {operation.__name__: ([*operation._fields], operation in carried) for operation in OPERATIONS}


def test_every_output_of_a_reply_is_documented() -> None:
    sentence = re.search(r"A `Reply` has (.*?)\. One is None", text_of(PYTHON), re.DOTALL)
    assert sentence
    assert re.findall(r"`(\w+)`", sentence[1]) == [*Reply._fields]


def test_every_error_is_documented_with_its_kind_and_its_status() -> None:
    table = [row for row in rows(PYTHON, "Errors") if row[0].startswith("`")]
    kinds = {row[0].strip("`"): row[1].strip("`") for row in table if len(row) == 3}
    statuses = {row[0].strip("`"): row[1].partition(";")[0] for row in table if len(row) == 2}
    assert {name: getattr(errors, name).kind for name in kinds if name not in {"ValueError", "EfirtError"}} == {
        name: kind for name, kind in kinds.items() if kind
    }
    assert statuses == {kind.__name__: efirt.Status(number).name for number, kind in errors._BY_STATUS.items()}


def test_every_environment_variable_is_documented_and_no_other() -> None:
    used = {
        name
        for path in files()
        if path.suffix != ".md" and path.is_relative_to(ROOT) and "docs" not in path.relative_to(ROOT).parts
        for name in VARIABLE.findall(path.read_text(encoding="utf-8", errors="replace"))
    }
    first = {name for row in rows("docs/reference/environment.md", "Environment variables") for name in VARIABLE.findall(row[0])}
    assert first == used


def test_every_option_of_the_simulated_driver_is_documented(place: Place) -> None:
    table = {row[0].strip("`"): row for row in rows("docs/how-to/laptop.md", "What kind of host") if row[0].startswith("`")}
    assert {name.partition("=")[0] for name in table} == {"dom0", "policy", "efi", "rs", "abi", "revision", "vars", "profile", "quirk"}
    for option in table:
        named = option.replace("PATH", str(place.folder / "OVMF_VARS_4M.fd")).replace("NAME", "edk2")
        efirt.open(f"xen:simulated?{named}", inactive=True).close()
    assert set(re.findall(r"`([\w.-]+)`", table["profile=NAME"][2])) == {*PROFILES}


def test_every_quirk_is_documented_with_what_it_does_and_who_says_so() -> None:
    shown = [cells for heading in QUIRKS_HEADINGS for cells in rows(QUIRKS_PAGE, heading)[1:]]
    assert shown == [[f"`{name}`", quirk.does, quirk.origin] for name, quirk in QUIRKS.items()]


def test_every_quirk_with_a_value_is_documented() -> None:
    shown = rows(QUIRKS_PAGE, "With a value")[1:]
    assert shown == [[f"`{name}:{quirk.value}`", quirk.does, quirk.origin] for name, quirk in VALUED.items()]


def test_every_firmware_is_documented_with_its_quirks() -> None:
    shown = {cells[0].strip("`"): tuple(re.findall(r"`([\w.-]+)`", cells[1])) for cells in rows(QUIRKS_PAGE, "Firmwares")[1:]}
    assert shown == dict(BOARDS)


def test_the_readme_names_every_driver_and_every_verb() -> None:
    assert [row[0].strip("`") for row in rows("README.md", "What there is today")[1:]] == [entry.name for entry in BUILTIN]
    sentence = re.search(r"The verbs are (.*?):", text_of("README.md"))
    assert sentence
    assert re.findall(r"`(\w+)`", sentence[1]) == [*VERBS]


def test_the_page_of_drivers_says_what_each_carries_and_names_every_one() -> None:
    heads, *table = rows("docs/reference/drivers.md", "What each carries")
    live = [entry for entry in BUILTIN if entry.live]
    assert heads[1:] == [f"`{entry.name}`" for entry in live]
    shown = {row[0].strip("`"): [cell.startswith("yes") for cell in row[1:]] for row in table}
    carried = [import_module(entry.module).carries()[0] for entry in live]
    assert {name: shown[name] for name in shown if name[0].isupper()} == {
        operation.__name__: [operation in each for each in carried] for operation in OPERATIONS
    }
    assert [entry.name for entry in BUILTIN if entry.name not in text_of("docs/reference/drivers.md")] == []


def test_the_lab_s_page_names_every_machine() -> None:
    shown = [name for row in rows("docs/how-to/lab.md", "Boot real machines") for name in re.findall(r"`([\w-]+)`", row[0])]
    assert set(shown) == set(MACHINES)


def test_the_table_of_targets_is_the_makefile_s() -> None:
    shown = {row[0].strip("`").removeprefix("make ") for row in rows("CONTRIBUTING.md", "Set-up")} - {"target"}
    phony = re.search(r"^\.PHONY: (.*)$", text_of("Makefile"), re.MULTILINE)
    assert phony
    assert shown == set(phony[1].split()) - {"help"}
