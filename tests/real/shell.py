"""What a firmware's own shell shows of a flash image: its dmpstore, read here with nothing but struct."""

from pathlib import Path
from struct import unpack_from
from typing import Final, NamedTuple
from zlib import crc32

import pytest

import lab
from efirt.images.edk2 import Edk2Image
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from tests.images.flash import OVMF_2M, OVMF_4M, Layout

Variables = dict[Key, tuple[int, bytes]]
"""Attributes and value of each variable."""

NV: Final = 1
FIRST: Final = "first.dmp"
LAST: Final = "last.dmp"

_TYPES: Final = Key("MemoryTypeInformation", Guid.parse("4c19049f-4137-4dd3-9c10-8b97a83ffdfa"))
_COUNTER: Final = Key("MTC", Guid.parse("eb704011-1402-11d3-8e77-00a0c969723b"))
_ATTEMPTS: Final = Guid.parse("59324945-ec44-4c0d-b1cd-9db139df070c")
CHANGING: Final = frozenset({_TYPES, _COUNTER})
"""What firmware writes anew at a boot: how much memory it took, and how often it has started."""

CONSOLES: Final = frozenset(Key(name, GLOBAL) for name in ("ConIn", "ConOut", "ErrOut"))
OWN: Final = frozenset(
    {
        *CHANGING,
        *CONSOLES,
        *(Key(name, GLOBAL) for name in ("BootOrder", "Boot0000", "Boot0001", "Boot0002", "Key0000", "Key0001")),
        *(Key(name, GLOBAL) for name in ("Lang", "PlatformLang", "Timeout")),
        *(Key(f"Attempt {number}", _ATTEMPTS) for number in range(1, 9)),
        Key("InitialAttemptOrder", Guid.parse("4b47d616-a8d6-4552-9d44-ccad2e0f4cf9")),
        Key("VarErrorFlag", Guid.parse("04b37fe8-f6ae-480b-bdd5-37d98c5e89aa")),
        Key("CustomMode", Guid.parse("c076ec0c-7028-4399-a072-71ee5c448b9f")),
        Key("SecureBootEnable", Guid.parse("f0a30bc7-af08-4556-99c4-001009c93a44")),
        Key("VendorKeysNv", Guid.parse("9073e4e0-60ec-4b6e-9903-4c223c260f3c")),
        Key("certdb", Guid.parse("d9bee56e-75dc-49d9-b4d7-b534210f637a")),
    }
)
"""What OVMF stores by itself at the first boot of an empty flash."""


def on(machine: str, *soaked: str) -> pytest.MarkDecorator:
    """Run a test on a machine, and on others when it is soaked."""
    return pytest.mark.parametrize("machine_name", [machine, *(pytest.param(name, marks=pytest.mark.soak) for name in soaked)])


def layout_of(machine: str) -> Layout:
    """Give the layout of a machine's flash."""
    return OVMF_2M if "2m" in machine else OVMF_4M


class Seen(NamedTuple):
    """A boot of a machine that ends in its firmware's shell.

    Attributes:
        first: The variables dmpstore showed before anything else, the volatile ones too.
        last: Those it showed at the end.
        printed: All that the shell printed.
        flash: The flash as firmware left it.
    """

    first: Variables
    last: Variables
    printed: str
    flash: bytes


def look(machine: str, flash: bytes, out: Path, *lines: str, is_lossy: bool = False) -> Seen:
    """Boot a machine with a flash, go through some lines in its shell, and see that efirt reads what it leaves as its dmpstore shows it.

    Args:
        machine: Which; it ends in its firmware's shell.
        flash: What it begins with.
        out: A folder for what comes back.
        lines: For the shell.
        is_lossy: Whether this firmware is known not to leave what it shows.
    """
    given = out / "given.fd"
    given.write_bytes(flash)
    script = [f"dmpstore -all -s {FIRST}", *lines, f"dmpstore -all -s {LAST}"]
    try:
        result = lab.run(machine, script, get=[f"/{FIRST}", f"/{LAST}"], vars_image=given, out=out)
    except lab.Missing as why:
        pytest.skip(f"{machine} does not boot here: {why}")
    first, last = (dumped(result.files[f"/{name}"].read_bytes()) for name in (FIRST, LAST))
    seen = Seen(first, last, result.stdout.decode(), result.vars_image.read_bytes())
    assert is_lossy or read(seen.flash) == stored(seen.last), "efirt reads what firmware wrote otherwise than firmware does"
    return seen


def dumped(data: bytes) -> Variables:
    """The variables of a file that the shell's dmpstore wrote.

    Source: UEFI Shell 2.2, dmpstore; edk2 c5aa7e7d, ShellPkg/Library/UefiShellDebug1CommandsLib/DmpStore.c, AppendSingleVariableToFile.
    """
    found, at = Variables(), 0
    while at < len(data):
        name_size, data_size = unpack_from("<II", data, at)
        guid_at = at + 8 + name_size
        data_at = guid_at + 20
        end = data_at + data_size
        assert (crc32(data[at:end]),) == unpack_from("<I", data, end)
        key = Key(data[at + 8 : guid_at - 2].decode("utf-16-le", "surrogatepass"), Guid(data[guid_at : guid_at + 16]))
        assert key not in found
        (attributes,) = unpack_from("<I", data, guid_at + 16)
        found[key] = attributes, data[data_at:end]
        at = end + 4
    return found


def stored(variables: Variables) -> Variables:
    """Those of them that are in flash."""
    return {key: one for key, one in variables.items() if one[0] & NV}


def read(flash: bytes) -> Variables:
    """What efirt reads."""
    found = Edk2Image.decode(flash, strict=False).variables
    assert len({record.key for record in found}) == len(found)
    return {record.key: (int(record.attributes), record.data) for record in found}


def settled(variables: Variables) -> Variables:
    """The stored ones, without those that each boot writes anew."""
    return {key: one for key, one in stored(variables).items() if key not in CHANGING}


def check_shows(shown: Variables, wanted: Variables) -> None:
    """See that firmware shows these variables, and none beside them but its own."""
    found = {key: one for key, one in stored(shown).items() if key in wanted or key not in OWN}
    assert found == wanted
