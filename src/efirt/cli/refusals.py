"""What the command line itself says no to."""

from efirt.errors import EfirtError


class UsageError(ValueError):
    """The command line makes no sense.

    Attributes:
        advice: What to write instead; may be empty.
    """

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.advice = advice


class OutputFailed(EfirtError):
    """Standard output takes no more."""

    kind = "output"
