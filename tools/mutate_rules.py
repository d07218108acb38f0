"""Take each row of the firmware model away, and change its answer, and tell which of that a fast suite does not notice.

Usage: python tools/mutate_rules.py [PROFILE...]. The suite is the conformance cases and the recorded answers of real firmware; the rows'
own tests, which would notice every one, are left out on purpose.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from efirt.firmware import PROFILES, Profile  # noqa: E402 - after the path
from efirt.firmware.rule import Rule  # noqa: E402
from efirt.testing.conformance.cases import ALL  # noqa: E402
from efirt.testing.conformance.payloads import Nobody, Signer  # noqa: E402
from efirt.testing.conformance.signing import Keys  # noqa: E402
from efirt.testing.conformance.simulated import SimulatedMachine  # noqa: E402
from efirt.testing.conformance.suite import NO_SIGNER, Run  # noqa: E402
from efirt.values.status import Status  # noqa: E402
from tests.firmware.recorded import answers, recorded  # noqa: E402


def tables(profile: Profile) -> Iterator[tuple[str, Rule[object]]]:
    """Each row with the table it stands in."""
    for name, value in profile._asdict().items():
        if isinstance(value, tuple) and value and isinstance(value[0], Rule):
            yield from ((name, row) for row in value)


def mutants(profile: Profile) -> Iterator[tuple[str, str, str, Profile]]:
    """The profile with one row gone, or answering otherwise."""
    for table, row in tables(profile):
        yield table, row.sentence, "gone", profile.quirk(table, row.sentence)
        other = Status.TIMEOUT if row.status != Status.SUCCESS else Status.ABORTED
        yield table, row.sentence, "answers otherwise", profile.quirk(table, row.sentence, other)


def verdicts(profile: Profile, signer: Signer) -> Iterator[object]:
    """What the suite says of a profile, the quick parts first."""
    run = Run(SimulatedMachine(profile), signer)
    for case in ALL:
        if not case.fills:
            outcome = run.outcome(case)
            yield case.id, outcome.outcome
    for name in recorded():
        yield answers(profile, name)


def differ(profile: Profile, expected: list[object], signer: Signer) -> bool:
    """Whether the suite says anything else of a profile than was expected."""
    return any(one != other for one, other in zip(verdicts(profile, signer), expected, strict=True))


def main() -> None:
    """Tell the survivors as JSON lines, and count."""
    names = sys.argv[1:] or ["ovmf-2022.11", "uefi-spec"]
    try:
        signer: Signer = Keys()
    except ImportError:
        signer = Nobody(NO_SIGNER)
    noticed = total = 0
    for name in names:
        profile = PROFILES[name]
        expected = list(verdicts(profile, signer))
        for table, sentence, how, mutant in mutants(profile):
            total += 1
            if differ(mutant, expected, signer):
                noticed += 1
            else:
                print(json.dumps({"profile": name, "table": table, "row": sentence, "how": how}), flush=True)
    print(json.dumps({"mutants": total, "noticed": noticed, "survived": total - noticed}))


if __name__ == "__main__":
    main()
