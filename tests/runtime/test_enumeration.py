"""Names are listed to the end, whatever firmware does meanwhile."""

import itertools
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from efirt import Attributes, DecodeError, DriverError, FirmwareError, Guid, Key, NotFound, Runtime, Status, Unsupported
from efirt.ops import Driver, GetNextVariableName, GetVariable, Reply
from efirt.runtime.enumeration import FirmwareWarning, names
from efirt.runtime.xen_simulated import behind_xen
from tests.runtime.fakes import END, FOUND, Scripted, answering, key, listing, named

A, B, C = key("A"), key("B"), key("C")


@pytest.fixture(params=["directly", "behind Xen"])
def reached(request: pytest.FixtureRequest) -> Callable[[Driver], Driver]:
    """Reach a fake firmware directly, and through the codec and a simulated Xen."""
    return behind_xen if request.param == "behind Xen" else lambda driver: driver


def test_every_name_comes_once_in_firmware_s_order(reached: Callable[[Driver], Driver]) -> None:
    assert list(names(reached(listing("CAB")))) == [C, A, B]


def test_an_empty_store_has_no_names(reached: Callable[[Driver], Driver]) -> None:
    assert list(names(reached(listing("")))) == []


def test_listing_n_names_asks_n_plus_one_times() -> None:
    driver = listing("ABC")
    assert len(list(names(driver))) == 3
    assert len(driver.asked) == 4


def test_the_same_name_under_two_guids_is_two_variables() -> None:
    other = Key("A", Guid.parse("00000000-0000-0000-0000-000000000001"))
    assert list(names(answering(named(A), named(other), END))) == [A, other]


def test_firmware_that_repeats_one_name_forever_gets_a_warning_and_an_end(reached: Callable[[Driver], Driver]) -> None:
    with pytest.warns(FirmwareWarning, match="circle, at 'A': stopped after 1"):
        assert list(names(reached(answering(ever=named(A))))) == [A]


def test_firmware_that_lists_in_a_circle_gets_a_warning_and_an_end(reached: Callable[[Driver], Driver]) -> None:
    circle = itertools.cycle([named(A), named(B), named(C)])
    driver = Scripted({GetNextVariableName: lambda _op: next(circle)})
    with pytest.warns(FirmwareWarning, match="stopped after 3"):
        assert list(names(reached(driver))) == [A, B, C]
    assert len(driver.asked) <= 7


def test_a_circle_that_leaves_out_its_beginning_ends_too() -> None:
    driver = answering(named(A), *[named(B), named(C)] * 5)
    with pytest.warns(FirmwareWarning):
        assert list(names(driver)) == [A, B, C]


