"""The driver on a simulated Linux: what it asks of the kernel, and what it makes of what comes back."""

from collections.abc import Callable

import pytest

from efirt.abi.linux_fs import FS_IMMUTABLE_FL
from efirt.drivers.efivarfs.driver import EfivarfsDriver, Mount
from efirt.drivers.efivarfs.kernel import RESERVE, Manner, SimulatedKernel
from efirt.drivers.simulated import open_driver as open_simulated
from efirt.errors import DecodeError, DriverError, NoDriver, NotCarried, PermissionDenied
from efirt.ops import GetNextVariableName, GetTime, GetVariable, QueryVariableInfo, SetVariable
from efirt.runtime.efivarfs_simulated import open_driver as open_under_linux
from efirt.runtime.services import Runtime
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from efirt.values.status import Status

OURS = Guid.parse("6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a01")
KEY = Key("Ours", OURS)
NAME = b"Ours-6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a01"
STORED = Attributes(0x7)
EINVAL, EIO, ENOSPC = 22, 5, 28


class Watched(SimulatedKernel):
    """A simulated Linux that counts, and can go wrong.

    Attributes:
        asked: The names of what was asked of it.
        number: What every write fails with; 0 for none.
    """

    def __init__(self, manner: Manner | None = None, quirk: str = "") -> None:
        self.asked: list[str] = []
        self.number = 0
        super().__init__(open_simulated("", {"quirk": quirk} if quirk else {}), manner)

    def open(self, name: bytes, flags: int) -> int:
        self.asked.append("open")
        return super().open(name, flags)

    def read(self, descriptor: int, size: int) -> bytes:
        self.asked.append("read")
        return super().read(descriptor, size)

    def write(self, descriptor: int, content: bytes) -> int:
        self.asked.append("write")
        if self.number:
            raise OSError(self.number, "told to")
        return super().write(descriptor, content)

    def opened(self) -> int:
        return len(self._open)


def on(kernel: SimulatedKernel) -> EfivarfsDriver:
    return EfivarfsDriver(kernel, Mount("/efivars", "efivarfs"))


def flags(kernel: SimulatedKernel, name: bytes) -> int:
    descriptor = kernel.open(name, 0)
    try:
        return kernel.flags(descriptor)
    finally:
        kernel.close(descriptor)


def test_a_value_costs_one_read_and_two_questions_to_firmware() -> None:
    kernel = Watched()
    driver = on(kernel)
    before = kernel.calls
    assert Runtime(driver).get("BootOrder").data
    assert kernel.asked == ["open", "read"]
    assert kernel.calls == before + 2


def test_a_value_that_fills_the_buffer_is_read_again_with_a_larger_one() -> None:
    kernel = Watched()
    driver = on(kernel)
    driver._port._room = 8  # or a value of 64 KiB would be needed, which no firmware takes
    driver.call(SetVariable(KEY, STORED, bytes(range(40))))
    kernel.asked.clear()
    assert driver.call(GetVariable(KEY)).data == bytes(range(40))
    assert kernel.asked == ["open", "read", "read", "read"]
    kernel.asked.clear()
    assert driver.call(GetVariable(KEY)).data == bytes(range(40))
    assert kernel.asked == ["open", "read"]


def test_a_new_variable_is_written_once_on_the_descriptor_that_made_its_file() -> None:
    kernel = Watched()
    assert on(kernel).call(SetVariable(KEY, STORED, b"x")).status == Status.SUCCESS
    assert kernel.asked == ["open", "open", "write"]


def test_an_immutable_file_is_written_and_immutable_again() -> None:
    kernel = Watched()
    driver = on(kernel)
    driver.call(SetVariable(KEY, STORED, b"x"))
    assert flags(kernel, NAME) == FS_IMMUTABLE_FL
    assert driver.call(SetVariable(KEY, STORED, b"y")).status == Status.SUCCESS
    assert flags(kernel, NAME) == FS_IMMUTABLE_FL
    kernel.number = EIO
    assert driver.call(SetVariable(KEY, STORED, b"z")).os_errno == EIO
    assert flags(kernel, NAME) == FS_IMMUTABLE_FL
    kernel.number = 0
    assert driver.call(GetVariable(KEY)).data == b"y"


@pytest.mark.parametrize("keeps", [True, False])
@pytest.mark.parametrize("number", [EINVAL, 28])
def test_a_refused_new_variable_leaves_no_file(keeps: bool, number: int) -> None:
    kernel = Watched(Manner(keeps_empty=keeps))
    driver = on(kernel)
    kernel.number = number
    assert driver.call(SetVariable(KEY, STORED, b"x")).status.is_error
    assert NAME not in kernel.names()
    assert kernel.opened() == 0


