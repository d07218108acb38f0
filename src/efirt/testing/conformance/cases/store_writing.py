"""What efirt writes into a flash image, and what is left of it where the power fails; read back by nothing that the writer uses."""

from collections.abc import Callable
from typing import Final

from efirt.drivers.simulated import firmware_from_image
from efirt.firmware import Firmware
from efirt.images.edk2 import Edk2Image
from efirt.images.edk2_in_place import recovery, removal, update
from efirt.images.edk2_patch import Plan, applied
from efirt.images.edk2_write import LAYOUTS, created
from efirt.images.writers import CERTDB, dissolved, gathered
from efirt.ops import GetVariable, SetVariable
from efirt.store import Record
from efirt.testing.conformance import flash as laid
from efirt.testing.conformance.bench import Bench
from efirt.testing.conformance.flash import ADDED, DEAD, DELETED, DYING, FIRST_RECORD, OVMF_2M, image, record
from efirt.testing.conformance.payloads import moment
from efirt.testing.conformance.signed import A
from efirt.testing.conformance.words import NOT_FOUND, OK, ONE, OURS, SIGNED, STORED, TEN, VIOLATION, T, ours
from efirt.values.key import Key

NEWER: Final = b"the newer value"
NEWEST: Final = b"the newest value of all"
_OTHER: Final = ours("Other")
_MOST_ROUNDS: Final = 8

Values = dict[str, bytes]


def _plan(flash: bytes, planned: Callable[[Edk2Image], Plan]) -> bytes:
    return applied(flash, planned(Edk2Image.decode(flash)))


def _put(flash: bytes, key: Key, data: bytes) -> bytes:
    return _plan(flash, lambda read: update(read, Record(key, STORED, data)))


def _values(flash: bytes) -> Values:
    return {one.key.name: one.data for one in Edk2Image.decode(flash).variables if one.key.guid == OURS}


def _settled(flash: bytes) -> bytes:
    """The flash after efirt's recovery, which tidies it up as firmware does at its next start."""
    for _ in range(_MOST_ROUNDS):
        steps = recovery(Edk2Image.decode(flash))
        if not steps:
            return flash
        flash = applied(flash, steps)
    return flash


def _started(flash: bytes) -> Values:
    """What the model's firmware holds after it has started with this flash."""
    firmware = firmware_from_image(flash, runtime=False, now=lambda: 0)
    firmware.boot()
    return {one.key.name: one.data for one in firmware.variables.stored.store if one.key.guid == OURS}


def _check(bench: Bench, got: object, wanted: object) -> None:
    bench.check(got == wanted, str(wanted), str(got))


def _states(flash: bytes) -> list[tuple[str, int]]:
    return [(one.name, one.state) for one in laid.walk(flash, OVMF_2M)[0]]


def written(bench: Bench) -> None:
    """Variables of every size modulo 4 into an empty image: aligned, padded with ones, nothing behind them."""
    bench.last = "variables are written into an empty image"
    flash = image(layout=OVMF_2M)
    wanted = [(f"T{size}", bytes([size]) * size) for size in range(1, 9)]
    for name, data in wanted:
        flash = _put(flash, ours(name), data)
    found, tail = laid.walk(flash, OVMF_2M)
    _check(bench, [(one.name, one.data) for one in found], wanted)
    _check(bench, {one.state for one in found}, {ADDED})
    _check(bench, {one.offset % 4 for one in found}, {0})
    _check(bench, b"".join(one.padding for one in found).strip(b"\xff"), b"")
    _check(bench, tail.strip(b"\xff"), b"")
    _check(bench, flash[OVMF_2M.work :] == image(layout=OVMF_2M)[OVMF_2M.work :], True)


def updated(bench: Bench) -> None:
    """An update in place: the old record dead, the new one behind it and alive."""
    bench.last = "a variable of an image is updated"
    flash = _put(image(record("T", TEN), record("Other", ONE), layout=OVMF_2M), T, NEWER)
    found, _ = laid.walk(flash, OVMF_2M)
    _check(bench, [(one.name, one.state, one.data) for one in found], [("T", DEAD, TEN), ("Other", ADDED, ONE), ("T", ADDED, NEWER)])


def deleted(bench: Bench) -> None:
    """A deletion in place."""
    bench.last = "a variable of an image is deleted"
    flash = _plan(image(record("T", TEN), record("Other", ONE), layout=OVMF_2M), lambda read: removal(read, T))
    _check(bench, _states(flash), [("T", DELETED), ("Other", ADDED)])


