"""Asks a C compiler what a header says: the value of any integer expression."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NoReturn

import pytest

from efirt.wire.layout import CStruct, Field

INCLUDE = Path("/usr/include/xen")
REQUIRED = "abi" in os.environ.get("EFIRT_REQUIRE", "").split(",")


def cannot(why: str) -> NoReturn:
    """Skip, or fail where EFIRT_REQUIRE names abi."""
    if REQUIRED:
        pytest.fail(f"EFIRT_REQUIRE names abi, but: {why}", pytrace=False)
    pytest.skip(why)


def header(name: str) -> str:
    """Read one of Xen's public headers."""
    path = INCLUDE / name
    if not path.is_file():
        cannot(f"{path} is missing: install Xen's headers (Debian: libxen-dev)")
    return path.read_text(encoding="utf-8")


def values(preamble: str, expressions: Iterable[str]) -> dict[str, int]:
    """Compile, run, and give the value of each expression."""
    if not shutil.which("gcc"):
        cannot("there is no gcc: install it with the C library's headers (Debian: gcc libc6-dev)")
    wanted = list(expressions)
    prints = "\n".join(f'printf("%lld\\n", (long long)({expression}));' for expression in wanted)
    program = f"#include <stddef.h>\n#include <stdint.h>\n#include <stdio.h>\n{preamble}\nint main(void) {{\n{prints}\nreturn 0; }}\n"
    with tempfile.TemporaryDirectory() as folder:
        source, binary = Path(folder, "ask.c"), Path(folder, "ask")
        source.write_text(program, encoding="utf-8")
        compiled = subprocess.run(["gcc", "-o", binary, source], capture_output=True, text=True, check=False)
        assert compiled.returncode == 0, compiled.stderr
        lines = subprocess.run([binary], capture_output=True, text=True, check=True).stdout.split()
    return dict(zip(wanted, map(int, lines), strict=True))


def layout(struct: type[CStruct]) -> dict[str, int]:
    """What we say of a structure, under the C expression for each number."""
    said = {f"sizeof({struct.C_NAME})": struct.SIZE}
    for field in struct.fields():
        member = member_name(struct, field)
        said[f"offsetof({struct.C_NAME}, {member})"] = field.offset
        said[f"sizeof((({struct.C_NAME} *)0)->{member})"] = field.size
    return said


def member_name(struct: type[CStruct], field: Field) -> str:
    return f"{struct.C_MEMBER}.{field.name}" if struct.C_MEMBER else field.name


def differences(said: Mapping[str, int], compiled: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Name every number that is not the compiler's: ours, then its."""
    return {expression: (number, compiled[expression]) for expression, number in said.items() if number != compiled[expression]}
