"""The words of ``typing`` and ``collections.abc`` this package uses, without importing these.

The first takes longer than Python's own start, the second a fifth of it. A type checker sees the words' own modules. At run time nobody
looks at annotations, so a word that only stands in annotations is one object that takes any brackets; :class:`NamedTuple` does what
typing's does, without compiling source text for each class.

Source: Python 3.11, Lib/typing.py and Lib/collections/__init__.py (what a named tuple has).
"""

import sys

__all__ = [
    "TYPE_CHECKING",
    "Any",
    "Callable",
    "ClassVar",
    "Final",
    "Generic",
    "Iterable",
    "Iterator",
    "Literal",
    "Mapping",
    "NamedTuple",
    "NoReturn",
    "Protocol",
    "Self",
    "Sequence",
    "TextIO",
    "TypeAlias",
    "TypeVar",
    "cast",
]

TYPE_CHECKING = False

if TYPE_CHECKING or sys.version_info >= (3, 14):
    # From 3.14 on a class' annotations are a function that only typing and annotationlib know how to ask.
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any, ClassVar, Final, Generic, Literal, NamedTuple, NoReturn, Protocol, Self, TextIO, TypeAlias, TypeVar, cast
else:
    from _collections import _tuplegetter

    FunctionType, GenericAlias = type(lambda: None), type(list[int])  # types has these, too

    class _Word:
        """Stands where typing has a word; with brackets and bars it stays itself."""

        __slots__ = ()

        def __getitem__(self, _parameters: object) -> "_Word":
            return self

        def __or__(self, _other: object) -> "_Word":
            return self

        __ror__ = __or__

    Any = ClassVar = Final = Literal = NoReturn = Self = TextIO = TypeAlias = _Word()
    Callable = Iterable = Iterator = Mapping = Sequence = _Word()

    class Protocol:
        """A base that takes brackets and adds nothing."""

        __slots__ = ()
        __class_getitem__ = classmethod(GenericAlias)

    Generic = Protocol

    class TypeVar(_Word):
        """A name for a type, which brackets put in its place."""

        __slots__ = ()

        def __init__(self, _name: str, *_constraints: object, **_more: object) -> None:
            pass

        def __typing_subst__(self, given: object) -> object:
            return given

    def cast(_type: object, value: object) -> object:
        """The value."""
        return value

    _make_tuple = tuple.__new__

    # How a named tuple is made of so many fields; each class takes the one of its number, with its own names for the letters.
    _MAKERS = (
        lambda _class: _make_tuple(_class, ()),
        lambda _class, a: _make_tuple(_class, (a,)),
        lambda _class, a, b: _make_tuple(_class, (a, b)),
        lambda _class, a, b, c: _make_tuple(_class, (a, b, c)),
        lambda _class, a, b, c, d: _make_tuple(_class, (a, b, c, d)),
        lambda _class, a, b, c, d, e: _make_tuple(_class, (a, b, c, d, e)),
        lambda _class, a, b, c, d, e, f: _make_tuple(_class, (a, b, c, d, e, f)),
        lambda _class, a, b, c, d, e, f, g: _make_tuple(_class, (a, b, c, d, e, f, g)),
        lambda _class, a, b, c, d, e, f, g, h: _make_tuple(_class, (a, b, c, d, e, f, g, h)),
        lambda _class, a, b, c, d, e, f, g, h, i: _make_tuple(_class, (a, b, c, d, e, f, g, h, i)),
        lambda _class, a, b, c, d, e, f, g, h, i, j: _make_tuple(_class, (a, b, c, d, e, f, g, h, i, j)),
        lambda _class, a, b, c, d, e, f, g, h, i, j, k: _make_tuple(_class, (a, b, c, d, e, f, g, h, i, j, k)),
        lambda _class, a, b, c, d, e, f, g, h, i, j, k, m: _make_tuple(_class, (a, b, c, d, e, f, g, h, i, j, k, m)),
        lambda _class, a, b, c, d, e, f, g, h, i, j, k, m, n: _make_tuple(_class, (a, b, c, d, e, f, g, h, i, j, k, m, n)),
        lambda _class, a, b, c, d, e, f, g, h, i, j, k, m, n, o: _make_tuple(_class, (a, b, c, d, e, f, g, h, i, j, k, m, n, o)),
        lambda _class, a, b, c, d, e, f, g, h, i, j, k, m, n, o, p: _make_tuple(_class, (a, b, c, d, e, f, g, h, i, j, k, m, n, o, p)),
    )
    _GLOBALS = {"__builtins__": {}, "_make_tuple": _make_tuple}

    def _maker(name: str, fields: tuple[str, ...], defaults: tuple[object, ...]) -> FunctionType:
        if len(fields) < len(_MAKERS):
            code = _MAKERS[len(fields)].__code__.replace(co_varnames=("_class", *fields), co_name="__new__")
        else:
            names = ", ".join(fields)  # the compiler found each to be a name
            code = eval(f"lambda _class, {names}: _make_tuple(_class, ({names}))", _GLOBALS).__code__  # noqa: S307
        maker = FunctionType(code, _GLOBALS, "__new__", defaults)
        maker.__qualname__ = f"{name}.__new__"
        return maker

    class _OfNamedTuples(type):
        """Makes a class that derives from :class:`NamedTuple` itself one with these fields."""

        def __new__(cls, name: str, bases: tuple[type, ...], members: dict[str, object], *, _is_first: bool = False) -> "_OfNamedTuples":
            if _is_first or NamedTuple not in bases:
                return super().__new__(cls, name, bases, members)
            fields = tuple(members.get("__annotations__", ()))
            defaults = {}
            for index, field in enumerate(fields):
                if field[0] == "_":
                    raise ValueError(f"a field's name cannot begin with an underscore: {field!r}")
                if field in members:
                    defaults[field] = members[field]
                elif defaults:
                    raise TypeError(f"{name}: {field}, which has no default, follows a field that has one")
                members[field] = _tuplegetter(index, "")
            members.update(
                __slots__=(),
                __new__=_maker(name, fields, tuple(defaults.values())),
                __match_args__=fields,
                _fields=fields,
                _field_defaults=defaults,
            )
            return super().__new__(cls, name, bases, members)

    class NamedTuple(tuple, metaclass=_OfNamedTuples, _is_first=True):
        """A tuple whose places have names; what typing's has."""

        __slots__ = ()

        @classmethod
        def _make(cls, values: "Iterable[object]") -> "NamedTuple":
            """Make one of as many values as there are fields."""
            made = _make_tuple(cls, values)
            if len(made) != len(cls._fields):
                raise TypeError(f"Expected {len(cls._fields)} arguments, got {len(made)}")
            return made

        def _replace(self, /, **changed: object) -> "NamedTuple":
            """The same with some fields changed."""
            made = _make_tuple(type(self), map(changed.pop, self._fields, self))
            if changed:
                raise ValueError(f"Got unexpected field names: {[*changed]!r}")
            return made

        def _asdict(self) -> dict[str, object]:
            """The fields by name."""
            return dict(zip(self._fields, self, strict=True))

        def __repr__(self) -> str:
            return f"{type(self).__name__}({', '.join([f'{name}={value!r}' for name, value in zip(self._fields, self, strict=True)])})"

        def __getnewargs__(self) -> tuple[object, ...]:
            return tuple(self)