def cut_and_settled(bench: Bench) -> None:
    """Edk2's own update, cut after every byte; then efirt's tidying up, and the model's start."""
    bench.last = "an update is cut after every byte, and tidied up after"
    other, old = record("Other", ONE), record("T", TEN)
    flash = image(other, old, layout=OVMF_2M)
    at = FIRST_RECORD + len(other)
    for count, state in enumerate(laid.states(flash, laid.update(at, at + len(old), record("T", NEWER)))):
        before = _values(state)
        bench.check(before in ({"Other": ONE, "T": TEN}, {"Other": ONE, "T": NEWER}), "T old or new", f"{before} after {count} bytes")
        after = _settled(state)
        bench.check(_values(after) == before, f"{before} still", f"{_values(after)} after {count} bytes")
        bench.check(_started(state) == before, f"{before} still", f"{_started(state)} after {count} bytes and a start")
        bench.check({state for _, state in _states(after)} <= {ADDED, DYING, DEAD}, "whole records only", str(_states(after)))


def cut_twice(bench: Bench) -> None:
    """An older copy that was left about to die, and the next update cut after every byte: the copy never comes back."""
    bench.last = "an update beside a twin is cut after every byte, and tidied up after"
    twin, current = record("T", TEN, DYING), record("T", NEWER)
    flash = image(twin, current, layout=OVMF_2M)
    second = FIRST_RECORD + len(twin)
    for count, state in enumerate(laid.states(flash, laid.update(second, second + len(current), record("T", NEWEST)))):
        before = _values(state)
        bench.check(before in ({"T": NEWER}, {"T": NEWEST}), "T newer or newest", f"{before} after {count} bytes")
        for found, what in ((_values(_settled(state)), "tidied up"), (_started(state), "started")):
            bench.check(found == before, f"{before} still", f"{found} after {count} bytes, {what}")


def after_garbage(bench: Bench) -> None:
    """Bytes behind the last record: nothing is written before all variables were written anew."""
    bench.last = "an image is opened for writing that has bytes behind its last record"
    flash = bytearray(image(record("T", TEN), layout=OVMF_2M))
    flash[FIRST_RECORD + 0x200 : FIRST_RECORD + 0x203] = b"\0\1\2"
    try:
        _put(bytes(flash), _OTHER, ONE)
    except ValueError:
        pass
    else:
        bench.check(False, "a refusal", "a plan for the image as it is")
    after = _settled(bytes(flash))
    _check(bench, laid.walk(after, OVMF_2M)[1].strip(b"\xff"), b"")
    _check(bench, _values(_put(after, _OTHER, ONE)), {"T": TEN, "Other": ONE})


def _set(firmware: Firmware, bench: Bench, number: int, payload: bytes, who: str) -> object:
    data = bench.payloads.signed(A, SIGNED, moment(number), payload, who)
    return firmware.call(SetVariable(A, SIGNED, data)).status


def signed_offline(bench: Bench) -> None:
    """A private variable carried into a new image: its time is in its record, its writer in certdb, and firmware goes by both."""
    bench.last = "a signed variable is written into an image"
    model = firmware_from_image(image(layout=OVMF_2M), runtime=False, now=lambda: 0)
    model.boot()
    _check(bench, _set(model, bench, 5, TEN, "K1"), OK)
    bound = dissolved(model.variables.stored.store)
    private = [one for one in bound.records if one.key == A]
    _check(bench, [one.digest != b"" for one in private], [True])
    flash = created(LAYOUTS["ovmf-2m"], gathered(private).records)
    found, _ = laid.walk(flash, OVMF_2M)
    _check(bench, [(one.name, one.time) for one in found if one.name == "A"], [("A", moment(5).encode())])
    _check(bench, sum(private[0].digest in one.data for one in found if one.name == CERTDB.name), 1)
    reader = firmware_from_image(flash, runtime=False, now=lambda: 0)
    reader.boot()
    _check(bench, reader.call(GetVariable(A)).data, TEN)
    _check(bench, [_set(reader, bench, 5, ONE, "K1"), _set(reader, bench, 6, ONE, "K2")], [VIOLATION, VIOLATION])
    _check(bench, [_set(reader, bench, 6, ONE, "K1"), _set(reader, bench, 7, b"", "K1")], [OK, OK])
    _check(bench, reader.call(GetVariable(A)).status, NOT_FOUND)
