"""In the rooms that state facts, every fact names where it stands written."""

import ast
from pathlib import Path

from tests.house.tree import SOURCE, python_files, short

FACT_ROOMS = ("abi", "firmware", "images", "payloads")
FACT_FILES = ("codec.py", "port.py")


def states_facts(path: Path) -> bool:
    if not path.is_relative_to(SOURCE):
        return False
    room = path.relative_to(SOURCE).with_suffix("").parts[0]
    return room in FACT_ROOMS or (room == "drivers" and path.name in FACT_FILES)


def without_source(text: str) -> list[str]:
    """Name the public classes and functions for which neither they nor their module say `Source:`."""
    tree = ast.parse(text)
    if says_source(tree):
        return []
    public = [
        node
        for node in tree.body
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_")
    ]
    return [node.name for node in public if not says_source(node)]


def says_source(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(line.strip().startswith("Source:") for line in (ast.get_docstring(node) or "").splitlines())


def test_every_fact_names_its_source() -> None:
    missing = {
        short(path): names for path in python_files() if states_facts(path) and (names := without_source(path.read_text(encoding="utf-8")))
    }
    assert missing == {}


def test_a_class_without_a_source_is_noticed() -> None:
    assert without_source('"""A module."""\nclass A:\n    """A thing."""\nclass B:\n    """One.\n\n    Source: UEFI 2.10.\n    """\n') == [
        "A"
    ]


def test_a_module_s_source_is_its_classes_source() -> None:
    assert without_source('"""A module.\n\nSource: UEFI 2.10.\n"""\nclass A: ...\n') == []
