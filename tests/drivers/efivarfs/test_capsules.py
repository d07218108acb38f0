"""Capsules through Linux's device: the real class on a file, and a simulated kernel that does what tests/real/test_capsule.py saw."""

from pathlib import Path

import pytest

import efirt
from efirt.drivers.efivarfs.capsule_kernel import SimulatedLoader
from efirt.drivers.efivarfs.capsules import Capsules
from efirt.drivers.efivarfs.files import CapsuleLoader
from efirt.errors import DriverError, NoDriver, NotCarried, PermissionDenied
from efirt.ops import Op, QueryCapsuleCapabilities, Reply, UpdateCapsule
from efirt.ops.driver import Routes
from efirt.ops.miscellaneous import CapsuleCapabilities
from efirt.payloads.capsule import Capsule
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.values.status import Status

OURS = Guid.parse("6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a0a")
LARGEST = 20_000
UPLOADED = "efi: Successfully uploaded capsule file with reboot type 'RESET_WARM'"
NOT_COMPLETE = "efi: capsule upload not complete"


class Firmware(Routes):
    """Takes capsules, and answers the handing over with a status."""

    def __init__(self, answer: Status = Status.SUCCESS, reset: int = 1) -> None:
        self.asked: list[Op] = []
        self.reset = reset
        self._answer = answer
        super().__init__("firmware", {QueryCapsuleCapabilities: self._query, UpdateCapsule: self._update})

    def _query(self, op: QueryCapsuleCapabilities) -> Reply:
        self.asked.append(op)
        return Reply(Status.SUCCESS, capsule=CapsuleCapabilities(LARGEST, self.reset))

    def _update(self, op: UpdateCapsule) -> Reply:
        self.asked.append(op)
        return Reply(self._answer)


def of(size: int = 5000, flags: int = 0x10000) -> bytes:
    return Capsule.of(OURS, b"x" * (size - 28), flags).encode()


def update(loader: SimulatedLoader, capsule: bytes, *, is_dom0: bool = False) -> Reply:
    return Capsules(loader).update(UpdateCapsule((capsule,)), is_dom0=is_dom0)


def past(loader: SimulatedLoader, content: bytes) -> tuple[list[int], list[str]]:
    """Each write of a program that knows nothing of all this, and the log."""
    descriptor, steps = loader.open(), []
    try:
        while content:
            steps.append(loader.write(descriptor, content))
            content = content[steps[-1] :]
    except OSError as cause:
        steps.append(-(cause.errno or 0))
    loader.close(descriptor)
    return steps, loader.log


def test_a_capsule_goes_to_the_device_whole_and_its_head_first(tmp_path: Path) -> None:
    (tmp_path / "loader").write_bytes(b"")
    assert Capsules(CapsuleLoader(str(tmp_path / "loader"))).update(UpdateCapsule((of(),))) == Reply(Status.SUCCESS)
    assert (tmp_path / "loader").read_bytes() == of()


def test_firmware_gets_the_whole_capsule_with_a_list_of_the_kernel_s() -> None:
    loader = SimulatedLoader(firmware := Firmware())
    assert update(loader, of()) == Reply(Status.SUCCESS)
    handed = firmware.asked[-1]
    assert isinstance(handed, UpdateCapsule)
    assert handed.capsules == (of(),)
    assert handed.scatter_gather_list % 4096 == 0 != handed.scatter_gather_list
    assert loader.log == [UPLOADED]


def test_one_that_firmware_takes_at_once_is_said_to_be_processed() -> None:
    loader = SimulatedLoader(Firmware())
    assert update(loader, of(28, 0)) == Reply(Status.SUCCESS)
    assert loader.log == ["efi: Successfully processed capsule file"]


@pytest.mark.parametrize(
    ("answer", "status", "number"),
    [
        (Status.DEVICE_ERROR, Status.DEVICE_ERROR, 5),
        (Status.SECURITY_VIOLATION, Status.SECURITY_VIOLATION, 13),
        (Status.OUT_OF_RESOURCES, Status.OUT_OF_RESOURCES, 28),
        (Status.UNSUPPORTED, Status.INVALID_PARAMETER, 22),
        (Status.ABORTED, Status.DEVICE_ERROR, 5),  # EINTR, after which the write is made again, and the upload has ended
    ],
)
@pytest.mark.parametrize("size", [28, 29, 5000])
def test_what_firmware_answers_arrives_as_a_number(size: int, answer: Status, status: Status, number: int) -> None:
    loader = SimulatedLoader(Firmware(answer))
    assert update(loader, of(size)) == Reply(status, os_errno=number)
    assert loader.log == ["efi: capsule update failed"]


class Odd:
    """A device that refuses every write with a number that stands for no status."""

    path = "/dev/efi_capsule_loader"

    def open(self) -> int:
        return 3

    def write(self, descriptor: int, content: bytes) -> int:
        raise OSError(75, f"{descriptor} takes no {len(content)} bytes")

    def close(self, descriptor: int) -> None:
        pass


def test_a_number_that_stands_for_no_status_is_the_road_s() -> None:
    with pytest.raises(DriverError, match="EOVERFLOW") as caught:
        Capsules(Odd()).update(UpdateCapsule((of(28),)))
    assert caught.value.os_errno == 75


