import pytest

from efirt.wire.memory import AddressSpace, Fault


def test_what_is_written_is_read_anywhere_in_a_mapping() -> None:
    memory = AddressSpace()
    mapping = memory.map(10)
    memory.write(mapping.address + 8, b"xy")
    assert memory.read(mapping.address, 10) == bytes(8) + b"xy" == mapping.read(10)


@pytest.mark.parametrize("size", [1, 0x10000, 0x10001, 0x30000])
def test_behind_every_mapping_is_a_gap(size: int) -> None:
    memory = AddressSpace()
    first, second = memory.map(size), memory.map(size)
    for mapping in (first, second):
        for address in (mapping.address - 1, mapping.address + size - 1):
            with pytest.raises(Fault):
                memory.read(address, 2)
            with pytest.raises(Fault):
                memory.write(address, b"xy")
    assert memory.read(first.address, size) == bytes(size)


@pytest.mark.parametrize("address", [0, 1, 2**63, 2**64 - 1])
def test_what_was_never_mapped_faults_and_nothing_at_all_is_read_anywhere(address: int) -> None:
    memory = AddressSpace()
    memory.map(1)
    with pytest.raises(Fault):
        memory.read(address, 1)
    with pytest.raises(Fault):
        memory.units_before_nul(address)
    assert memory.read(address, 0) == b""
    memory.write(address, b"")


def test_what_was_unmapped_faults_and_its_neighbours_do_not() -> None:
    memory = AddressSpace()
    mappings = [memory.map(4) for _ in range(3)]
    memory.unmap(mappings[1])
    with pytest.raises(Fault):
        memory.read(mappings[1].address, 1)
    assert memory.read(mappings[0].address, 4) == memory.read(mappings[2].address, 4) == bytes(4)
    with pytest.raises(ValueError, match="not in list"):
        memory.unmap(mappings[1])


def test_units_are_counted_from_the_address_to_the_nul() -> None:
    memory = AddressSpace()
    mapping = memory.map(9)
    mapping.write(b"\x01\x00\x00\x01\x00\x00\xff\xff\xff")
    assert memory.units_before_nul(mapping.address) == 2
    assert memory.units_before_nul(mapping.address + 1) == 0
    with pytest.raises(Fault):
        memory.units_before_nul(mapping.address + 6)
    with pytest.raises(Fault):
        memory.units_before_nul(mapping.address + 8)


def test_a_mapping_does_not_grow_by_writing() -> None:
    mapping = AddressSpace().map(4)
    with pytest.raises(ValueError, match="different"):
        mapping.write(b"12345")
    assert mapping.memory == bytes(4)
