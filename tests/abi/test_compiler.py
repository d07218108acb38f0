"""The oracle itself: it notices a wrong number, and says so where it cannot be asked."""

import pytest

from efirt.wire.layout import CStruct, Field
from tests.abi import compiler


class Pair(CStruct):
    C_NAME = "struct pair"
    SIZE = 8

    small = Field("B", 0)
    large = Field("I", 4)


class MistakenPair(Pair):
    small = Field("H", 0)
    large = Field("I", 1)


PREAMBLE = "struct pair { uint8_t small; uint32_t large; };"


def test_a_right_structure_is_right() -> None:
    said = compiler.layout(Pair)
    assert len(said) == 5
    assert compiler.differences(said, compiler.values(PREAMBLE, said)) == {}


def test_a_wrong_offset_and_a_wrong_size_are_noticed() -> None:
    said = compiler.layout(MistakenPair)
    assert compiler.differences(said, compiler.values(PREAMBLE, said)) == {
        "sizeof(((struct pair *)0)->small)": (2, 1),
        "offsetof(struct pair, large)": (1, 4),
    }


def test_a_missing_compiler_is_a_skip_that_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr(compiler, "REQUIRED", False)
    with pytest.raises(pytest.skip.Exception, match="there is no gcc: install it"):
        compiler.values("", ["1"])


def test_a_missing_header_is_red_where_the_oracle_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "REQUIRED", True)
    with pytest.raises(pytest.fail.Exception, match=r"EFIRT_REQUIRE names abi, but: .*libxen-dev"):
        compiler.header("no-such-header.h")
