"""The guards of the Linux kernel, which a hypercall goes past, and what passes them."""

import struct
from collections.abc import Callable

import pytest

import efirt
from efirt import Attributes, Key, NotFound, Refused, Runtime, Status
from efirt.ops import GetVariable, QueryVariableInfo, Reply, SetVariable, VariableInfo
from efirt.runtime.guards import RECORD, RESERVE
from efirt.runtime.xen_simulated import behind_xen
from efirt.values.guid_names import GLOBAL, LINUX_CRASH
from tests.runtime.fakes import Scripted, key

A = key("A")
NAME_SIZE = 4  # "A" and its NUL
DONE = Reply(Status.SUCCESS)
OPTION = struct.pack("<IH", 1, 4) + "x\0".encode("utf-16-le") + b"\x7f\xff\x04\x00"


def with_room(remaining: int, largest: int = 0, answer: Reply | None = None, present: bytes | None = None) -> Scripted:
    info = answer or Reply(Status.SUCCESS, storage=VariableInfo(65536, remaining, largest))
    stored = Reply(Status.NOT_FOUND) if present is None else Reply(Status.SUCCESS, present, len(present), Attributes(7))
    return Scripted({QueryVariableInfo: lambda _op: info, SetVariable: lambda _op: DONE, GetVariable: lambda _op: stored})


def written(driver: Scripted) -> list[SetVariable]:
    return [op for op in driver.asked if isinstance(op, SetVariable)]


def test_a_write_that_leaves_exactly_the_reserve_passes() -> None:
    driver = with_room(RESERVE + RECORD + 100 + NAME_SIZE)
    Runtime(driver).set(A, bytes(100))
    assert len(written(driver)) == 1


def test_a_write_that_leaves_one_byte_less_is_refused() -> None:
    driver = with_room(RESERVE + RECORD + 100 + NAME_SIZE - 1)
    with pytest.raises(Refused, match=r"set A-.*would leave 5119 bytes free of 65536.*need 5120; delete what is not needed.*force=True"):
        Runtime(driver).set(A, bytes(100))
    assert written(driver) == []


def test_a_write_that_does_not_fit_at_all_is_refused_and_does_not_wrap() -> None:
    with pytest.raises(Refused, match="would leave 0 bytes free"):
        Runtime(with_room(50)).set(A, bytes(100))


def test_appending_is_guarded_too() -> None:
    driver = with_room(RESERVE)
    with pytest.raises(Refused):
        Runtime(driver).append(A, b"x", Attributes(7))
    assert written(driver) == []


def test_an_append_needs_room_for_the_whole_value_since_firmware_writes_it_anew() -> None:
    room = RESERVE + RECORD + NAME_SIZE + 3001
    Runtime(with_room(room, present=bytes(3000))).append(A, b"x")
    driver = with_room(room - 1, present=bytes(3000))
    with pytest.raises(Refused, match="would leave 5119 bytes"):
        Runtime(driver).append(A, b"x")
    assert written(driver) == []


@pytest.mark.parametrize(
    ("name", "present", "more"), [("BootOrder", b"\0\0", b"\0"), ("Boot0009", b"", b"\0\x11"), ("Boot0009", OPTION[:-1], b"x")]
)
def test_an_append_that_leaves_what_firmware_could_not_use_is_refused(name: str, present: bytes, more: bytes) -> None:
    driver = with_room(60000, present=present)
    with pytest.raises(Refused, match="firmware could not use it"):
        Runtime(driver).append(name, more, Attributes(7))
    assert written(driver) == []


def test_an_append_that_completes_a_boot_option_passes() -> None:
    driver = with_room(60000, present=OPTION[:-1])
    Runtime(driver).append("Boot0009", OPTION[-1:])
    assert len(written(driver)) == 1


def test_force_passes_and_does_not_even_ask() -> None:
    driver = with_room(0)
    Runtime(driver).set(A, bytes(100), force=True)
    Runtime(driver).append(A, bytes(100), Attributes(7), force=True)
    assert len(driver.asked) == len(written(driver)) == 2


def test_what_is_volatile_needs_no_room() -> None:
    driver = with_room(0)
    Runtime(driver).set(A, bytes(100), Attributes(6))
    assert len(driver.asked) == 1


def test_a_value_over_the_largest_size_is_a_value_error_that_names_it() -> None:
    with pytest.raises(ValueError, match=r"set A-.*: 2000 bytes are too many: this firmware takes at most 996 under this name"):
        Runtime(with_room(60000, largest=1000)).set(A, bytes(2000))


