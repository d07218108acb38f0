"""What became of a case of ``efirt check`` that somebody interrupted."""

from collections.abc import Callable

_STOPPED = "was interrupted"
_CLEANING = "cleans up"
_LEAVES = "leaves: "


class Ending:
    """How a run ended, as the lines of its log tell.

    Attributes:
        cause: The interruption; None where there was none.
    """

    def __init__(self) -> None:
        self.cause: KeyboardInterrupt | None = None
        self._case = ""
        self._steps: list[str] = []

    def watching(self, tell: Callable[[str], None]) -> Callable[[str], None]:
        """Take the lines, and pass them on."""

        def watch(line: str) -> None:
            if not line.startswith(" "):
                case, _, step = line.partition(" ")
                if case != self._case or step.startswith("begins"):
                    self._case, self._steps = case, []
                self._steps.append(step)
            tell(line)

        return watch

    @property
    def sentence(self) -> str:
        """What to tell of an interruption: that a case was cleaned up after only where it was, to the end."""
        last = self._steps[-1] if self._steps else ""
        if last.startswith(_LEAVES):
            left = "; ".join(step.removeprefix(_LEAVES) for step in self._steps if step.startswith(_LEAVES))
            return f"interrupted; the case that was running, {self._case}, was cleaned up after, but for this: {left}"
        if last not in {_STOPPED, _CLEANING}:
            return "interrupted between two cases"
        is_again = self.cause is not None and isinstance(self.cause.__context__, KeyboardInterrupt)
        if last == _CLEANING and _STOPPED in self._steps and not is_again:
            return "interrupted; the case that was running was cleaned up after"
        return f"interrupted while {self._case} was cleaned up after: variables of the suite may be left behind"
