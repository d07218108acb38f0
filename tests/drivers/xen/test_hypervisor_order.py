"""The simulated Xen refuses in the order in which Xen does, and a refusal changes nothing. Driven with bytes laid by hand."""

import pytest

from efirt.drivers.xen.firmware_facts import Machine
from efirt.drivers.xen.hypervisor import Switches
from efirt.ops import GetTime, GetVariable, Op, Reply, SetTime, SetVariable
from efirt.values.efi_time import EfiTime
from efirt.values.status import Status
from tests.drivers.xen.raw import GUID, VERSION, call, info, lay
from tests.drivers.xen.scripted import Firmware, Guest

EPERM, EACCES, EFAULT, EINVAL, ENOSYS, EOPNOTSUPP = 1, 13, 14, 22, 38, 95
OLD = Machine(revision=0x0001000A)
UNMAPPED = 0x1000


def header(cmd: int, version: int = VERSION) -> bytes:
    return lay(136, (0, "I", cmd), (4, "I", version))


def test_only_the_platform_op_is_a_hypercall_here() -> None:
    guest = Guest()
    guest.op.write(info(0))
    assert guest.hypervisor.hypercall(6, guest.op.address) == -ENOSYS
    assert guest.hypervisor.hypercall(7, guest.op.address) == 0


def test_all_136_bytes_must_be_mapped_and_that_is_looked_at_first() -> None:
    guest = Guest(switches=Switches(dom0=False, efi=False))
    short = guest.put(header(1, 0)[:135])
    assert guest.hypervisor.hypercall(7, short.address) == -EFAULT
    assert guest.hypervisor.hypercall(7, guest.op.address + 1) == -EFAULT
    assert guest.hypervisor.hypercall(7, UNMAPPED) == -EFAULT


@pytest.mark.parametrize("version", [0, 0x03000000, 0x03000002, 0xFFFFFFFF])
def test_another_interface_version_is_refused_before_anything_is_asked_of_the_caller(version: int) -> None:
    guest = Guest(switches=Switches(dom0=False, policy=False, efi=False, rs=False))
    assert guest.refuses(header(1, version)) == EACCES


@pytest.mark.parametrize("switches", [Switches(dom0=False, efi=False), Switches(policy=False, rs=False)])
@pytest.mark.parametrize("op", [header(1), call(1), call(99, 1), info(99)])
def test_who_may_not_is_told_so_before_the_command_is_looked_at(switches: Switches, op: bytes) -> None:
    assert Guest(switches=switches).refuses(op) == EPERM


@pytest.mark.parametrize("cmd", [0, 48, 51, 62, 0xFFFFFFFF])
def test_a_command_that_is_not_for_efi_is_unknown(cmd: int) -> None:
    assert Guest().refuses(header(cmd)) == ENOSYS


@pytest.mark.parametrize(
    ("switches", "errno"), [(Switches(efi=False), ENOSYS), (Switches(efi=False, rs=False), ENOSYS), (Switches(rs=False), EOPNOTSUPP)]
)
@pytest.mark.parametrize("function", [*range(12), 99])
def test_the_gate_stands_before_every_function_and_its_flags(function: int, switches: Switches, errno: int) -> None:
    guest = Guest(switches=switches)
    assert guest.refuses(call(function, 0xFFFFFFFF)) == errno
    assert guest.firmware.asked == []


@pytest.mark.parametrize("function", [0, 12, 0xFFFFFFFF])
@pytest.mark.parametrize("misc", [0, 0xFFFFFFFF])
def test_an_unknown_function_is_not_carried_whatever_its_flags(function: int, misc: int) -> None:
    assert Guest().refuses(call(function, misc)) == ENOSYS


# Xen 4.17, xen/common/efi/runtime.c, efi_runtime_call: the flags each function takes.
FLAGS = {1: 0, 2: 0, 3: 0, 4: 3, 5: 0, 6: 0, 8: 0, 9: 1, 10: 0, 11: 0}


@pytest.mark.parametrize(("function", "taken"), FLAGS.items())
@pytest.mark.parametrize("bit", range(32))
def test_a_flag_that_a_function_does_not_take_is_refused_before_its_pointers_are_followed(function: int, taken: int, bit: int) -> None:
    guest = Guest()
    if not taken >> bit & 1:
        assert guest.refuses(call(function, 1 << bit, (24, "Q", UNMAPPED), (32, "Q", UNMAPPED))) == EINVAL
        assert guest.firmware.asked == []
    else:
        assert guest.ask(call(function, 1 << bit, (24, "I", 7))) == 0


@pytest.mark.parametrize("misc", [0, 1 << 31, 0xFFFFFFFF])
def test_set_variable_takes_any_32_bits_as_attributes(misc: int) -> None:
    guest = Guest(Firmware({SetVariable: Reply(Status.INVALID_PARAMETER)}))
    name = guest.put(b"A\0\0\0")
    assert guest.ask(call(7, misc, (24, "Q", name.address), (48, "16s", GUID))) == 0
    assert [asked.attributes for asked in guest.firmware.asked if isinstance(asked, SetVariable)] == [misc]


@pytest.mark.parametrize("function", [10, 11])
def test_capsules_were_never_carried_and_old_firmware_has_none(function: int) -> None:
    assert Guest().refuses(call(function)) == ENOSYS
    assert Guest(machine=OLD).refuses(call(function)) == EOPNOTSUPP
    assert Guest(machine=OLD).refuses(call(function, 1)) == EINVAL


@pytest.mark.parametrize("kind", [0, 1, 2, 3, 5, 99])
def test_another_kind_of_firmware_information_is_refused_before_efi_is_asked_about(kind: int) -> None:
    op = lay(136, (0, "I", 50), (4, "I", VERSION), (8, "I", kind))
    assert Guest(switches=Switches(efi=False)).refuses(op) == EINVAL


def test_a_service_that_the_firmware_lacks_is_unsupported_and_no_refusal() -> None:
    guest = Guest()
    assert guest.ask(call(1)) == 0
    assert guest.after == call(1, 0, (16, "Q", 2**63 | 3))


def test_what_others_write_to_the_header_meanwhile_stays() -> None:
    def scribbling(_op: Op) -> Reply:
        guest.memory.write(guest.op.address, b"x" * 136)
        return Reply(Status.SUCCESS)

    guest = Guest(Firmware({SetTime: scribbling}))
    assert guest.ask(call(2)) == 0
    assert guest.after == b"x" * 8 + call(2)[8:64] + b"x" * 72


def test_header_words_and_what_lies_behind_the_call_are_never_written() -> None:
    guest = Guest(Firmware({GetTime: Reply(Status.SUCCESS, time=EfiTime(2026))}))
    behind = b"\xaa" * 72
    op = call(1)[:64] + behind
    assert guest.ask(op) == 0
    assert guest.after[:8] == op[:8]
    assert guest.after[64:] == behind
    assert guest.after[8:64] != op[8:64]


def test_what_stands_in_the_status_on_the_way_in_is_not_looked_at() -> None:
    guest = Guest(Firmware({GetVariable: Reply(Status.NOT_FOUND)}))
    name = guest.put(b"A\0\0\0")
    assert guest.ask(call(6, 0, (16, "Q", 2**64 - 1), (24, "Q", name.address))) == 0
    assert guest.after[16:24] == (2**63 | 14).to_bytes(8, "little")