def test_a_largest_size_cut_to_what_is_left_is_a_question_of_room() -> None:
    with pytest.raises(Refused):
        Runtime(with_room(6000, largest=6000)).set(A, bytes(7000))


@pytest.mark.parametrize("status", ["UNSUPPORTED", "INVALID_PARAMETER"])
def test_firmware_that_cannot_tell_its_room_is_written_to(status: str) -> None:
    driver = with_room(0, answer=Reply(Status.parse(status)))
    Runtime(driver).set(A, b"x")
    assert len(written(driver)) == 1


def test_firmware_older_than_uefi_2_behind_xen_is_written_to() -> None:
    with efirt.open("xen:simulated?revision=1.10") as runtime:
        with pytest.raises(efirt.HypervisorError):
            runtime.query()
        runtime.set(A, b"x")
        assert runtime.get(A).data == b"x"


def fill(runtime: Runtime) -> None:
    for number in range(200):
        runtime.set(key(f"Fill{number}"), bytes(8000))


def test_a_store_that_is_nearly_full_is_guarded_on_every_driver(runtime: Runtime) -> None:
    runtime.query()  # where a driver does not carry it, nobody knows the room
    with pytest.raises(Refused):
        fill(runtime)
    assert runtime.query().remaining_storage_size >= RESERVE


@pytest.mark.parametrize(
    "name",
    ["BootOrder", "Boot0001", "BootNext", "DriverOrder", "Driver0000", "Timeout", "Lang", "PlatformLang", "ConOutDev", "OsIndications"],
)
def test_what_linux_lets_go_is_deleted(name: str) -> None:
    driver = with_room(0)
    Runtime(driver).delete(Key(name, GLOBAL))
    assert driver.asked == [SetVariable(Key(name, GLOBAL), Attributes(0), b"")]


def test_a_crash_record_is_deleted_whatever_its_name() -> None:
    driver = with_room(0)
    Runtime(driver).delete(Key("dump-type0-1-2-3-C", LINUX_CRASH))
    assert len(written(driver)) == 1


@pytest.mark.parametrize("immutable", [Key("PK", GLOBAL), Key("SecureBoot", GLOBAL), Key("boot0001", GLOBAL), key("Boot0001"), A], ids=str)
def test_deleting_what_linux_marks_immutable_is_refused(immutable: Key) -> None:
    driver = with_room(0)
    deletions: tuple[Callable[[Runtime], None], ...] = (
        lambda runtime: runtime.delete(immutable),
        lambda runtime: runtime.set(immutable, b""),
    )
    for deletion in deletions:
        with pytest.raises(Refused, match=r"delete .*refused.*Linux marks it immutable.*pass force=True"):
            deletion(Runtime(driver))
    assert driver.asked == []
    Runtime(driver).delete(immutable, force=True)
    Runtime(driver).set(immutable, b"", force=True)
    assert len(written(driver)) == 2


def test_a_refused_deletion_leaves_the_variable(runtime: Runtime) -> None:
    runtime.set(A, b"x")
    with pytest.raises(Refused):
        runtime.delete(A)
    assert runtime.get(A).data == b"x"
    runtime.delete(A, force=True)
    with pytest.raises(NotFound):
        runtime.get(A)


@pytest.mark.parametrize(("name", "value"), [("Boot0001", b"short"), ("Boot00Ab", OPTION[:-1]), ("BootOrder", b"\1\0\2")])
def test_a_malformed_boot_setting_is_refused_unless_forced(name: str, value: bytes) -> None:
    driver = with_room(60000)
    with pytest.raises(Refused, match=f"set {name}: refused, since firmware could not use it: .*; mend the value; force=True"):
        Runtime(driver).set(name, value)
    assert driver.asked == []
    Runtime(driver).set(name, value, force=True)
    assert written(driver) == [SetVariable(Key(name, GLOBAL), Attributes(7), value)]


@pytest.mark.parametrize(("name", "value"), [("Boot0001", OPTION), ("BootOrder", b"\1\0\2\0"), ("BootOrder2", b"x"), ("BootXYZW", b"x")])
def test_a_well_formed_one_and_other_names_pass(name: str, value: bytes) -> None:
    driver = with_room(60000)
    Runtime(driver).set(name, value)
    assert len(written(driver)) == 1


def test_the_same_name_elsewhere_is_nobody_s_boot_option() -> None:
    driver = with_room(60000)
    Runtime(driver).set(key("Boot0001"), b"x")
    assert len(written(driver)) == 1


def test_a_raw_operation_is_not_guarded() -> None:
    driver = behind_xen(with_room(60000))
    assert Runtime(driver).call(SetVariable(A, Attributes(0xFFFFFFFF), b"")) == DONE