def test_a_second_one_that_wants_another_reset_is_refused() -> None:
    loader = SimulatedLoader(firmware := Firmware())
    update(loader, of())
    firmware.reset = 0
    assert update(loader, of()).os_errno == 22
    assert loader.log[1:] == ["efi: Conflicting capsule reset type 0 (1).", "efi: capsule update failed"]


@pytest.mark.parametrize(
    ("capsule", "why"),
    [
        (b"", "here are 0; Linux would drop them"),
        (of()[:20], "here are 20; Linux would drop them"),
        (of()[:-1], "says 5000 bytes, and here are 4999; Linux would drop them"),
        (of(4096) + b"x", "says 4096 bytes, and here are 4097; Linux could hand over"),
        (of()[:16] + bytes(4) + of()[20:], "it has 0 bytes; Linux takes such a head for none"),
        (of()[:24] + bytes(4) + of()[28:], "says 0 bytes for all of it"),
    ],
    ids=["nothing", "part-of-the-head", "short", "long", "head-of-no-size", "of-no-size"],
)
def test_what_linux_would_drop_or_mistake_is_not_handed_to_it(capsule: bytes, why: str) -> None:
    loader = SimulatedLoader(firmware := Firmware())
    with pytest.raises(NotCarried, match=why):
        update(loader, capsule)
    assert (firmware.asked, loader.log) == ([], [])


def test_several_or_none_or_with_a_list_are_not_handed_over() -> None:
    capsules = Capsules(SimulatedLoader(firmware := Firmware()))
    for op, advice in (
        (UpdateCapsule((of(), of())), "ask once for each"),
        (UpdateCapsule(()), "ask once for each"),
        (UpdateCapsule((of(),), 4096), "leave it 0"),
    ):
        with pytest.raises(NotCarried, match=advice):
            capsules.update(op)
    assert firmware.asked == []


def test_a_flag_that_linux_does_not_pass_on_is_named_and_firmware_not_asked() -> None:
    loader = SimulatedLoader(firmware := Firmware())
    with pytest.raises(DriverError, match="no capsule with the flags 0x40001") as caught:
        update(loader, of(flags=0x50001))
    assert (caught.value.os_errno, firmware.asked) == (22, [])


def test_a_larger_one_than_firmware_takes_is_told_as_that() -> None:
    with pytest.raises(DriverError, match="firmware takes no capsule of 20001 bytes") as caught:
        update(SimulatedLoader(Firmware()), of(LARGEST + 1))
    assert caught.value.os_errno == 28


def test_a_kind_that_firmware_does_not_take_is_named_and_xen_too() -> None:
    loader = SimulatedLoader(Routes("none", {}))
    with pytest.raises(DriverError, match=f"of the kind {OURS} with the flags 0x10000") as caught:
        update(loader, of())
    assert caught.value.os_errno == 22
    with pytest.raises(DriverError, match="Xen takes no capsules"):
        update(loader, of(), is_dom0=True)
    assert loader.log == ["efi: capsule not supported"] * 2


def test_a_missing_device_and_a_closed_one_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NoDriver, match=r"loader is missing; .*modprobe capsule-loader"):
        Capsules(CapsuleLoader(str(tmp_path / "loader"))).update(UpdateCapsule((of(),)))
    with pytest.raises(PermissionDenied, match="run this as root"):
        update(SimulatedLoader(Firmware(), root=False), of())


@pytest.mark.parametrize(
    ("content", "steps", "log"),
    [
        (b"", [], []),
        (of()[:20], [20], [NOT_COMPLETE]),
        (of()[:-1], [4096, 903], [NOT_COMPLETE]),
        (of()[:28], [28], [NOT_COMPLETE]),
        (of() + b"x", [4096, -22], ["efi: capsule upload size exceeded header defined size"]),
        (of(4096) + b"x" * 8, [4096, -5], [UPLOADED]),
        (of()[:24] + bytes(4) + of()[28:], [-22], ["efi: invalid capsule size"]),
    ],
    ids=["nothing", "part-of-the-head", "short", "head", "long", "long-after-a-page", "of-no-size"],
)
def test_the_simulated_device_does_with_damaged_ones_what_the_real_one_did(content: bytes, steps: list[int], log: list[str]) -> None:
    assert past(SimulatedLoader(Firmware()), content) == (steps, log)


def test_over_a_firmware_that_takes_them_across_a_reset_the_capsule_is_noted_for_the_next_boot() -> None:
    noted = Key("CapsuleUpdateData", Guid.parse("711c703f-c285-4b10-a3b0-36ecbd3c8be2"))
    with efirt.open("efivarfs:simulated?quirk=capsules-across-reset") as runtime:
        assert runtime.call(UpdateCapsule((of(),))) == Reply(Status.SUCCESS)
    loader = SimulatedLoader(firmware := efirt.open("simulated?quirk=capsules-across-reset").driver)
    update(loader, of())
    assert firmware.call(efirt.ops.GetVariable(noted)).data == (0x7000_0000).to_bytes(8, "little")
