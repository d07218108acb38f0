"""Finding the mirror, and the order of kernel modules."""

import lzma
from pathlib import Path

import pytest

from lab import modules, packages
from lab.errors import Missing

TARGETS = "Debian|http://mirror.example/debian/|main\nDebian-Security|http://mirror.example/security/|main\nOther|http://x.example/|main\n"


def test_another_suite_is_asked_of_the_mirror_the_host_uses() -> None:
    told = packages.sources(TARGETS, "trixie")
    lines = [line.split("] ")[1] for line in told.splitlines()]
    assert lines == [
        "http://mirror.example/debian/ trixie main",
        "http://mirror.example/debian/ trixie-updates main",
        "http://mirror.example/security/ trixie-security main",
    ]


def test_without_a_mirror_of_debian_packages_are_missing() -> None:
    with pytest.raises(Missing, match="name no mirror of Debian"):
        packages.sources("Other|http://x.example/|main\n", "trixie")


def test_a_program_that_is_not_there_is_missing() -> None:
    with pytest.raises(Missing, match="no-such-apt is not on this host"):
        packages._output(["no-such-apt", "update"])


def test_a_program_that_fails_is_quoted() -> None:
    with pytest.raises(Missing, match="E: no such suite"):
        packages._output(["sh", "-c", "echo noise >&2; echo 'E: no such suite' >&2; exit 100"])


def test_a_module_comes_after_all_it_depends_on(tmp_path: Path) -> None:
    needs = {"a": "b_c,d", "b-c": "d", "d": "", "other": ""}
    for name, on in needs.items():
        data = b"\0license=GPL\0depends=" + on.encode() + b"\0"
        if name == "d":
            (tmp_path / "d.ko.xz").write_bytes(lzma.compress(data))
        else:
            (tmp_path / f"{name}.ko").write_bytes(data)
    order = modules.in_order(tmp_path, ["a", "built-in", "d"])
    assert list(order) == ["d", "b_c", "a"]
    assert order["d"].startswith(b"\0license")
