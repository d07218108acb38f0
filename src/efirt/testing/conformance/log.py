"""The log: each line is on the disk before what it says is done, so that a crash names its cause."""

import os
from types import TracebackType
from typing import Self


class Log:
    """A file of lines.

    Args:
        path: Where; None for no file.

    Raises:
        OSError: It cannot be written.
    """

    def __init__(self, path: str | None) -> None:
        self._file = None if path is None else open(path, "w", encoding="utf-8", errors="backslashreplace")  # noqa: PTH123, SIM115 - closed by close
        if path is not None:
            _sync_folder(path)

    def tell(self, line: str) -> None:
        """Write a line, and wait until it is on the disk."""
        if self._file is not None:
            self._file.write(line.encode("unicode_escape").decode("ascii") + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file; again is harmless."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Self:
        """The log itself."""
        return self

    def __exit__(self, _kind: type[BaseException] | None, _cause: BaseException | None, _trace: TracebackType | None) -> None:
        """Close it."""
        self.close()


def _sync_folder(path: str) -> None:
    """A file that was just made is found again only when its folder is on the disk, too."""
    folder = os.open(os.path.dirname(os.path.abspath(path)), os.O_RDONLY)  # noqa: PTH100, PTH120 - pathlib costs milliseconds
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
