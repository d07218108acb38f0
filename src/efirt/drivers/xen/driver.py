"""Operations over hypercalls: codec and port, introduced to each other under one lock."""

from _thread import RLock
from os import getpid
from weakref import finalize

from efirt.annotation import ClassVar, Mapping
from efirt.drivers.xen import codec
from efirt.drivers.xen.port import Port
from efirt.drivers.xen.refusals import explain
from efirt.errors import DriverError, HypervisorError, NoDriver
from efirt.ops import CopyTable, GetTable, Op, Probe, QueryCapsuleCapabilities, Reply, ResetSystem, Routes, UpdateCapsule
from efirt.values.status import Status

_CAPSULES = "Xen has numbers for the capsule services and never carried them out: it answers ENOSYS"
_TABLES = (
    "Xen tells dom0 where the table of tables is (FirmwareInfo CONFIG_TABLE), and keeps that memory out of a process' reach; "
    "--driver efivarfs has what Linux shows of tables in sysfs (of a dom0 the ESRT, too, where Linux and Xen are new enough)"
)


class XenDriver(Routes):
    """Nine runtime services and firmware_info through ``xen_platform_op``.

    Thread-safe: one lock spans encode, exchange and decode. After ``fork()`` the child gets a clear error, since hypercall
    memory is not its own.

    Attributes:
        control_domain: Whether this system's kernel says it is dom0's; None where it does not say.

    Source: Xen 4.17, xen/common/efi/runtime.c.
    """

    NOT_CARRIED: ClassVar[Mapping[type[Op], str]] = {
        QueryCapsuleCapabilities: _CAPSULES,
        UpdateCapsule: _CAPSULES,
        ResetSystem: "Xen keeps the reset to itself; dom0 asks Xen to reboot the host (reboot, poweroff)",
        GetTable: _TABLES,
        CopyTable: _TABLES,
    }

    def __init__(self, port: Port, name: str = "xen", control_domain: bool | None = None) -> None:
        super().__init__(name, dict.fromkeys(codec.CARRIED, self._exchange) | {Probe: self._probe})
        self.control_domain = control_domain
        self._port = port
        self._pid = getpid()
        # Reentrant, so that a signal handler in the middle of a call is told so, and does not wait for itself.
        self._lock = RLock()
        self._busy = False
        self._closer = finalize(self, _close_port, port, self._pid, self._lock)

    @property
    def hypercalls(self) -> int:
        """Hypercalls made so far, the refused ones included."""
        return self._port.hypercalls

    def close(self) -> None:
        """Wait for a call in flight, then free the buffers and close the port; again is harmless, and so is in a child of fork().

        Raises:
            DriverError: Called from inside one of its own calls.
        """
        if getpid() != self._pid:
            return
        with self._lock:
            if self._busy:
                raise self._entered_again()
            self._closer()

    def _exchange(self, op: Op) -> Reply:
        if getpid() != self._pid:
            message = f"the driver {self.name} was opened by process {self._pid}; hypercall memory does not survive fork()"
            raise DriverError(message, "open it again in this process")
        with self._lock:
            if self._busy:
                raise self._entered_again()
            if not self._closer.alive:
                message = f"{type(op).__name__}: the driver {self.name} has been closed"
                raise NoDriver(message, "open it again")
            try:
                self._busy = True
                self._port.exchange(codec.encode(op))
                return codec.decode(op, self._port)
            except HypervisorError as refusal:
                raise explain(op, refusal) from None
            finally:
                self._busy = False

    def _entered_again(self) -> DriverError:
        message = f"the driver {self.name} was entered again from inside its own call"
        return DriverError(message, "do not use it from a signal handler or a callback of its port")

    def _probe(self, _op: Probe) -> Reply:
        from efirt.drivers.xen.probe import find  # noqa: PLC0415 - the ladder asks this driver, and only a probe needs it

        finding = find(self)
        if not finding.applies:
            raise DriverError(finding.reason, finding.advice)
        return Reply(Status.SUCCESS, finding.reason.encode())


def _close_port(port: Port, pid: int, lock: RLock) -> None:
    # At the interpreter's exit a thread may still be in a call: its memory is left to the system then.
    if getpid() == pid and lock.acquire(blocking=False):
        try:
            port.close()
        finally:
            lock.release()
