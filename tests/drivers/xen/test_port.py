import pytest

from efirt.drivers.xen.codec import DATA, NAME, Buffer, Request
from efirt.drivers.xen.port import Port
from efirt.errors import DriverError, HypervisorError
from tests.drivers.xen.raw import at
from tests.drivers.xen.transports import PAGE, Recorder

OP = bytes(range(136))


def request(name: int | None = None, data: int | None = None, contents: bytes = b"") -> Request:
    """Ask for buffers of these sizes."""
    wanted = [(NAME, 24, name), (DATA, 40, data)]
    return Request(bytearray(OP), tuple(Buffer(slot, offset, contents, size) for slot, offset, size in wanted if size is not None))


def test_memory_is_allocated_once_and_used_again() -> None:
    transport = Recorder()
    port = Port(transport)
    port.exchange(request(name=10, data=20))
    assert transport.take() == [f"allocate {PAGE}"] * 3 + ["call"]
    for size in (0, 1, 20, PAGE):
        port.exchange(request(name=size, data=size))
        assert transport.take() == ["call"]
    assert port.hypercalls == 5
    assert set(transport.numbers) == {7}


def test_a_slot_that_nobody_asked_for_has_no_memory() -> None:
    transport = Recorder()
    Port(transport).exchange(request())
    assert transport.take() == [f"allocate {PAGE}", "call"]


def test_memory_grows_by_whole_pages_and_the_old_is_freed_once_there_is_new() -> None:
    transport = Recorder()
    port = Port(transport)
    port.exchange(request(data=1))
    transport.take()
    port.exchange(request(data=PAGE + 1))
    assert transport.take() == [f"allocate {2 * PAGE}", f"free {PAGE}", "call"]
    port.exchange(request(data=5 * PAGE))
    assert transport.take() == [f"allocate {5 * PAGE}", f"free {2 * PAGE}", "call"]
    port.exchange(request(data=1))
    assert transport.take() == ["call"]


def test_addresses_go_where_the_request_says_and_nothing_else_changes() -> None:
    seen = []
    transport = Recorder(lambda _transport, op: seen.append(bytes(op[:136])))
    port = Port(transport)
    port.exchange(request(name=4, data=8))
    name, data, _op = (region.address for region in transport.regions)
    assert seen == [OP[:24] + name.to_bytes(8, "little") + OP[32:40] + data.to_bytes(8, "little") + OP[48:]]
    port.exchange(request(name=4, data=2 * PAGE))
    assert at(seen[1], 24, "Q") == name
    assert at(seen[1], 40, "Q") == transport.regions[-1].address != data


def test_contents_stand_at_the_beginning_of_their_memory() -> None:
    transport = Recorder()
    port = Port(transport)
    port.exchange(request(name=8, contents=b"contents"))
    assert port.read(NAME, 8) == b"contents"
    assert transport.regions[0].memory[:9] == b"contents\0"


def test_what_came_back_is_read_from_the_same_memory() -> None:
    def answer(transport: Recorder, op: bytearray) -> None:
        op[:136] = b"\xee" * 136
        transport.regions[0].write(b"data")

    port = Port(Recorder(answer))
    port.exchange(request(data=4))
    assert port.op == b"\xee" * 136
    assert port.read(DATA, 4) == b"data"


def test_nothing_of_a_call_before_is_in_the_operation() -> None:
    seen = []

    def answer(_transport: Recorder, op: bytearray) -> None:
        seen.append(bytes(op[:136]))
        op[:] = b"\xff" * len(op)

    port = Port(Recorder(answer))
    for _ in range(2):
        port.exchange(Request(bytearray(136)))
    assert seen == [bytes(136)] * 2


def test_nothing_is_freed_during_a_call() -> None:
    def answer(transport: Recorder, _op: bytearray) -> None:
        assert transport.events[-1] == "call"
        assert [region for region in transport.regions if not region.freed][-1].size >= PAGE
        transport.events.append("answered")

    transport = Recorder(answer)
    port = Port(transport)
    port.exchange(request(data=1))
    port.exchange(request(data=PAGE * 2))
    port.close()
    events = transport.take()
    calls = [index for index, event in enumerate(events) if event == "call"]
    assert [events[index + 1] for index in calls] == ["answered"] * 2


def test_closing_frees_everything_once_and_then_the_transport() -> None:
    transport = Recorder()
    port = Port(transport)
    port.exchange(request(name=1, data=PAGE + 1))
    transport.take()
    port.close()
    assert transport.take() == [f"free {PAGE}", f"free {2 * PAGE}", f"free {PAGE}", "close"]
    port.close()
    assert [event for event in transport.take() if event.startswith("free")] == []
    assert all(region.freed for region in transport.regions)


def test_a_port_that_was_never_used_has_nothing_to_free() -> None:
    transport = Recorder()
    Port(transport).close()
    assert transport.take() == ["close"]


def test_where_memory_is_refused_the_old_stays_and_the_port_works_on() -> None:
    transport = Recorder()
    port = Port(transport)
    port.exchange(request(data=1))
    transport.take()
    with pytest.raises(DriverError, match="no 2097152 bytes"):
        port.exchange(request(data=2 << 20))
    assert transport.take() == ["refuse 2097152"]
    port.exchange(request(data=PAGE))
    assert transport.take() == ["call"]
    assert port.hypercalls == 2


def test_a_refused_hypercall_is_counted_and_the_port_works_on() -> None:
    def refuse(_transport: Recorder, _op: bytearray) -> None:
        message = "no"
        raise HypervisorError(message, errno=22)

    transport = Recorder(refuse)
    port = Port(transport)
    with pytest.raises(HypervisorError):
        port.exchange(request(name=1))
    transport.hypervisor = lambda _transport, _op: None
    port.exchange(request(name=1))
    assert port.hypercalls == 2


def test_a_port_has_its_transport_s_name() -> None:
    assert Port(Recorder()).name == "recorder"
