"""What is read without argparse is what argparse reads."""

from argparse import ArgumentParser, Namespace
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.cli.options import BEHIND, VERBS, everywhere
from efirt.cli.plain import Plain

WORDS = [
    "", "-", "--", "-h", "--help", "--json", "--json=1", "--driver", "--driver=xen", "xen:simulated", "--trace", "--trace-json",
    "--read-only",
    "--data", "--raw", "--text", "--text=", "--hex=00", "--file", "-1", "--append", "--force", "--attributes", "NV+BS", "BootOrder", "show",
    "set", "wake", "now", "--group", "VAR-GET", "--case=X", "--unknown", "--dat", "--profile",
    "--layout", "4m", "--plain", "--to=aws", "--from", "--lossy", "--dictionary", "--svg", "--would-fit", "a.fd",
    "--csv", "--resume", "--jobs", "--limit",
    "--kind", "driver", "--label", "--file=x", "--disk", "--path", "--args=quiet", "--args-hex", "--at", "--dry-run", "--rest", "0001",
    "off",
]  # fmt: skip


ALL = {verb: module for verb, (module, _) in (VERBS | BEHIND).items() if module}


class Strict(ArgumentParser):
    def error(self, message: str) -> Any:
        raise ValueError(message)


def both(verb: str) -> tuple[Plain, ArgumentParser]:
    plain, parser = Plain(), Strict(allow_abbrev=False, add_help=False)
    for one in (plain, parser):
        everywhere(one)
        import_module(f"efirt.cli.verbs.{ALL[verb]}").options(one)
    return plain, parser


@given(st.sampled_from([*ALL]), st.lists(st.sampled_from(WORDS), max_size=6))
def test_a_line_it_reads_means_the_same_to_argparse(verb: str, words: list[str]) -> None:
    plain, parser = both(verb)
    found = plain.read(words)
    if found is None:
        return
    # argparse takes loose words of two options only when they stand together
    loose = [word for word in words if word in {"show", "set", "wake", "now"}]
    try:
        expected = parser.parse_args(words, Namespace())
    except ValueError:
        assert (verb == "time" and loose) or any(word.is_many for word in plain._words)
        return
    assert vars(found) == vars(expected)


@pytest.mark.parametrize(
    ("verb", "words", "said"),
    [
        ("list", [], {"data": False, "driver": None}),
        ("list", ["--data", "--driver", "xen", "--json"], {"data": True, "driver": "xen", "json": True}),
        ("get", ["--driver=xen:simulated", "BootOrder"], {"name": "BootOrder", "driver": "xen:simulated"}),
        ("set", ["db", "--hex", "00", "--append"], {"name": "db", "hex": "00", "text": None, "append": True}),
        ("set", ["db", "--text="], {"text": ""}),
        ("set", ["db", "--file", "-"], {"file": "-"}),
        ("time", [], {"action": "show", "value": None}),
        ("time", ["set", "--json", "now"], {"action": "set", "value": "now"}),
        ("check", ["--group", "A", "--group", "B"], {"group": ["A", "B"], "case": None}),
        ("info", ["--trace-json"], {"trace": "json"}),
        ("image audit", ["a", "b", "--csv", "c"], {"paths": ["a", "b", "c"], "csv": True}),
    ],
)
def test_a_plain_line_is_read(verb: str, words: list[str], said: dict[str, object]) -> None:
    found = both(verb)[0].read(words)
    assert isinstance(found, SimpleNamespace)
    assert said.items() <= vars(found).items()


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("list", ["extra"]),
        ("list", ["--help"]),
        ("list", ["--data=1"]),
        ("list", ["--dat"]),
        ("list", ["--driver"]),
        ("list", ["--driver", "--json"]),
        ("list", ["--"]),
        ("get", []),
        ("set", ["db"]),
        ("set", ["db", "--hex", "00", "--text", "x"]),
        ("set", ["db", "--text", "-x"]),
        ("time", ["sleep"]),
    ],
)
def test_any_other_is_left_to_argparse(verb: str, words: list[str]) -> None:
    assert both(verb)[0].read(words) is None


@pytest.mark.parametrize("how", [{"type": int}, {"nargs": "*"}])
def test_what_it_does_not_know_is_an_error_of_the_verb(how: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="teach"):
        Plain().add_argument("--size", **how)
