"""What the documents point to is there."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, anchors, code_spans, prose, rows, text_of
from tests.house.tree import ROOT, SOURCE, short

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PATH = re.compile(r"(?:src|lab|tests|docs|tools|examples|benchmarks)/\S*|\w+\.(?:md|toml)")
PLACEHOLDER = re.compile(r"\bNAME\b")
NEEDED = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "docs/vectors.md", "docs/real-firmware.md")


@pytest.mark.parametrize("page", PAGES, ids=short)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target in LINK.findall(prose(page)):
        if target.startswith(("http://", "https://")):
            continue
        name, _, anchor = target.partition("#")
        place = (page.parent / name).resolve() if name else page
        if not place.exists() or (anchor and anchor not in anchors(place)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=short)
def test_every_file_a_page_names_is_there(page: Path) -> None:
    named = [span for span in code_spans(page) if PATH.fullmatch(span) and not PLACEHOLDER.search(span)]
    assert [span for span in named if not (ROOT / span).exists() and not (page.parent / span).exists()] == []


@pytest.mark.parametrize("page", NEEDED)
def test_the_document_is_there_and_says_something(page: str) -> None:
    assert len(text_of(page)) > 200


def test_every_document_can_be_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        waiting += [(page.parent / target.partition("#")[0]).resolve() for target in LINK.findall(prose(page)) if "://" not in target]
    assert [short(page) for page in PAGES if page not in seen] == []


def test_the_architecture_names_every_room() -> None:
    rooms = {path.name for path in SOURCE.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    modules = {path.name for path in SOURCE.glob("*.py") if not path.name.startswith("__")}
    text = text_of("ARCHITECTURE.md")
    assert [room for room in sorted(rooms) if f"`src/efirt/{room}/`" not in text] == []
    assert [module for module in sorted(modules) if f"`src/efirt/{module}`" not in text] == []


def test_every_decision_is_in_the_list_with_its_title() -> None:
    listed = {row[0]: row[1] for row in rows("docs/decisions/README.md", "Decisions") if row[0]}
    pages = [page for page in PAGES if page.parent.name == "decisions" and page.name != "README.md"]
    titles = {f"[{page.name[:4]}]({page.name})": text_of(page).splitlines()[0].removeprefix(f"# {page.name[:4]}: ") for page in pages}
    assert listed == titles


def test_every_file_of_test_data_has_a_row_with_origin_and_licence() -> None:
    data = [path for path in (ROOT / "tests" / "data").rglob("*") if path.is_file()]
    text = text_of("docs/vectors.md")
    assert [short(path) for path in data if f"`{short(path)}`" not in text] == []
    assert all(len(row) == 3 and all(row) for row in rows("docs/vectors.md", "Where test data comes from"))
