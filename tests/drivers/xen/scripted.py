"""A firmware that answers what it was told to, and a guest that passes raw bytes to a simulated Xen over it."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from efirt.drivers.xen.driver import XenDriver
from efirt.drivers.xen.firmware_facts import Machine
from efirt.drivers.xen.hypervisor import Hypervisor, Switches
from efirt.drivers.xen.port import Port
from efirt.drivers.xen.simulated import SimulatedTransport
from efirt.ops import Op, Reply
from efirt.ops.driver import not_carried
from efirt.wire.memory import AddressSpace
from efirt.wire.memory import Mapping as Mapped

USUAL = Switches()
Answer: TypeAlias = Reply | Callable[[Op], Reply]


class Firmware:
    """A driver with prepared answers."""

    name = "scripted"

    def __init__(self, answers: Mapping[type[Op], Answer] | None = None) -> None:
        self.answers = dict(answers or {})
        self.asked: list[Op] = []

    @property
    def carried(self) -> frozenset[type[Op]]:
        return frozenset(self.answers)

    def call(self, op: Op) -> Reply:
        self.asked.append(op)
        answer = self.answers.get(type(op))
        if answer is None:
            raise not_carried(self, type(op))
        return answer if isinstance(answer, Reply) else answer(op)

    def why_not(self, _operation: type[Op]) -> str:
        return "nobody wrote an answer"

    def close(self) -> None:
        pass


class Guest:
    """A control domain: memory, an operation in it, and the hypervisor behind."""

    def __init__(
        self,
        firmware: Firmware | None = None,
        switches: Switches = USUAL,
        machine: Machine | None = None,
        snapshot: Reply | None = None,
        memory: AddressSpace | None = None,
    ) -> None:
        self.firmware = firmware or Firmware()
        self.memory = memory or AddressSpace()
        self.hypervisor = Hypervisor(self.firmware, self.memory, switches, machine, snapshot)
        self.op = self.memory.map(136)
        self.sent = b""

    def put(self, data: bytes, size: int | None = None) -> Mapped:
        """Map memory that holds these bytes, and is no larger."""
        mapping = self.memory.map(len(data) if size is None else size)
        self.memory.write(mapping.address, data)
        return mapping

    def ask(self, op: bytes) -> int:
        """Make the hypercall: what Xen returned; :attr:`after` has the operation as it came back."""
        assert len(op) == 136
        self.sent = op
        self.op.write(op)
        return self.hypervisor.hypercall(7, self.op.address)

    @property
    def after(self) -> bytes:
        """The operation as it came back."""
        return self.op.read(136)

    def refuses(self, op: bytes) -> int:
        """Make a hypercall that must be refused and must leave every byte of the operation: Xen's number."""
        result = self.ask(op)
        assert result < 0
        assert self.after == op
        return -result


def simulated(firmware: Firmware, switches: Switches = USUAL, machine: Machine | None = None, snapshot: Reply | None = None) -> XenDriver:
    """Open the whole driver over a simulated Xen over a firmware."""
    memory = AddressSpace()
    hypervisor = Hypervisor(firmware, memory, switches, machine, snapshot)
    return XenDriver(Port(SimulatedTransport(hypervisor, memory)), "xen:test", control_domain=switches.dom0)
