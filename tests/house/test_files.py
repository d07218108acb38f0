"""Sizes, names and contents of files."""

import ast
import re
import tomllib
from pathlib import Path

from tests.house.tree import ROOT, SOURCE, files, python_files, short

LINES = 400

# Long files that are right as they are, each with its reason.
LONG: dict[str, str] = {
    f"src/efirt/testing/conformance/cases/{table}.py": "a table: one row for each case of the list"
    for table in ("auth_private", "globals_", "secure_boot", "set_", "store")
} | {"tests/firmware/test_rows.py": "a table: one case for each row of the model"}

SAYS_NOTHING = frozenset({"base", "common", "helper", "helpers", "util", "utils"})
LOCK_FILES = frozenset({"Pipfile.lock", "package-lock.json", "poetry.lock", "uv.lock"})

# Written so that this file does not hold what it looks for.
REGISTRY = re.compile(rb"(?:pypi|pythonhosted|npmjs|(?:deb|security|snapshot|ftp)\.debian)\.(?:org|com)")
MACHINE_PATH = re.compile(rb"(?<![\w.*})-])/(?:work|root|home|opt/pypi|opt/wheels)/")


def found(pattern: re.Pattern[bytes], path: Path) -> list[str]:
    return [f"{short(path)}: {match.group().decode()}" for match in pattern.finditer(path.read_bytes())]


def test_no_file_is_long_without_a_reason() -> None:
    long = {short(path): count for path in python_files() if (count := path.read_bytes().count(b"\n")) > LINES}
    assert {name: count for name, count in long.items() if name not in LONG} == {}


def test_every_reason_for_a_long_file_is_still_needed() -> None:
    assert [name for name in LONG if not (ROOT / name).is_file() or (ROOT / name).read_bytes().count(b"\n") <= LINES] == []


def test_no_file_names_a_package_registry() -> None:
    assert [hit for path in files() for hit in found(REGISTRY, path)] == []


def test_no_file_names_a_path_of_somebody_s_machine() -> None:
    assert [hit for path in files() for hit in found(MACHINE_PATH, path)] == []


def test_there_is_no_lock_file_since_those_name_registries() -> None:
    assert [short(path) for path in files() if path.name in LOCK_FILES] == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [short(path) for path in python_files() if SAYS_NOTHING & {*path.relative_to(ROOT).with_suffix("").parts}] == []


def test_the_version_is_the_same_in_the_package_and_in_its_metadata() -> None:
    metadata = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    tree = ast.parse((SOURCE / "__init__.py").read_text(encoding="utf-8"))
    assigned = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value and "__version__" in ast.unparse(node).split("=", maxsplit=1)[0]
    ]
    assert assigned in ([], [metadata["project"]["version"]])
