"""A recording: what a driver carries, then every question with its answer in the order in which they were asked, each on a line of JSON.

The first line is ``{"efirt-recording": 1, "driver": NAME, "carried": [...], "not_carried": {...}}``, every other ``{"op": {...}, "reply":
{...}}`` or ``{"op": {...}, "error": {...}}`` as :mod:`~efirt.ops.notation` has them; ``malformed`` stands for ``op`` where a pointer was
NULL. Between them may stand ``{"note": {...}}``: what the program that asked had to say. A last line without an end was cut off by a
crash, and does not count.
"""

from collections.abc import Mapping
from json import JSONDecodeError, dumps, loads

from efirt.annotation import Any, Final, NamedTuple, Self
from efirt.errors import DecodeError, DriverError
from efirt.ops.driver import OPERATIONS, Driver, Op
from efirt.ops.malformed import Malformed
from efirt.ops.notation import (
    read_error,
    read_malformed,
    read_op,
    read_reply,
    write_error,
    write_malformed,
    write_op,
    write_reply,
)
from efirt.ops.reply import Reply

FORMAT: Final = 1
"""What this writes and reads."""

_MAGIC: Final = "efirt-recording"
_NOTE: Final = "note"
_BY_NAME: Final = {operation.__name__: operation for operation in OPERATIONS}

Question = Op | Malformed
Answer = Reply | DriverError | ValueError


def answer_record(answer: Answer) -> dict[str, object]:
    """An answer as JSON values, under a word that says which kind it is."""
    return {"reply": write_reply(answer)} if isinstance(answer, Reply) else {"error": write_error(answer)}


def first_line(driver: Driver) -> str:
    """The line that says whose answers follow."""
    carried = [name for name, operation in _BY_NAME.items() if operation in driver.carried]
    reasons = {name: driver.why_not(operation) for name, operation in _BY_NAME.items() if operation not in driver.carried}
    return dumps({_MAGIC: FORMAT, "driver": driver.name, "carried": carried, "not_carried": reasons}) + "\n"


def question_record(asked: Question) -> dict[str, object]:
    """A question as JSON values, under a word that says which kind it is."""
    return {"malformed": write_malformed(asked)} if isinstance(asked, Malformed) else {"op": write_op(asked)}


def line(asked: Question, answer: Answer) -> str:
    """The line of one question and its answer."""
    return dumps(question_record(asked) | answer_record(answer)) + "\n"


def note_line(note: Mapping[str, object]) -> str:
    """The line of what the program has to say."""
    return dumps({_NOTE: note}) + "\n"


class Step(NamedTuple):
    """One question and its answer.

    Attributes:
        line: Where it stands in the recording, from 2.
        op: What was asked.
        answer: What came back.
    """

    line: int
    op: Question
    answer: Answer


class Note(NamedTuple):
    """What the program that asked had to say.

    Attributes:
        line: Where it stands in the recording, from 2.
        at: How many questions stand before it.
        value: It, as JSON values.
    """

    line: int
    at: int
    value: Mapping[str, Any]


class Recording(NamedTuple):
    """A recording that was read.

    Attributes:
        driver: The driver's name.
        carried: The operations it had a road for.
        not_carried: The others, each with the reason.
        steps: Questions and answers in order.
        cut_off: Whether its last line is incomplete, and was left out.
        notes: What the program that asked had to say meanwhile.
    """

    driver: str
    carried: frozenset[type[Op]]
    not_carried: Mapping[type[Op], str]
    steps: tuple[Step, ...]
    cut_off: bool
    notes: tuple[Note, ...] = ()

    @classmethod
    def decode(cls, data: bytes, where: str) -> Self:
        """Read one.

        Args:
            data: All of it.
            where: What to call it in an error.

        Raises:
            DecodeError: A line is not what it should be; it says which.
        """
        *lines, rest = data.split(b"\n")
        if not lines:
            raise DecodeError(where, 0, "it has no first line that says what it is", "make one with --record FILE")
        driver, carried, reasons = _read(lines[0], f"{where}, line 1", _head)
        steps, notes = list[Step](), list[Note]()
        for number, text in enumerate(lines[1:], 2):
            read = _read(text, f"{where}, line {number}", _step)
            if isinstance(read, dict):
                notes.append(Note(number, len(steps), read))
            else:
                steps.append(Step(number, *read))
        return cls(driver, carried, reasons, tuple(steps), bool(rest), tuple(notes))


def _read(text: bytes, where: str, meaning: Any) -> Any:  # noqa: ANN401 - JSON, and what it means
    try:
        value = loads(text.decode("utf-8"))
        if not isinstance(value, dict):
            raise DecodeError(where, 0, "it is not an object of JSON")
        return meaning(value)
    except JSONDecodeError as cause:
        raise DecodeError(where, cause.pos, f"it is not JSON: {cause.msg}") from None
    except KeyError as cause:
        raise DecodeError(where, 0, f"it has no member {cause}") from None
    except (ValueError, TypeError, RecursionError) as cause:
        raise DecodeError(where, 0, str(cause)) from None


def _head(value: dict[str, Any]) -> tuple[str, frozenset[type[Op]], dict[type[Op], str]]:
    if _MAGIC not in value:
        raise ValueError("it does not say that this is a recording of efirt's")
    if value[_MAGIC] != FORMAT:
        raise ValueError(f"the recording has format {value[_MAGIC]!r:.20}, and this reads format {FORMAT}")
    name, carried, reasons = value["driver"], value["carried"], value["not_carried"]
    if not isinstance(name, str) or not isinstance(carried, list) or not isinstance(reasons, dict):
        raise ValueError("driver, carried and not_carried are not a name, a list and an object")  # noqa: TRY004 - it is the bytes' fault
    if not name or not name.isprintable():
        raise ValueError("the driver's name is no name")
    return name, frozenset(map(_operation, carried)), {_operation(word): str(why) for word, why in reasons.items()}


def _operation(name: object) -> type[Op]:
    if not isinstance(name, str) or name not in _BY_NAME:
        raise ValueError(f"{name!r:.60} is not an operation")
    return _BY_NAME[name]


def _step(value: dict[str, Any]) -> tuple[Question, Answer] | dict[str, Any]:
    if _NOTE in value:
        note = value[_NOTE]
        if not isinstance(note, dict):
            raise ValueError("the note is not an object")
        return note
    asked = read_malformed(value["malformed"]) if "malformed" in value else read_op(value["op"])
    return asked, read_error(value["error"]) if "error" in value else read_reply(value["reply"])
