"""The simulated driver: opening it, and its lock."""

from pathlib import Path
from threading import Thread

import pytest

from efirt.drivers.simulated import Simulated, carries, find, firmware_from_image, open_driver, open_simulated
from efirt.errors import DecodeError, DriverError
from efirt.firmware import PROFILES, Firmware
from efirt.ops import GetNextHighMonotonicCount, GetNextVariableName, GetTime, GetVariable, Op, QueryVariableInfo, Reply, SetVariable
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key, Variable
from efirt.values.status import Status
from tests.images.flash import DEAD, OVMF_2M, PLAIN, VENDOR, image, record

A = Key("A", Guid(VENDOR))


def vars_file(tmp_path: Path, data: bytes) -> str:
    path = tmp_path / "vars.fd"
    path.write_bytes(data)
    return str(path)


def left(driver: Simulated | Firmware) -> tuple[int, int]:
    storage = driver.call(QueryVariableInfo(Attributes(7))).storage
    assert storage is not None
    return storage.maximum_storage_size, storage.remaining_storage_size


def test_without_an_image_it_is_a_fresh_machine_with_this_machines_time() -> None:
    driver = open_simulated()
    assert driver.name == "simulated"
    assert driver.call(GetVariable(Key("BootOrder", GLOBAL))).status == Status.SUCCESS
    time = driver.call(GetTime()).time
    assert time is not None
    assert time.year >= 2024


def test_an_image_gives_its_variables_and_boot_makes_the_volatile_ones(tmp_path: Path) -> None:
    path = vars_file(tmp_path, image([record("A", b"value"), record("B", b"gone", DEAD)]))
    driver = open_driver("", {"vars": path})
    assert driver.call(GetVariable(A)).data == b"value"
    assert driver.call(GetNextVariableName()).key == Key("SetupMode", GLOBAL)
    assert driver.call(GetVariable(Key("BootOrder", GLOBAL))).status == Status.NOT_FOUND


def test_nothing_is_written_back(tmp_path: Path) -> None:
    path = vars_file(tmp_path, image([record("A", b"value")]))
    before = Path(path).read_bytes()
    driver = open_driver("", {"vars": path})
    assert driver.call(SetVariable(A, Attributes(7), b"new")).status == Status.SUCCESS
    driver.close()
    assert Path(path).read_bytes() == before


def test_the_dead_of_an_image_take_room_and_its_size_sets_the_limits() -> None:
    raws = [record("A", b"value"), record("B", bytes(1000), DEAD)]
    for layout, whole in ((OVMF_2M, 57_244), (None, 262_044)):
        data = image(raws, layout) if layout else image(raws)
        firmware = firmware_from_image(data)
        assert left(firmware) == (whole, whole - sum(map(len, raws)))


def test_a_quirk_of_the_room_counts_over_an_image_too(tmp_path: Path) -> None:
    path = vars_file(tmp_path, image([record("A", b"value")]))
    assert left(open_simulated(path, quirk="store-of-64-kib"))[0] == 0x10000 - 28
    driver = open_simulated(path, "edk2", "values-up-to-1024-bytes")
    assert left(driver)[0] == 262_044
    assert driver.call(SetVariable(A, Attributes(7), bytes(1021))).status == Status.INVALID_PARAMETER


def test_a_plain_store_knows_no_authentication() -> None:
    firmware = firmware_from_image(image([record("A", b"1", plain=True)], signature=PLAIN))
    assert firmware.call(QueryVariableInfo(Attributes(0x27))).status == Status.UNSUPPORTED
    assert left(firmware)[1] == 262_044 - len(record("A", b"1", plain=True))


def test_volatile_variables_are_handed_in_for_an_exact_copy_of_a_machine() -> None:
    volatile = [Variable(Key("SetupMode", GLOBAL), Attributes(6), b"\0"), Variable(Key("V", Guid(VENDOR)), Attributes(6), b"x")]
    firmware = firmware_from_image(image([record("A", b"1")]), volatile, volatile_used=1000, now=lambda: 0)
    keys, reply = list[Key](), firmware.call(GetNextVariableName())
    while reply.key is not None:
        keys.append(reply.key)
        reply = firmware.call(GetNextVariableName(reply.key))
    assert keys == [volatile[0].key, volatile[1].key, A]
    storage = firmware.call(QueryVariableInfo(Attributes(6))).storage
    assert storage is not None
    assert storage.maximum_storage_size - storage.remaining_storage_size == 1000


def test_a_profile_is_chosen_by_name() -> None:
    answers = {name: open_simulated(profile=name).call(SetVariable(A, Attributes(0x11), b"x")).status for name in PROFILES}
    assert len(set(answers.values())) == 2


def test_a_missing_file_is_the_drivers_error(tmp_path: Path) -> None:
    with pytest.raises(DriverError, match="cannot be read: No such file or directory; give the path of an OVMF_VARS file") as caught:
        open_driver("", {"vars": str(tmp_path / "absent.fd")})
    assert caught.value.os_errno == 2


def test_a_file_that_is_no_image_is_a_decode_error(tmp_path: Path) -> None:
    with pytest.raises(DecodeError, match="no firmware volume for variables"):
        open_driver("", {"vars": vars_file(tmp_path, b"text")})


@pytest.mark.parametrize(("argument", "options"), [("word", {}), ("", {"colour": "red"}), ("", {"profile": "amiga"})])
def test_what_it_does_not_know_it_refuses(argument: str, options: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"no option '(word|colour)'|no firmware profile 'amiga': choose one of ovmf-2022.11, "):
        open_driver(argument, options)


def test_it_says_that_it_applies_and_what_it_carries() -> None:
    assert find().applies
    carried, refused = carries()
    driver = open_simulated()
    assert carried == driver.carried
    assert all(driver.why_not(operation) == reason for operation, reason in refused.items())


class _Slow(Firmware):
    """A firmware that gives other threads every chance to come in between."""

    inside = 0
    most = 0

    def call(self, op: Op) -> Reply:
        self.inside += 1
        self.most = max(self.most, self.inside)
        for _ in range(1000):
            pass
        reply = super().call(op)
        self.inside -= 1
        return reply


def test_one_caller_at_a_time_is_inside() -> None:
    firmware = _Slow(now=lambda: 0)
    driver = Simulated(firmware)
    counts = list[int | None]()

    def ask() -> None:
        for _ in range(300):
            counts.append(driver.call(GetNextHighMonotonicCount()).count)

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert firmware.most == 1
    assert sorted(count or 0 for count in counts) == list(range(2, 1202))
