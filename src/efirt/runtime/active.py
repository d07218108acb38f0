"""The active driver: attached drivers stand on a stack, and the top one is active.

FreeBSD keeps one pointer and lets each driver save the one before it; a driver that never attached, or leaves out of order,
then restores a dead one. Here every attachment is taken out where it stands, once.

Source: FreeBSD sys/dev/efidev/efirt.c, sys/dev/xen/efi/pvefi.c (active_efi_ops and prev).
"""

from _thread import RLock, allocate_lock, get_ident  # threading takes as long to import as a listing's sixty calls
from os import getpid

from efirt.annotation import TYPE_CHECKING, Final, Self
from efirt.errors import DriverError, NoDriver
from efirt.ops import Driver, Op, Reply
from efirt.ops.malformed import Malformed, call_malformed, carries_malformed

if TYPE_CHECKING:
    from _thread import LockType

ENXIO: Final = 6


class Nothing:
    """The driver that is active when none is attached: it answers every operation with NoDriver (ENXIO).

    Attributes:
        name: ``nothing``.
    """

    name = "nothing"

    @property
    def carried(self) -> frozenset[type[Op]]:
        """No operation."""
        return frozenset()

    def call(self, op: Op) -> Reply:
        """Refuse.

        Raises:
            NoDriver: Always.
        """
        message = f"{type(op).__name__}: no driver is attached"
        raise NoDriver(message, "attach one (efirt.attach), or open one by name (efirt.open)", errno=ENXIO)

    def why_not(self, _operation: type[Op]) -> str:
        """Why it has no road: nothing is attached."""
        return "no driver is attached"

    def close(self) -> None:
        """Hold nothing, give back nothing."""


class Attachment:
    """A driver on the stack; it is a driver itself, and knows its calls in flight.

    Attributes:
        name: The driver's.
    """

    def __init__(self, driver: Driver, stack: "Stack", needs: "Attachment | None" = None) -> None:
        self.name = driver.name
        self._driver: Driver | None = driver
        self._stack = stack
        self._needs = needs
        self._lock = RLock()
        self._waiting: list[LockType] = []
        self._callers: list[int] = []
        self._closer = 0
        self._leaving = False
        self._pid = getpid()

    @property
    def attached(self) -> bool:
        """Whether it still stands on the stack."""
        return not self._leaving

    @property
    def needs(self) -> "Attachment | None":
        """The attachment it depends on; None when it stands alone or has left."""
        return self._needs

    @property
    def carried(self) -> frozenset[type[Op]]:
        """What its driver carries; nothing once it is detached."""
        driver = self._driver
        return driver.carried if driver and not self._leaving else frozenset()

    @property
    def driver(self) -> Driver | None:
        """The driver it has attached; None once it is detached."""
        return self._driver

    def holds(self, driver: Driver) -> bool:
        """Whether it is this driver that it has attached."""
        return self._driver is driver

    @property
    def hypercalls(self) -> int | None:
        """Hypercalls its driver has made; None where it makes none, or is detached."""
        return getattr(self._driver, "hypercalls", None)

    def call(self, op: Op) -> Reply:
        """Ask the driver.

        Raises:
            NoDriver: It has been detached.
        """
        driver = self._entered(op)
        try:
            return driver.call(op)
        finally:
            self._left()

    @property
    def carries_malformed(self) -> bool:
        """Whether its driver takes pointers that are NULL and sizes that lie."""
        driver = self._driver
        return driver is not None and carries_malformed(driver)

    def call_malformed(self, asked: Malformed) -> Reply:
        """Ask the driver with pointers that are NULL, or sizes that lie.

        Raises:
            NoDriver: It has been detached.
            NotCarried: It has no road for it.
        """
        driver = self._entered(asked.op)
        try:
            return call_malformed(driver, asked)
        finally:
            self._left()

    def why_not(self, operation: type[Op]) -> str:
        """Why its driver has no road for an operation."""
        driver = self._driver
        return driver.why_not(operation) if driver else f"the driver {self.name} has been detached"

    def close(self) -> None:
        """The same as :meth:`detach`."""
        self.detach()

    def detach(self) -> None:
        """Leave the stack, refuse new calls, wait for those in flight, close the driver; again changes nothing.

        When it returns, in whichever thread, the driver is closed. Interrupted (Ctrl-C) while it waits, it can be called again.

        Raises:
            DriverError: Called from inside one of its own calls, or another attachment needs it; nothing has changed.
        """
        self._look_for_fork()
        with self._lock:
            if get_ident() in self._callers:
                message = f"the driver {self.name} cannot be detached from inside its own call"
                raise DriverError(message, "detach it after the call has returned")
            if not self._leaving:
                self._stack.remove(self)
                self._leaving = True
        driver = self._taken_over()
        if driver is None:
            return
        try:
            driver.close()
        finally:
            with self._lock:
                self._closer, self._needs = 0, None
                self._stack.forget(self)
                self._wake()

    def _taken_over(self) -> Driver | None:
        """Wait for the calls in flight, and give the driver to close; None once somebody else has closed it."""
        while True:
            with self._lock:
                if not self._callers:
                    driver, self._driver = self._driver, None
                    if driver is not None:
                        self._closer = get_ident()
                        return driver
                    if self._closer in {0, get_ident()}:
                        return None
                turn = allocate_lock()
                turn.acquire()
                self._waiting.append(turn)
            turn.acquire()

    def _entered(self, op: Op) -> Driver:
        """Count a call, and give the driver for it."""
        self._look_for_fork()
        with self._lock:
            driver = self._driver
            if self._leaving or driver is None:
                message = f"{type(op).__name__}: the driver {self.name} has been detached"
                raise NoDriver(message, "open or attach a driver again", errno=ENXIO)
            self._callers.append(get_ident())
        return driver

    def _left(self) -> None:
        """A call has ended."""
        self._look_for_fork()
        with self._lock:
            self._callers.remove(get_ident())
            self._wake()

    def _wake(self) -> None:
        """Let those look again who wait; the lock is held."""
        while self._waiting:
            self._waiting.pop().release()

    def _look_for_fork(self) -> None:
        """In a child of fork() only the forking thread lives on: forget the calls of the others, and a lock one of them may hold."""
        if getpid() != self._pid:
            self._lock, self._waiting = RLock(), []
            self._callers = [caller for caller in self._callers if caller == get_ident()]
            self._closer = 0
            self._pid = getpid()

    def __enter__(self) -> Self:
        """The attachment itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Detach."""
        self.detach()