def test_a_name_given_twice_is_left_out_and_the_walk_goes_on(reached: Callable[[Driver], Driver]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert list(names(reached(answering(named(A), named(A), named(B), named(A), named(C), END)))) == [A, B, C]


def test_a_place_that_vanishes_mid_walk_makes_it_begin_again(reached: Callable[[Driver], Driver]) -> None:
    order = ["A", "B", "C", "D"]

    def after(op: GetNextVariableName) -> Reply:
        if op.key.name and op.key.name not in order:
            return Reply(Status.INVALID_PARAMETER)
        at = order.index(op.key.name) + 1 if op.key.name else 0
        return named(order[at]) if at < len(order) else END

    walk = names(reached(Scripted({GetNextVariableName: after})))
    assert [next(walk), next(walk)] == [A, B]
    order.remove("B")
    assert [found.name for found in walk] == ["C", "D"]


def test_a_name_that_vanishes_and_comes_back_is_no_circle() -> None:
    script = [named(A), named(B), Reply(Status.INVALID_PARAMETER), named(A), named(B), named(C), END]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert list(names(answering(*script))) == [A, B, C]


def test_a_walk_that_begins_again_after_a_repeated_name_is_no_circle() -> None:
    script = [named(A), named(B), named(A), Reply(Status.INVALID_PARAMETER), named(A), named(C), END]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert list(names(answering(*script))) == [A, B, C]


def test_a_place_may_vanish_again_once_there_was_news() -> None:
    gone = Reply(Status.INVALID_PARAMETER)
    script = [named(A), gone, named(A), named(B), gone, named(A), gone, named(C), END]
    assert list(names(answering(*script))) == [A, B, C]


def test_a_place_that_firmware_never_takes_is_its_error_and_not_an_endless_walk() -> None:
    script = [named(A), Reply(Status.INVALID_PARAMETER), named(A), Reply(Status.INVALID_PARAMETER)]
    walk = names(answering(*script))
    assert next(walk) == A
    with pytest.raises(FirmwareError, match="list the names behind 'A': firmware answered EFI_INVALID_PARAMETER"):
        next(walk)


def test_every_name_vanishing_behind_the_walk_ends(reached: Callable[[Driver], Driver]) -> None:
    order = [f"V{number}" for number in range(20)]
    walk = names(reached(listing_of(order)))
    found = []
    for got in walk:
        found.append(got.name)
        order.remove(got.name)
    assert found == [f"V{number}" for number in range(20)]


def listing_of(order: list[str]) -> Scripted:
    def after(op: GetNextVariableName) -> Reply:
        if op.key.name and op.key.name not in order:
            return Reply(Status.INVALID_PARAMETER)
        at = order.index(op.key.name) + 1 if op.key.name else 0
        return named(order[at]) if at < len(order) else END

    return Scripted({GetNextVariableName: after})


def test_a_name_longer_than_the_buffer_makes_it_grow_once(reached: Callable[[Driver], Driver]) -> None:
    long = "L" * 700
    driver = Scripted({GetNextVariableName: lambda op: longer_each_time(op, {"": long, long: "A", "A": None})})
    assert [found.name for found in names(reached(driver))] == [long, "A"]
    assert [op.room for op in driver.asked if isinstance(op, GetNextVariableName)] == [512, 1402, 1402, 1402]


def longer_each_time(op: GetNextVariableName, order: dict[str, str | None]) -> Reply:
    found = order[op.key.name]
    if found is None:
        return END
    reply = named(found)
    if reply.size is not None and reply.size > op.room:
        return Reply(Status.BUFFER_TOO_SMALL, size=reply.size)
    return reply


@pytest.mark.parametrize("needed", [0, 2, 511, 512, 513, (1 << 20) + 2, 1 << 63, None], ids=str)
def test_a_needed_size_that_makes_no_sense_is_an_error(needed: int | None, reached: Callable[[Driver], Driver]) -> None:
    with pytest.raises(DecodeError, match="512 bytes are too few for a name and"):
        next(names(reached(answering(Reply(Status.BUFFER_TOO_SMALL, size=needed)))))


def test_a_name_that_needs_more_each_time_is_given_up() -> None:
    driver = Scripted({GetNextVariableName: lambda op: Reply(Status.BUFFER_TOO_SMALL, size=op.room + 2)})
    with pytest.raises(DecodeError, match="grows faster than it can be read"):
        next(names(driver))
    assert len(driver.asked) < 20


def test_a_size_smaller_than_the_name_is_taken_since_such_firmware_exists(reached: Callable[[Driver], Driver]) -> None:
    assert list(names(reached(answering(named("Shrunk")._replace(size=2), END)))) == [key("Shrunk")]


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (Reply(Status.SUCCESS, b"A\0B\0", 4), "without a NUL in 512 bytes"),
        (named(A)._replace(size=3), "a size of 3 bytes in a buffer of 512"),
        (named(A)._replace(size=514), "a size of 514 bytes in a buffer of 512"),
        (named(A)._replace(size=(1 << 64) - 2), "in a buffer of 512"),
        (named(""), "an empty name came back behind ''"),
    ],
    ids=["no NUL", "odd size", "size beyond the buffer", "huge size", "empty name"],
)
def test_a_name_that_is_none_is_an_error(reply: Reply, why: str) -> None:
    with pytest.raises(DecodeError, match=why):
        next(names(answering(reply)))


@pytest.mark.parametrize(
    "reply", [named(A)._replace(size=3), named(A)._replace(size=514), named("")], ids=["odd size", "beyond the buffer", "empty name"]
)
def test_a_name_that_is_none_is_an_error_behind_xen_too(reply: Reply) -> None:
    with pytest.raises(DecodeError):
        next(names(behind_xen(answering(reply))))


def test_a_buffer_without_a_nul_is_an_error_behind_xen_too() -> None:
    buffer = "A".encode("utf-16-le") * 256
    with pytest.raises(DecodeError, match="without a NUL"):
        next(names(behind_xen(answering(Reply(Status.SUCCESS, buffer, len(buffer))))))


