"""Malformed operations as JSON: nothing is lost."""

import json

from hypothesis import given
from hypothesis import strategies as st

from efirt.ops import Malformed
from efirt.ops.notation import read_malformed, write_malformed
from efirt.ops.wording import asked
from tests.ops.test_notation import OPS

MALFORMED = st.builds(
    Malformed, OPS, st.frozensets(st.sampled_from(["data", "vendor_guid", "time"])), st.none() | st.integers(0, (1 << 64) - 1)
)


@given(MALFORMED)
def test_a_malformed_operation_comes_back_as_it_was(question: Malformed) -> None:
    again = read_malformed(json.loads(json.dumps(write_malformed(question))))
    assert (type(again.op), again) == (type(question.op), question)


@given(MALFORMED)
def test_its_line_tells_the_operation_and_what_is_wrong(question: Malformed) -> None:
    line = asked(question)
    assert line.startswith(asked(question.op))
    assert all(f" {name}=NULL" in line for name in question.null)
    assert "\n" not in line
