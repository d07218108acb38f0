"""efirt.abi.xen_errno against Xen's own header, by a C compiler."""

import re

from efirt.abi import xen_errno
from tests.abi.compiler import differences, header, values

# Some numbers are Xen's own business, and stand in the list for a hypervisor's build only.
PREAMBLE = "#define __XEN__ 1\n#define XEN_ERRNO(name, value) XEN_##name = value,\nenum {\n#include <xen/errno.h>\n};\n"
ALIASES = {"EWOULDBLOCK": "EAGAIN", "EDEADLOCK": "EDEADLK"}


def test_every_number_is_the_header_s() -> None:
    header("errno.h")
    said = {f"XEN_{name}": number for name, number in xen_errno.NUMBERS.items()}
    said |= {name: number for name, number in vars(xen_errno).items() if isinstance(number, int)}
    assert differences(said, values(PREAMBLE, said)) == {}


def test_every_name_of_the_header_is_listed_or_an_alias() -> None:
    named = re.findall(r"^XEN_ERRNO\((\w+),", header("errno.h"), re.MULTILINE)
    assert len(named) > 40
    assert {name for name in named if name not in xen_errno.NUMBERS} == {*ALIASES}


def test_an_alias_has_the_number_of_its_other_name() -> None:
    header("errno.h")
    compiled = values(PREAMBLE, [f"XEN_{name}" for name in ALIASES])
    assert compiled == {f"XEN_{name}": xen_errno.NUMBERS[other] for name, other in ALIASES.items()}


def test_no_two_names_share_a_number() -> None:
    assert len(set(xen_errno.NUMBERS.values())) == len(xen_errno.NUMBERS)