def test_a_warning_beside_a_name_is_a_name(reached: Callable[[Driver], Driver]) -> None:
    assert list(names(reached(answering(named(A)._replace(status=Status(2)), END)))) == [A]


def test_an_error_ends_the_walk_as_itself(reached: Callable[[Driver], Driver]) -> None:
    walk = names(reached(answering(named(A), Reply(Status.UNSUPPORTED))))
    assert next(walk) == A
    with pytest.raises(Unsupported):
        next(walk)
    assert list(walk) == []


def test_an_endless_store_is_given_up() -> None:
    count = itertools.count()
    driver = Scripted({GetNextVariableName: lambda _op: named(f"N{next(count)}")})
    with pytest.raises(DecodeError, match="listed 100000 names and does not stop"):
        list(names(driver))


def test_a_variable_that_vanishes_before_it_is_read_is_left_out(reached: Callable[[Driver], Driver]) -> None:
    runtime = Runtime(reached(listing("ABC", {"B": Reply(Status.NOT_FOUND)})))
    assert [variable.key for variable in runtime.variables()] == [A, C]


def test_another_error_while_reading_is_not_swallowed() -> None:
    runtime = Runtime(listing("ABC", {"B": Reply(Status.DEVICE_ERROR)}))
    with pytest.raises(FirmwareError, match=r"get B-.*EFI_DEVICE_ERROR"):
        list(runtime.variables())


def test_what_the_consumer_throws_in_is_not_taken_for_a_vanished_variable() -> None:
    walk: Any = Runtime(listing("ABC")).variables()
    next(walk)
    mine = NotFound(Status.NOT_FOUND, "mine")
    with pytest.raises(NotFound, match="mine"):
        walk.throw(mine)


@pytest.mark.parametrize("name", ["half \ud800 a pair", "white space \n", "../..", "\x1b[2J"])
def test_a_name_nobody_would_write_is_listed_and_read(name: str, reached: Callable[[Driver], Driver]) -> None:
    assert list(Runtime(reached(listing([name]))).variables()) == [(key(name), Attributes(7), b"value")]


def test_deleting_while_listing_reaches_every_variable(runtime: Runtime) -> None:
    for number in range(10):
        runtime.set(key(f"Walk{number}"), b"x", force=True)
    for found in runtime.names():
        if found.guid == A.guid:
            runtime.delete(found, force=True)
    assert [found for found in runtime.names() if found.guid == A.guid] == []


def test_a_half_read_walk_raises_no_driver_after_close(runtime: Runtime) -> None:
    keys, variables = runtime.names(), runtime.variables()
    next(keys)
    next(variables)
    runtime.close()
    for walk in (keys, variables):
        with pytest.raises(DriverError, match="has been detached") as refusal:
            next(walk)
        assert refusal.value.kind == "no-driver"


def test_listing_with_data_costs_two_calls_a_variable_and_one() -> None:
    driver = listing(f"V{number}" for number in range(25))
    assert len(list(Runtime(driver).variables())) == 25
    assert len(driver.asked) == 2 * 25 + 1


def test_and_at_most_one_more_for_each_value_larger_than_any_before() -> None:
    sizes = {"A": 10, "B": 5000, "C": 4999, "D": 6000, "E": 6000, "F": 100}

    def read(op: GetVariable) -> Reply:
        size = sizes[op.key.name]
        return FOUND._replace(data=bytes(size), size=size) if size <= op.room else Reply(Status.BUFFER_TOO_SMALL, size=size)

    driver = Scripted({GetNextVariableName: listing(sizes).call, GetVariable: read})
    assert [len(variable.data) for variable in Runtime(driver).variables()] == list(sizes.values())
    assert len(driver.asked) == 2 * len(sizes) + 1 + 2


def test_the_same_arithmetic_holds_for_hypercalls(runtime: Runtime) -> None:
    if runtime.name != "xen:simulated":
        pytest.skip(f"{runtime.name} makes no hypercalls that could be counted here")
    for size in (5000, 4500, 9000, 20):
        runtime.set(key(f"Size{size}"), bytes(size), force=True)
    largest, larger = 4096, 0
    driver: Any = runtime.driver
    hypercalls = driver._driver
    before = hypercalls.hypercalls
    count = 0
    for variable in runtime.variables():
        count += 1
        larger += len(variable.data) > largest
        largest = max(largest, len(variable.data))
    assert larger >= 1
    assert hypercalls.hypercalls - before == 2 * count + 1 + larger
