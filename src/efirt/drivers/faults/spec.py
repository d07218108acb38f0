"""How faults are written: ``WHAT[:OPTION=VALUE]...``, several joined by commas.

``write:nth=3:status=OUT_OF_RESOURCES``, ``get:name=BootOrder:errno=5``, ``vanish:nth=2``, ``space=100``, ``power-cut:after=2``.
"""

from collections.abc import Callable, Mapping

from efirt.annotation import Final, NamedTuple
from efirt.drivers.faults.kinds import Failure, Fault, PowerCut, Space, Vanishing, Which
from efirt.errors import HypervisorError
from efirt.ops.driver import OPERATIONS, Op
from efirt.ops.reply import Reply
from efirt.ops.variables import GetNextVariableName, GetVariable, QueryVariableInfo, SetVariable
from efirt.values.status import Status

_LARGEST_ERRNO: Final = 4095
_LARGEST: Final = 10**18 - 1

Options = Mapping[str, str]


class Kind(NamedTuple):
    """A word that a fault may begin with.

    Attributes:
        summary: What goes wrong.
        options: What may stand behind it; the word itself where ``WORD=VALUE`` is written.
        make: Makes the fault of its options.
    """

    summary: str
    options: tuple[str, ...]
    make: Callable[[Options], Fault]


def _calls(summary: str, *operations: type[Op]) -> Kind:
    kinds = frozenset(operations)
    has_names = any("key" in operation._fields for operation in kinds)
    options = ("name", "nth", "status", "errno") if has_names else ("nth", "status", "errno")
    return Kind(summary, options, lambda given: Failure(kinds, given.get("name", "*"), _which(given), _outcome(given)))


def _which(given: Options) -> Which:
    text = given.get("nth", "1+")
    return Which(_number("nth", text.removesuffix("+"), 1), text.endswith("+"))


def _number(option: str, text: str, least: int, most: int = _LARGEST) -> int:
    digits = text.isascii() and text.isdecimal() and len(text) <= len(str(most))
    if not digits or not least <= int(text) <= most:
        raise ValueError(f"{option}={text} is not a number from {least} to {most}")
    return int(text)


def _outcome(given: Options) -> Callable[[Op], Reply]:
    if len({"status", "errno"} & given.keys()) != 1:
        raise ValueError("it needs one of status=NAME and errno=NUMBER")
    if "status" in given:
        reply = Reply(Status.parse(given["status"]))
        return lambda _op: reply
    errno = _number("errno", given["errno"], 1, _LARGEST_ERRNO)

    def refuse(op: Op) -> Reply:
        message = f"{type(op).__name__}: Xen refused the hypercall with errno {errno}"
        raise HypervisorError(message, "this is a fault that was asked for", errno=errno)

    return refuse


def _vanishing(given: Options) -> Fault:
    which = _which(given)
    return Vanishing(given.get("name", "*"), which if "nth" in given else which._replace(on=False))


KINDS: Final[Mapping[str, Kind]] = {
    "get": _calls("reading a variable fails", GetVariable),
    "write": _calls("writing or deleting a variable fails", SetVariable),
    "next": _calls("walking on from a name fails", GetNextVariableName),
    "query": _calls("asking for room fails", QueryVariableInfo),
    "any": _calls("any call fails", *OPERATIONS),
    **{operation.__name__: _calls("calls of this operation fail", operation) for operation in OPERATIONS},
    "vanish": Kind("a variable vanishes right after a walk gave its name", ("name", "nth"), _vanishing),
    "space": Kind("so many bytes are left in the store", ("space",), lambda given: Space(_number("space", given.get("space", ""), 0))),
    "power-cut": Kind(
        "the power goes after so many writes", ("after",), lambda given: PowerCut(_number("after", given.get("after", ""), 0))
    ),
}
"""What a fault can begin with."""


def parse(spec: str) -> tuple[Fault, ...]:
    """Read faults, the first of which a call meets first.

    Raises:
        ValueError: They make no sense; it says which one, and why.
    """
    return tuple(map(_fault, spec.split(",")))


def _fault(text: str) -> Fault:
    try:
        return _made(text)
    except ValueError as cause:
        example = "write WHAT:OPTION=VALUE, such as write:nth=3:status=OUT_OF_RESOURCES, and join several by commas"
        raise ValueError(f"{text!r} is not a fault: {cause}; {example}") from None


def _made(text: str) -> Fault:
    head, *words = text.strip().split(":")
    what = head.partition("=")[0]
    if what not in KINDS:
        raise ValueError(f"there is no {what!r}, only {', '.join(KINDS)}")
    kind, given = KINDS[what], dict[str, str]()
    for word in [head, *words] if head != what else words:
        option, equals, value = word.partition("=")
        if option not in kind.options or not equals or not value or option in given:
            raise ValueError(f"{word!r} is not one of its options, each once with a value: {', '.join(kind.options)}")
        given[option] = value
    return kind.make(given)