def test_a_new_variable_whose_write_arrived_stays_though_the_kernel_says_that_it_did_not() -> None:
    class Late(Watched):
        def write(self, descriptor: int, content: bytes) -> int:
            super().write(descriptor, content)
            raise OSError(EIO, "too late")

    kernel = Late()
    driver = on(kernel)
    assert driver.call(SetVariable(KEY, STORED, b"x")).os_errno == EIO
    assert driver.call(GetVariable(KEY)).data == b"x"
    assert kernel.opened() == 0


def test_unlocking_takes_one_flag_off_and_no_other() -> None:
    other = 0x40

    class Flagged(Watched):
        def flags(self, descriptor: int) -> int:
            return super().flags(descriptor) | other

        def set_flags(self, descriptor: int, flags: int) -> None:
            said.append(flags)
            super().set_flags(descriptor, flags & ~other)

    said: list[int] = []
    driver = on(Flagged())
    driver.call(SetVariable(KEY, STORED, b"x"))
    assert driver.call(SetVariable(KEY, STORED, b"y")).status == Status.SUCCESS
    assert said == [other, other | FS_IMMUTABLE_FL]


@pytest.mark.parametrize(
    ("key", "attributes"),
    [(KEY, STORED), (KEY, Attributes(0)), (Key.parse("Boot0001"), Attributes(0)), (Key.parse("Boot0001"), STORED)],
)
def test_deleting_takes_the_variable_and_its_file_away(key: Key, attributes: Attributes) -> None:
    kernel = Watched()
    driver = on(kernel)
    Runtime(driver).set(key, bytes.fromhex("010000000400") + "x\0".encode("utf-16-le") + bytes.fromhex("7fff0400"))
    assert driver.call(SetVariable(key, attributes, b"")).status == Status.SUCCESS
    assert driver.call(GetVariable(key)).status == Status.NOT_FOUND
    assert driver.call(SetVariable(key, attributes, b"")).status == Status.NOT_FOUND
    assert str(key).encode() not in kernel.names()


def test_what_firmware_refuses_to_delete_stays_with_its_number() -> None:
    driver = on(Watched())
    reply = driver.call(SetVariable(Key.parse("SecureBoot"), Attributes(0), b""))
    assert (reply.status, reply.os_errno) == (Status.WRITE_PROTECTED, 30)
    assert driver.call(GetVariable(Key.parse("SecureBoot"))).status == Status.SUCCESS


def test_a_number_that_stands_for_several_statuses_comes_with_the_likeliest() -> None:
    reply = on(Watched()).call(SetVariable(KEY, Attributes(0x87), b"x"))
    assert (reply.status, reply.os_errno) == (Status.INVALID_PARAMETER, EINVAL)


def test_a_variable_that_vanished_under_its_file_is_not_found() -> None:
    kernel = Watched()
    driver = on(kernel)
    driver.call(SetVariable(KEY, STORED, b"x"))
    kernel._firmware.call(SetVariable(KEY, Attributes(0), b""))  # behind the kernel's back
    assert NAME in kernel.names()
    assert driver.call(GetVariable(KEY)).status == Status.NOT_FOUND


def test_names_come_in_the_kernel_s_order_and_a_new_walk_sees_what_is_new() -> None:
    kernel = Watched()
    runtime = Runtime(on(kernel))
    before = [str(key).encode() for key in runtime.names()]
    assert before == kernel.names()
    runtime.set(KEY, b"x")
    assert KEY in set(runtime.names())


def test_a_name_that_is_not_there_has_none_after_it() -> None:
    assert on(Watched()).call(GetNextVariableName(KEY)).status == Status.INVALID_PARAMETER


@pytest.mark.parametrize(("name", "why"), [("Grüße", "ASCII"), ("a/b", "'/'"), ("L" * 219, "255 bytes")])
def test_a_name_that_linux_would_make_another_of_is_not_created(name: str, why: str) -> None:
    kernel = Watched()
    before = kernel.names()
    with pytest.raises(DriverError, match=why):
        on(kernel).call(SetVariable(Key(name, OURS), STORED, b"x"))
    assert kernel.names() == before


