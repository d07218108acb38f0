"""What real OVMF answered, the model answers."""

import pytest

from efirt.firmware import DEFAULT
from efirt.ops.notation import read_op
from tests.firmware.recorded import answers, expected, machine, read, record, recorded


@pytest.mark.parametrize("name", [name for name in recorded() if "answers" in read(name)])
def test_the_model_answers_as_real_firmware_did(name: str) -> None:
    for number, (mine, theirs) in enumerate(zip(answers(DEFAULT, name), expected(name), strict=True)):
        assert mine == theirs, (number, read_op(read(name)["ops"][number]))


def test_a_reset_leaves_what_a_boot_of_real_firmware_left() -> None:
    """Who could not create a hidden variable is out of certdb again, and nothing else of the platform's keys has changed."""
    firmware = machine("reset")
    firmware.boot()
    after = {one.key: one for one in map(record, read("reset")["after"])}
    stored = {one.key: one for one in firmware.variables.stored.store}
    assert {key: stored.get(key) for key in after} == after
    before = {one.key: one for one in map(record, read("reset")["stored"])}
    assert {key.name for key in after if after[key] != before[key]} == {"MTC", "certdb"}
