"""The documents of this repository, and what stands in them."""

import re
from pathlib import Path
from typing import Final, NamedTuple

from tests.house.tree import ROOT, files, short

PAGES: Final = tuple(path for path in files() if path.suffix == ".md")

_FENCE: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE: Final = re.compile(r"`([^`\n]+)`")
_HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)


class Block(NamedTuple):
    """A fenced block.

    Attributes:
        where: Its page and the line it begins in.
        language: What stands behind the fence.
        text: What it holds.
    """

    where: str
    language: str
    text: str


def text_of(page: str | Path) -> str:
    """Read a page."""
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(language: str) -> list[Block]:
    """Give the blocks of a language on all pages."""
    found = []
    for page in PAGES:
        text = text_of(page)
        for fence in _FENCE.finditer(text):
            line = text.count("\n", 0, fence.start()) + 1
            found.append(Block(f"{short(page)}:{line}", fence[1], fence[2]))
    return [block for block in found if block.language == language]


def prose(page: str | Path) -> str:
    """Give a page without its fenced blocks."""
    return _FENCE.sub("", text_of(page))


def code_spans(page: str | Path) -> list[str]:
    """Give what a page sets as code between its words."""
    return _CODE.findall(prose(page))


def rows(page: str | Path, heading: str) -> list[list[str]]:
    """Give the cells of all rows of the tables under a heading."""
    section = re.search(rf"^(#+) {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", prose(page), re.MULTILINE | re.DOTALL)
    assert section, f"{page} has no heading {heading!r}"
    lines = [line for line in section[2].splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))] for line in lines if not line.startswith("| ---")]


def anchors(page: Path) -> set[str]:
    """Give the places in a page that a link can lead to."""
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(prose(page)))
    return {heading.replace(" ", "-") for heading in kept}
