"""Running a target with its corpus."""

from collections.abc import Callable
from pathlib import Path

import atheris


def run(name: str, target: Callable[[bytes], None], words: list[str]) -> None:
    """Fuzz until a finding, or until libFuzzer's options say that it is enough.

    Args:
        name: The corpus' folder.
        target: What is fuzzed.
        words: The program and libFuzzer's options.
    """
    atheris.Setup([*words, str(Path(__file__).parent / "corpus" / name)], target)
    atheris.Fuzz()