@pytest.mark.parametrize("name", ["L" * 219, "ä" * 110])
@pytest.mark.parametrize("data", [None, b"", b"x"])
@pytest.mark.parametrize("guid", [OURS, GLOBAL])
def test_a_name_too_long_for_a_file_is_not_carried_whatever_is_asked(name: str, data: bytes | None, guid: Guid) -> None:
    key = Key("Boot" + name, guid)
    op = GetVariable(key) if data is None else SetVariable(key, STORED, data)
    with pytest.raises(NotCarried, match=r"efivarfs carries no such name: .*; choose another name, or another driver") as refusal:
        on(Watched()).call(op)
    assert refusal.value.operation == type(op).__name__


def test_the_longest_name_of_a_file_is_asked_for() -> None:
    assert on(Watched()).call(GetVariable(Key("L" * 218, OURS))).status == Status.NOT_FOUND


def test_a_listed_name_beyond_ascii_is_written_as_it_is() -> None:
    firmware = open_simulated()
    key = Key("Grüße/日本", OURS)
    firmware.call(SetVariable(key, STORED, b"x"))
    driver = on(SimulatedKernel(firmware))
    shown = next(each for each in Runtime(driver).names() if each.guid == OURS)
    assert shown.name == "Grüße!日本"
    assert driver.call(SetVariable(shown, STORED, b"y")).status == Status.SUCCESS
    assert firmware.call(GetVariable(key)).data == b"y"
    assert driver.call(GetVariable(key)).data == b"y"


@pytest.mark.parametrize(
    ("manner", "kind", "advice"),
    [
        (Manner(writable=False), DriverError, "mount -o remount,rw /efivars"),
        (Manner(root=False), PermissionDenied, "run this as root"),
    ],
)
@pytest.mark.parametrize(("name", "data"), [("BootOrder", b"xx"), ("BootOrder", b""), ("OsIndications", b"x"), ("Key0000", b"")])
def test_what_the_kernel_refuses_by_itself_comes_with_what_to_do(
    manner: Manner, kind: type[DriverError], advice: str, name: str, data: bytes
) -> None:
    with pytest.raises(kind, match=advice):
        on(Watched(manner)).call(SetVariable(Key.parse(name), STORED, data))


def test_the_room_is_told_where_the_kernel_tells_it() -> None:
    firmware = open_simulated()
    told = on(SimulatedKernel(firmware, Manner(tells_room=True))).call(QueryVariableInfo(STORED)).storage
    said = firmware.call(QueryVariableInfo(STORED)).storage
    assert told is not None
    assert said is not None
    assert told[:2] == said[:2]
    with pytest.raises(NotCarried, match=r"6\.6"):
        on(SimulatedKernel(firmware)).call(QueryVariableInfo(STORED))


def test_what_has_no_road_says_where_there_is_one() -> None:
    with pytest.raises(NotCarried, match="efi_test"):
        on(Watched()).call(GetTime())


def test_the_kernel_keeps_five_kibibytes_free_and_says_so() -> None:
    firmware = open_simulated()
    driver = on(SimulatedKernel(firmware))
    room = firmware.call(QueryVariableInfo(STORED)).storage
    assert room is not None
    name = 2 * len("Ours") + 2
    beyond = room.remaining_storage_size - RESERVE - name + 1
    parts = [30_000] * (beyond // 30_000)
    for number, size in enumerate(parts):
        assert driver.call(SetVariable(Key(f"Our{number}", OURS), STORED, bytes(size))).status == Status.SUCCESS
    room = firmware.call(QueryVariableInfo(STORED)).storage
    assert room is not None
    beyond = room.remaining_storage_size - RESERVE - name + 1
    reply = driver.call(SetVariable(KEY, STORED, bytes(beyond)))
    assert (reply.status, reply.os_errno) == (Status.OUT_OF_RESOURCES, ENOSPC)
    assert driver.call(SetVariable(KEY, STORED, bytes(beyond - 1))).status == Status.SUCCESS


def test_a_file_too_short_for_attributes_is_told() -> None:
    class Short(Watched):
        def read(self, descriptor: int, size: int) -> bytes:
            return super().read(descriptor, size)[:3]

    with pytest.raises(DecodeError, match="3 bytes"):
        on(Short()).call(GetVariable(Key.parse("BootOrder")))


@pytest.mark.parametrize("ask", [lambda driver: driver.call(GetVariable(KEY)), lambda driver: driver.call(GetNextVariableName())])
def test_once_closed_it_answers_no_more(ask: Callable[[EfivarfsDriver], object]) -> None:
    driver = on(Watched())
    driver.close()
    driver.close()
    with pytest.raises(NoDriver, match="closed"):
        ask(driver)


def test_a_firmware_without_variables_at_runtime_cannot_be_mounted() -> None:
    with pytest.raises(NoDriver, match="cannot be mounted"):
        open_under_linux("", {"quirk": "no-names"})
