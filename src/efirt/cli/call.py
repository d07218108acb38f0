"""What a verb works with, and what it may yield beside its own values."""

from collections.abc import Callable

from efirt.annotation import TYPE_CHECKING, NamedTuple
from efirt.cli.options import Arguments

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

    def open(self, *, inactive: bool = False) -> "Runtime":
        """Open the driver the command line names, held as its options say."""
        given = self.arguments

        def opened() -> "Runtime":
            return self.opener(given.driver, inactive=inactive)

        if not given.read_only and not given.trace and given.record is None and given.faults is None:
            return opened()
        from efirt.cli.holding import open_held  # noqa: PLC0415 - most commands hold nothing

        return open_held(opened, given)
