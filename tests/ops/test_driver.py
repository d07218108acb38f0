import copy
import pickle
from collections.abc import Callable, Mapping
from typing import ClassVar, get_args

import pytest

from efirt import ops
from efirt.errors import NotCarried
from efirt.ops import OPERATIONS, GetTable, GetTime, Op, Probe, Reply, ResetSystem, Routes
from efirt.ops.driver import not_carried
from efirt.ops.variables import FIRST
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid import ZERO
from efirt.values.status import Status

SAMPLES: list[Op] = [
    ops.Probe(),
    ops.GetVariable(FIRST),
    ops.SetVariable(FIRST, Attributes(7), b"x"),
    ops.GetNextVariableName(),
    ops.QueryVariableInfo(Attributes(7)),
    ops.GetTime(),
    ops.SetTime(EfiTime()),
    ops.GetWakeupTime(),
    ops.SetWakeupTime(enable=False),
    ops.GetNextHighMonotonicCount(),
    ops.QueryCapsuleCapabilities(()),
    ops.UpdateCapsule(()),
    ops.ResetSystem(ops.ResetType.COLD),
    ops.GetTable(ZERO),
    ops.CopyTable(ZERO),
    ops.FirmwareInfo(ops.FirmwareInfoIndex.VERSION),
]


class Clockwork(Routes):
    NOT_CARRIED: ClassVar[Mapping[type[Op], str]] = {ResetSystem: "it is glued on"}

    def __init__(self) -> None:
        super().__init__("clockwork", {GetTime: self._time})

    def _time(self, _op: GetTime) -> Reply:
        return Reply(Status.SUCCESS, time=EfiTime(2026))


def test_the_list_of_operations_and_the_type_of_operations_are_the_same() -> None:
    assert set(OPERATIONS) == set(get_args(Op))
    assert len(set(OPERATIONS)) == len(OPERATIONS)
    assert [type(sample) for sample in SAMPLES] == [*OPERATIONS]


@pytest.mark.parametrize("op", SAMPLES, ids=lambda op: type(op).__name__)
def test_an_operation_is_its_content(op: Op) -> None:
    for again in (pickle.loads(pickle.dumps(op)), copy.deepcopy(op), op._replace()):  # noqa: S301 - pickled on the same line
        assert (type(again), again, hash(again)) == (type(op), op, hash(op))


def test_a_reply_leaves_out_what_the_road_left_untouched() -> None:
    assert Reply(Status.NOT_FOUND)[1:] == (None,) * (len(Reply._fields) - 1)


def test_what_is_carried_is_what_the_table_routes() -> None:
    driver = Clockwork()
    assert driver.carried == {GetTime}
    assert driver.call(GetTime()).time == EfiTime(2026)


@pytest.mark.parametrize(
    ("op", "reason"), [(ResetSystem(0), "it is glued on"), (GetTable(ZERO), "the driver clockwork has no road for it")]
)
def test_what_is_not_carried_is_refused_with_the_reason(op: Op, reason: str) -> None:
    with pytest.raises(NotCarried) as refusal:
        Clockwork().call(op)
    assert str(refusal.value) == f"{type(op).__name__} is not carried by clockwork: {reason}"
    assert refusal.value.operation == type(op).__name__


def test_the_table_is_the_driver_s_own_copy() -> None:
    routes: dict[type[Op], Callable[[GetTime], Reply]] = {GetTime: Clockwork()._time}
    driver = Routes("copy", routes)
    routes.clear()
    assert driver.carried == {GetTime}
    driver.close()


def test_the_refusal_can_be_had_without_a_call() -> None:
    assert not_carried(Clockwork(), Probe).operation == "Probe"
