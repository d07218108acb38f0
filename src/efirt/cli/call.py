"""What a verb works with, and what it may yield beside its own values."""

from efirt.annotation import TYPE_CHECKING, Callable, NamedTuple
from efirt.cli.options import Arguments
from efirt.errors import EfirtError

if TYPE_CHECKING:
    from efirt.runtime.services import Runtime


class Note(str):
    """Something a verb has to say beside its answer: a sentence."""

    __slots__ = ()


class Raw(bytes):
    """Bytes that go to standard output as they are."""

    __slots__ = ()


class Exit(int):
    """What the process ends with, where nothing was raised and still it is not 0."""

    __slots__ = ()


class Rows(tuple[str, ...]):
    """Lines that go to standard output at once; a verb that yields such, and be they none, has nothing else for it."""

    __slots__ = ()


class Progress(str):
    """How far a verb is, for who watches: a line on standard error that the next one replaces."""

    __slots__ = ()


class Summary(NamedTuple):
    """What came of it all, for standard error.

    Attributes:
        line: For people.
        record: For programs.
    """

    line: str
    record: dict[str, object]


class Opened:
    """An open driver, for a ``with``: an error that leaves it is looked into while the driver can still be asked."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime

    def __enter__(self) -> "Runtime":
        """The driver, with manners."""
        return self._runtime

    def __exit__(self, _kind: object, cause: BaseException | None, _trace: object) -> None:
        """Close it."""
        try:
            if isinstance(cause, EfirtError):
                from efirt.cli.failure import look_into  # noqa: PLC0415 - most commands do not fail

                look_into(self._runtime, cause)
        finally:
            self._runtime.close()


class Call(NamedTuple):
    """One use of a verb.

    Attributes:
        arguments: What stands on the command line.
        opener: Opens the driver of a name, or chooses one; with ``inactive`` also where its firmware cannot be reached.
        mounts: The file that lists what is mounted.
    """

    arguments: Arguments
    opener: "Callable[..., Runtime]"
    mounts: str

    @property
    def holds(self) -> bool:
        """Whether the command line has the driver held by others."""
        given = self.arguments
        return bool(given.read_only or given.trace) or given.record is not None or given.faults is not None

    def open(self, *, inactive: bool = False) -> "Opened":
        """Open the driver the command line names, held as its options say."""
        return Opened(self._opened(inactive=inactive))

    def _opened(self, *, inactive: bool) -> "Runtime":
        given = self.arguments

        def opened() -> "Runtime":
            return self.opener(given.driver, inactive=inactive)

        if not self.holds:
            return opened()
        from efirt.cli.holding import open_held  # noqa: PLC0415 - most commands hold nothing

        return open_held(opened, given)
