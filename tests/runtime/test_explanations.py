"""Every explanation says why, in words that stand inside a sentence."""

import pytest

from efirt import Status
from efirt.runtime import explanations

TABLES = {"SET": explanations.SET, "GET": explanations.GET, "CLOCK": explanations.CLOCK, "OTHER": explanations.OTHER}
ROWS = [(f"{table}-{Status(status).name}", status, words) for table, rows in TABLES.items() for status, words in rows.items()]


@pytest.mark.parametrize(("status", "words"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_an_explanation_is_of_an_error_and_fits_into_a_sentence(status: int, words: explanations.Words) -> None:
    why, advice = words
    assert Status(status).is_error
    assert why
    for text in (why, advice):
        assert text == text.strip()
        assert not text.endswith((".", ";"))
        assert text[:1].lower() == text[:1] or text.startswith("Linux")
