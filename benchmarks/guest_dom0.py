"""Runs inside a dom0: times the ways to the variables and prints seconds as JSON."""

import fcntl
import json
import os
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import efirt
from efirt.abi.linux_privcmd import IOCTL_PRIVCMD_HYPERCALL, PrivcmdHypercall
from efirt.drivers.xen import codec
from efirt.drivers.xen.privcmd import PrivcmdTransport
from efirt.ops import GetVariable

EFIVARS = Path("/sys/firmware/efi/efivars")
KEY = efirt.Key.parse("BootOrder")


def best(work: Callable[[], object], rounds: int = 5) -> float:
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return min(times)


def bare_ioctl() -> float:
    """The same bytes each time, and nothing of efirt around the ioctl."""
    transport = PrivcmdTransport()
    request = codec.encode(GetVariable(KEY))
    for buffer in request.buffers:
        region = transport.allocate(buffer.size)
        region.write(buffer.contents)
        request.op[buffer.pointer_offset : buffer.pointer_offset + 8] = region.address.to_bytes(8, "little")
    op = transport.allocate(len(request.op))
    argument = bytearray(PrivcmdHypercall.SIZE)
    PrivcmdHypercall.op.write(argument, 7)
    PrivcmdHypercall.arg.write(argument, op.address.to_bytes(8, "little"))
    device = os.open("/dev/xen/privcmd", os.O_RDWR)

    def call() -> None:
        op.write(request.op)
        fcntl.ioctl(device, IOCTL_PRIVCMD_HYPERCALL, bytes(argument))

    return best(call, 50)


def read_all(runtime: efirt.Runtime) -> None:
    for _ in runtime.variables():
        pass


def read_efivarfs() -> None:
    for path in EFIVARS.iterdir():
        handle = os.open(path, os.O_RDONLY)
        os.read(handle, 1 << 16)
        os.close(handle)


def main() -> None:
    found = {"bare ioctl, GetVariable": bare_ioctl()}
    for name in ("xen:libxencall", "xen:privcmd"):
        with efirt.open(name) as runtime:
            found[f"{name}, GetVariable"] = best(partial(runtime.call, GetVariable(KEY)), 50)
            found[f"{name}, list with data"] = best(partial(read_all, runtime))
    found["efivarfs, list with data, one read each"] = best(read_efivarfs)
    found["efivar -L, whole process"] = best(lambda: subprocess.run(["efivar", "-L"], check=True, stdout=subprocess.DEVNULL))
    found["efibootmgr -v, whole process"] = best(lambda: subprocess.run(["efibootmgr", "-v"], check=True, stdout=subprocess.DEVNULL))
    print(json.dumps(found))


main()
