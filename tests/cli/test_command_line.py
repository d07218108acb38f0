"""The words themselves: verbs, options before and after them, help, and errors that are one line."""

import json

import pytest

from efirt.cli.options import VERBS
from tests.cli.conftest import Cli


def test_options_of_every_verb_stand_before_or_after_it(efirt: Cli) -> None:
    expected = efirt("list", "--json", "--driver", "simulated").json
    for words in (
        ("--json", "--driver", "simulated", "list"),
        ("--driver=simulated", "list", "--json"),
        ("--json", "list", "--driver", "simulated"),
    ):
        assert efirt(*words).json == expected


def test_a_driver_named_like_a_verb_is_still_a_driver(efirt: Cli) -> None:
    assert "there is no driver 'list'" in efirt("--driver", "list", "info").err


def test_help_lists_every_verb(efirt: Cli) -> None:
    result = efirt("--help")
    assert (result.status, result.err) == (0, "")
    assert [line.split()[0] for line in result.out.split("verbs:\n")[1].splitlines()[: len(VERBS)]] == list(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_has_help_of_its_own(efirt: Cli, verb: str) -> None:
    for words in ((verb, "--help"), ("-h", verb)):
        result = efirt(*words)
        assert (result.status, result.err) == (0, "")
        assert result.out.startswith(f"usage: efirt {verb} ")


def test_without_a_verb_the_help_goes_to_standard_error(efirt: Cli) -> None:
    result = efirt()
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith("usage: efirt ")
    assert efirt("--json").error["kind"] == "usage"


def test_the_version_is_the_package_s(efirt: Cli) -> None:
    import efirt as package

    assert efirt("--version") == (0, f"efirt {package.__version__}\n", "")
    assert efirt("list", "--version") == (0, f"efirt {package.__version__}\n", "")


@pytest.mark.parametrize(
    "words",
    [
        ("nonesuch",),
        ("--nonesuch",),
        ("list", "--nonesuch"),
        ("list", "--dat"),
        ("list", "more"),
        ("get",),
        ("get", "A", "B"),
        ("get", "A", "--raw", "--json"),
        ("list", "--driver"),
        ("--",),
    ],
)
def test_words_that_make_no_sense_are_one_error(efirt: Cli, words: tuple[str, ...]) -> None:
    result = efirt("--json", *words)
    assert (result.status, result.out) == (2, "")
    if words != ("--",):
        assert result.error["kind"] == "usage"
        assert list(json.loads(result.err)["error"]) == ["kind", "status", "errno", "message", "advice"]


def test_a_usage_error_says_where_help_is(efirt: Cli) -> None:
    assert efirt("set", "A") == (2, "", "efirt: one of the arguments --text --hex --file is required; efirt set --help shows how\n")


def test_a_name_that_begins_with_a_dash_stands_behind_two(efirt: Cli) -> None:
    assert "get -odd-" in efirt("get", "--", "-odd").err