class Stack:
    """Attached drivers in the order they came."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._attachments: list[Attachment] = []
        self._departing: list[Attachment] = []
        self._pid = getpid()

    def attach(self, driver: Driver, needs: Attachment | None = None) -> Attachment:
        """Make a driver the active one.

        Args:
            driver: It belongs to the attachment from now on, which closes it.
            needs: An attachment that cannot leave before this one.

        Raises:
            NoDriver: The attachment it needs has left; the driver is closed.
            DriverError: The driver is attached already; nothing has changed.
        """
        attachment = Attachment(driver, self, needs)
        with self._locked():
            if any(other.holds(driver) for other in self._attachments):
                message = f"the driver {driver.name} is attached already, and would be closed under one attachment by the other"
                raise DriverError(message, "detach it first, or open a second one")
            present = needs is None or needs in self._attachments
            if present:
                self._attachments.append(attachment)
        if not present:
            attachment.detach()
            message = f"the driver {driver.name} needs one that is not attached"
            raise NoDriver(message, "attach that one first", errno=ENXIO)
        return attachment

    def remove(self, attachment: Attachment) -> None:
        """Take an attachment out wherever it stands; one that does not stand there changes nothing.

        Raises:
            DriverError: Another attachment needs it, be it one with calls still in flight.
        """
        with self._locked():
            for other in (*self._attachments, *self._departing):
                if other.needs is attachment:
                    message = f"the driver {attachment.name} cannot be detached: {other.name} needs it"
                    raise DriverError(message, f"detach {other.name} first")
            if attachment in self._attachments:
                self._attachments.remove(attachment)
                self._departing.append(attachment)

    def forget(self, attachment: Attachment) -> None:
        """Let go of an attachment that was taken out, once its driver is closed."""
        with self._locked():
            self._departing = [other for other in self._departing if other is not attachment]

    @property
    def active(self) -> "Attachment | Nothing":
        """The attachment that came last and still stands; :class:`Nothing` when there is none."""
        with self._locked():
            return self._attachments[-1] if self._attachments else Nothing()

    def _locked(self) -> RLock:
        if getpid() != self._pid:  # another thread may have held it when this process was forked, and lives on in the parent only
            self._lock, self._pid = RLock(), getpid()
        return self._lock


STACK: Final = Stack()
"""The process' own stack, behind :func:`efirt.attach` and :func:`efirt.active`."""
