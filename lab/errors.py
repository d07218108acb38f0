"""What can go wrong in the lab, sorted by what the reader has to do about it."""


class Missing(Exception):
    """Something the lab needs is not on this host; the message says what, and how to get it, in one line."""


class BootFailed(Exception):
    """A machine did not bring back a result: it hung, died, ran out of time, or spoke nonsense.

    Attributes:
        console: All the machine printed on its first serial port (firmware, Xen, kernel).
    """

    def __init__(self, why: str, console: str, *, lines: int = 30) -> None:
        """Say why, followed by the last lines of the console."""
        tail = "\n".join(console.replace("\r", "").splitlines()[-lines:])
        super().__init__(f"{why}\n--- the last of the console ---\n{tail}")
        self.console = console
