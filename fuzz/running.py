"""Running a target with its corpus: the seeds are only read, what is found goes into build/fuzz."""

from collections.abc import Callable
from pathlib import Path

import atheris

HERE = Path(__file__).resolve().parent
FOUND = HERE.parent / "build" / "fuzz"


def run(name: str, target: Callable[[bytes], None], words: list[str]) -> None:
    """Fuzz until a finding, or until libFuzzer's options say that it is enough.

    Inputs that reach something new are kept in ``build/fuzz/NAME/corpus`` for the next run, and findings in ``build/fuzz/NAME``.

    Args:
        name: The corpus' folder.
        target: What is fuzzed.
        words: The program, and libFuzzer's options, or files to run once.
    """
    found = FOUND / name
    kept = found / "corpus"
    kept.mkdir(parents=True, exist_ok=True)
    once = any(not word.startswith("-") for word in words[1:])
    folders = [] if once else [str(kept), str(HERE / "corpus" / name)]
    atheris.Setup([words[0], f"-artifact_prefix={found}/", *words[1:], *folders], target)
    atheris.Fuzz()
