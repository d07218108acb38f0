"""The named tuples made without typing are those of typing."""

import copy
import pickle
import typing
from types import GenericAlias
from typing import Any

import pytest

from efirt import annotation


class Point(annotation.NamedTuple):
    """Where.

    Attributes:
        x: Across.
        y: Up.
    """

    x: int
    y: int = 5

    @property
    def total(self) -> int:
        return self.x + self.y

    def __add__(self, other: object) -> "Point":
        assert isinstance(other, Point)
        return Point(self.x + other.x, self.y + other.y)


class Model(typing.NamedTuple):
    x: int
    y: int = 5


class Wide(annotation.NamedTuple):
    a: int
    b: int
    c: int
    d: int
    e: int
    f: int
    g: int
    h: int
    i: int
    j: int
    k: int
    l: int = 12  # noqa: E741 - the twelfth letter


class Refined(Point):
    """A class below keeps the fields."""

    __slots__ = ()


SHARED = ("_fields", "_field_defaults", "__match_args__", "__slots__")


@pytest.mark.parametrize("name", SHARED)
def test_a_class_has_what_typings_has(name: str) -> None:
    assert getattr(Point, name) == getattr(Model, name)


def test_values_are_made_by_place_and_by_name() -> None:
    assert Point(1) == Point(1, 5) == Point(x=1, y=5) == (1, 5)
    assert Point(1, y=2).y == 2
    assert Point(1, 2).total == 3
    assert Point(1, 2) + Point(3, 4) == Point(4, 6)
    make: Any = Wide
    assert make(*range(11)) == make(*range(11), l=12) == (*range(11), 12)
    assert Refined(3).total == 8


MISTAKES: list[tuple[tuple[int, ...], dict[str, int]]] = [((), {}), ((1, 2, 3), {}), ((1,), {"z": 1}), ((1,), {"x": 1})]


@pytest.mark.parametrize(("places", "names"), MISTAKES)
def test_what_cannot_be_made_is_refused_in_the_same_words(places: tuple[int, ...], names: dict[str, int]) -> None:
    messages = []
    for kind in (Point, Model):
        make: Any = kind
        with pytest.raises(TypeError) as caught:
            make(*places, **names)
        messages.append(str(caught.value).replace("Model", "Point").replace("_class", "_cls"))
    assert messages[0] == messages[1]


def test_it_does_what_named_tuples_do() -> None:
    point = Point(1, 2)
    assert repr(point) == "Point(x=1, y=2)"
    assert repr(Refined(1)) == "Refined(x=1, y=5)"
    assert point._asdict() == {"x": 1, "y": 2}
    assert point._replace(y=9) == Point(1, 9)
    assert type(Refined(1)._replace(x=2)) is Refined
    assert Point._make([3, 4]) == Point(3, 4)
    assert point == (1, 2)
    assert hash(point) == hash((1, 2))
    assert not hasattr(point, "__dict__")
    for again in (pickle.loads(pickle.dumps(point)), copy.copy(point), copy.deepcopy(point)):  # noqa: S301 - of our own making
        assert (type(again), again) == (Point, point)
    match point:
        case Point(x, y):
            assert (x, y) == (1, 2)
    assert Point.__module__ == __name__
    assert (Point.__doc__ or "").startswith("Where.")


def test_a_name_or_a_number_that_is_wrong_is_an_error() -> None:
    make: Any = Point._make
    with pytest.raises(TypeError, match="Expected 2 arguments, got 3"):
        make([1, 2, 3])
    replace: Any = Point(1)._replace
    with pytest.raises(ValueError, match=r"unexpected field names: \['z'\]"):
        replace(z=1)
    with pytest.raises(AttributeError):
        Point(1).x = 2  # type: ignore[misc]


def test_a_class_that_makes_no_sense_is_refused() -> None:
    base: Any = annotation.NamedTuple
    make: Any = type(base)
    with pytest.raises(TypeError, match="y, which has no default, follows"):
        make("Odd", (base,), {"__annotations__": {"x": int, "y": int}, "x": 1})
    with pytest.raises(ValueError, match="cannot begin with an underscore"):
        make("Odd", (base,), {"__annotations__": {"_x": int}})


def test_words_take_brackets_and_bars() -> None:
    stands: list[Any] = [annotation.Any, annotation.Final, annotation.ClassVar, annotation.TypeVar("T")]
    for word in stands[:3]:
        assert word[int] is word[int, str]
        assert (word | None) is (None | word)
    kinds: Any = GenericAlias(tuple, (stands[3], ...))
    assert kinds[int] == tuple[int, ...]
    given: object = 3
    assert annotation.cast("int", given) is given


def test_every_word_is_typings_to_a_checker() -> None:
    assert {*annotation.__all__} - {"TYPE_CHECKING"} <= {*typing.__all__}
