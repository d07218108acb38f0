"""The order of variables, and finding one."""

from itertools import pairwise
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.store import ZERO_TIME, Record, Store
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.key import Key, Variable

GUID = Guid(bytes(range(16)))
OTHER = Guid(bytes(16))


def record(name: str, data: bytes = b"x", guid: Guid = GUID) -> Record:
    return Record(Key(name, guid), Attributes(7), data)


def names(store: Store) -> list[str]:
    return [entry.key.name for entry in store]


def test_a_store_lists_variables_in_the_order_they_were_put() -> None:
    assert names(Store([record("b"), record("a"), record("c")])) == ["b", "a", "c"]


def test_an_update_moves_a_variable_to_the_end() -> None:
    store = Store([record("a"), record("b")])
    store.append(record("a", b"new"))
    assert [(entry.key.name, entry.data) for entry in store] == [("b", b"x"), ("a", b"new")]
    assert len(store) == 2


def test_a_replaced_variable_stays_where_it_stands() -> None:
    store = Store([record("a"), record("b")])
    store.replace(record("a", b"new"))
    assert [(entry.key.name, entry.data) for entry in store] == [("a", b"new"), ("b", b"x")]


def test_one_name_under_two_guids_is_two_variables() -> None:
    store = Store([record("a", b"1"), record("a", b"2", OTHER)])
    found = [store.get(Key("a", guid)) for guid in (GUID, OTHER)]
    assert [entry.data for entry in found if entry] == [b"1", b"2"]
    store.remove(Key("a", GUID))
    assert names(store) == ["a"]
    assert Key("a", OTHER) in store
    assert Key("a", GUID) not in store


def test_what_is_not_there_is_none_or_a_key_error() -> None:
    store = Store()
    key = Key("a", GUID)
    assert store.get(key) is None
    assert store.first() is None
    for ask in (store.after, store.remove):
        with pytest.raises(KeyError):
            ask(key)
    with pytest.raises(KeyError):
        store.replace(record("a"))


def test_a_record_without_a_timestamp_has_sixteen_zero_bytes() -> None:
    assert record("a").timestamp == ZERO_TIME
    assert ZERO_TIME.encode() == bytes(16)
    assert record("a").variable == Variable(Key("a", GUID), Attributes(7), b"x")


@given(st.lists(st.tuples(st.sampled_from("arx"), st.sampled_from("abcde"))))
def test_walking_with_after_gives_the_same_order_as_iterating(steps: list[tuple[str, str]]) -> None:
    store, model = Store(), dict[str, None]()
    for verb, name in steps:
        if verb == "r" and name in model:
            store.remove(Key(name, GUID))
            del model[name]
        elif verb == "x" and name in model:
            store.replace(record(name, b"new"))
        elif verb == "a":
            store.append(record(name))
            model.pop(name, None)
            model[name] = None
    walked, entry = [], store.first()
    while entry is not None:
        walked.append(entry.key.name)
        entry = store.after(entry.key)
    assert walked == names(store) == list(model)


def walk_seconds(count: int) -> float:
    store = Store(record(f"v{number}") for number in range(count))
    keys = [entry.key for entry in store]
    best = 1.0
    for _ in range(3):
        start = process_time()
        for key, following in pairwise(keys):
            found = store.after(key)
            assert found is not None
            assert found.key is following
        best = min(best, process_time() - start)
    return best / count


def test_the_next_variable_is_found_as_fast_among_many_as_among_few() -> None:
    assert walk_seconds(20_000) < 20 * walk_seconds(200)
