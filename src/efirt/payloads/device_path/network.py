"""Nodes of type 3 that lead over a network or through the air.

Source: UEFI 2.10 §10.3.4; edk2 05fe752589, MdePkg/Library/UefiDevicePathLib/DevicePathToText.c.
"""

from collections.abc import Callable

from efirt.annotation import Any, Final, NamedTuple
from efirt.payloads.device_path.notation import DECIMAL, GUID, HEX, HEX_2, IPV4, IPV6, Notation, dump, number, sized, words
from efirt.payloads.device_path.row import Members, Tail, ascii_tail, row
from efirt.payloads.device_path.spelling import Argument, Form, Spelling, plain, read_arguments
from efirt.payloads.device_path.vendor import ARGUMENTS as VENDOR_ARGUMENTS
from efirt.values.guid import Guid

MESSAGING: Final = 3

_MAC_SIZE: Final = 32
_ETHERNET_SIZE: Final = 6
_ETHERNETS: Final = (0, 1)
_ADDRESS_SIZE: Final = 16
_SSID_SIZE: Final = 32


class MacAddress(NamedTuple):
    """A network card.

    Attributes:
        address: 32 bytes, zeros behind the address itself.
        interface_type: RFC 3232's number; 0 and 1 have 6 bytes of address.
    """

    address: bytes
    interface_type: int = 0


class Ipv4(NamedTuple):
    """A connection over IPv4.

    Attributes:
        local: 4 bytes.
        remote: 4 bytes.
        local_port: 0..=65535.
        remote_port: 0..=65535.
        protocol: 6 TCP, 17 UDP, ...
        static: 0 an address by DHCP, 1 a fixed one.
        gateway: 4 bytes; None in the node as it was before UEFI 2.3.1.
        mask: 4 bytes; None as above.
    """

    local: bytes
    remote: bytes
    local_port: int = 0
    remote_port: int = 0
    protocol: int = 17
    static: int = 0
    gateway: bytes | None = bytes(4)
    mask: bytes | None = bytes(4)


class Ipv6(NamedTuple):
    """A connection over IPv6.

    Attributes:
        local: 16 bytes.
        remote: 16 bytes.
        local_port: 0..=65535.
        remote_port: 0..=65535.
        protocol: 6 TCP, 17 UDP, ...
        origin: Of the local address: 0 fixed, 1 by stateless configuration, 2 by DHCPv6.
        prefix_length: Bits; None in the node as it was before UEFI 2.3.1.
        gateway: 16 bytes; None as above.
    """

    local: bytes
    remote: bytes
    local_port: int = 0
    remote_port: int = 0
    protocol: int = 17
    origin: int = 0
    prefix_length: int | None = 0
    gateway: bytes | None = bytes(16)


class Infiniband(NamedTuple):
    """A port of InfiniBand.

    Attributes:
        resource_flags: Bits that say what follows.
        port: 128 bits, written as a GUID.
        service: Its identifier.
        target_port: Its identifier.
        device: Its identifier.
    """

    resource_flags: int
    port: Guid
    service: int
    target_port: int
    device: int


class Vlan(NamedTuple):
    """A virtual network.

    Attributes:
        vlan: 0..=4094.
    """

    vlan: int


class Uri(NamedTuple):
    """Where a file is to be fetched.

    Attributes:
        uri: A byte a character; may be empty.
        ending: Bytes behind it, if any: a NUL and what follows.
    """

    uri: str
    ending: bytes = b""


class Bluetooth(NamedTuple):
    """A Bluetooth device.

    Attributes:
        address: 6 bytes.
    """

    address: bytes


class BluetoothLe(NamedTuple):
    """A Bluetooth LE device.

    Attributes:
        address: 6 bytes.
        address_type: 0 public, 1 random.
    """

    address: bytes
    address_type: int


class Wifi(NamedTuple):
    """A wireless network.

    Attributes:
        ssid: 32 bytes, zeros behind the name itself.
    """

    ssid: bytes


class Dns(NamedTuple):
    """Name servers.

    Attributes:
        is_ipv6: 0 IPv4, 1 IPv6.
        addresses: 16 bytes each, an IPv4 address first in them.
    """

    is_ipv6: int
    addresses: tuple[bytes, ...] = ()


class RestService(NamedTuple):
    """A service for settings.

    Attributes:
        service: 1 Redfish, 2 OData, 0xFF the vendor's own.
        access_mode: 1 in band, 2 out of band.
        guid: The vendor's GUID; None where the service has none.
        data: The vendor's data.
    """

    service: int
    access_mode: int
    guid: Guid | None = None
    data: bytes = b""


_PROTOCOLS: Final = words({6: "TCP", 17: "UDP"})
_KINDS: Final = words({0: "DHCP", 1: "Static"}, "Static")
_ORIGINS: Final = words({0: "Static", 1: "StatelessAutoConfigure", 2: "StatefulAutoConfigure"}, "StatefulAutoConfigure")
_IPV4: Final = (
    Argument("remote", IPV4),
    Argument("protocol", _PROTOCOLS, 17, only_long=True),
    Argument("static", _KINDS, 0, only_long=True),
    Argument("local", IPV4, bytes(4), only_long=True),
    Argument("gateway", IPV4, bytes(4), only_long=True),
    Argument("mask", IPV4, bytes(4), only_long=True),
)
_IPV6: Final = (
    Argument("remote", IPV6),
    Argument("protocol", _PROTOCOLS, 17, only_long=True),
    Argument("origin", _ORIGINS, 0, only_long=True),
    Argument("local", IPV6, bytes(16), only_long=True),
    Argument("prefix_length", HEX, 0, only_long=True),
    Argument("gateway", IPV6, bytes(16), only_long=True),
)


def _together(first: tuple[str, int, Callable[[bytes], Any], Callable[[Any], bytes]], second: tuple[str, int]) -> Tail:
    """Two members that are there, or not there, together: name, size, and how the first is read and written."""
    name, size, read_first, write_first = first
    other, other_size = second

    def read(data: bytes) -> tuple[Any, Any] | None:
        if not data:
            return None, None
        return (read_first(data[:size]), data[size:]) if len(data) == size + other_size else None

    def write(left: Any, right: bytes | None) -> bytes:  # noqa: ANN401 - what the first one is
        if left is None and right is None:
            return b""
        raw = b"" if left is None else write_first(left)
        if right is None or (len(raw), len(right)) != (size, other_size):
            raise ValueError(f"{name} and {other} are there together, with {size} and {other_size} bytes, or not at all")
        return raw + right

    return Tail((name, other), read, write)


def _ip_spelling(name: str, arguments: tuple[Argument, ...]) -> Spelling:
    short, whole = plain(name, *arguments[:-2]), plain(name, *arguments)
    last = arguments[-1].member

    def write(node: Any, form: Form) -> str:  # noqa: ANN401 - of either kind
        return (short if getattr(node, last) is None else whole).write(node, form)

    return whole._replace(write=write)


def _write_mac(node: MacAddress, _form: Form) -> str:
    size = _ETHERNET_SIZE if node.interface_type in _ETHERNETS else _MAC_SIZE
    return f"MAC({node.address[:size].hex().upper()},0x{node.interface_type:X})"


_MAC: Final = (Argument("address", Notation(str, lambda text: dump(text).ljust(_MAC_SIZE, b"\0"))), Argument("interface_type", HEX, 0))


def _write_ssid(node: Wifi, _form: Form) -> str:
    return f"Wi-Fi({node.ssid.partition(bytes(1))[0].decode('latin-1')})"


def _read_ssid(_name: str, inner: str) -> dict[str, Any]:
    return {"ssid": inner.encode("latin-1").ljust(_SSID_SIZE, b"\0")}


def _write_dns(node: Dns, _form: Form) -> str:
    shown = [IPV6.write(one) if node.is_ipv6 else IPV4.write(one[:4]) for one in node.addresses]
    return f"Dns({','.join(shown)})"


def _read_dns(_name: str, inner: str) -> dict[str, Any]:
    is_ipv6 = ":" in inner
    parts = inner.split(",") if inner.strip() else []
    return {"is_ipv6": int(is_ipv6), "addresses": tuple(IPV6.read(part) if is_ipv6 else IPV4.read(part) + bytes(12) for part in parts)}


def _read_addresses(data: bytes) -> tuple[tuple[bytes, ...]] | None:
    if len(data) % _ADDRESS_SIZE:
        return None
    return (tuple(data[at : at + _ADDRESS_SIZE] for at in range(0, len(data), _ADDRESS_SIZE)),)


def _write_addresses(addresses: tuple[bytes, ...]) -> bytes:
    if any(len(one) != _ADDRESS_SIZE for one in addresses):
        raise ValueError(f"a name server's address has {_ADDRESS_SIZE} bytes, zeros behind an IPv4 address")
    return b"".join(addresses)


def _write_rest(node: RestService, _form: Form) -> str:
    vendor = "" if node.guid is None else f",{GUID.write(node.guid)}" + (f",{node.data.hex().upper()}" if node.data else "")
    return f"RestService(0x{node.service:X},0x{node.access_mode:X}{vendor})"


def _read_rest(_name: str, inner: str) -> dict[str, Any]:
    service, mode, *vendor = inner.split(",") if inner.count(",") else [inner, "1"]
    members: dict[str, Any] = {"service": number(service), "access_mode": number(mode)}
    return members | read_arguments(VENDOR_ARGUMENTS, ",".join(vendor)) if vendor else members


def _encode_rest(guid: Guid | None, data: bytes) -> bytes:
    return data if guid is None else guid.raw + data


def _decode_rest(data: bytes) -> tuple[Guid | None, bytes]:
    return (Guid(data[:16]), data[16:]) if len(data) >= _ADDRESS_SIZE else (None, data)


ROWS: Final = (
    row(
        MESSAGING,
        9,
        Infiniband,
        "resource_flags:I port:G service:Q target_port:Q device:Q",
        plain(
            "Infiniband",
            Argument("resource_flags", HEX),
            Argument("port", GUID),
            Argument("service", HEX),
            Argument("target_port", HEX),
            Argument("device", HEX),
        ),
    ),
    row(
        MESSAGING,
        11,
        MacAddress,
        "address:32s interface_type:B",
        Spelling(("MAC",), _write_mac, lambda _name, inner: read_arguments(_MAC, inner)),
    ),
    row(
        MESSAGING,
        12,
        Ipv4,
        Members(
            "local:4s remote:4s local_port:H remote_port:H protocol:H static:B",
            _together(("gateway", 4, bytes, bytes), ("mask", 4)),
        ),
        _ip_spelling("IPv4", _IPV4),
    ),
    row(
        MESSAGING,
        13,
        Ipv6,
        Members(
            "local:16s remote:16s local_port:H remote_port:H protocol:H origin:B",
            _together(("prefix_length", 1, ord, lambda value: bytes((value,))), ("gateway", 16)),
        ),
        _ip_spelling("IPv6", _IPV6),
    ),
    row(MESSAGING, 20, Vlan, "vlan:H", plain("Vlan", Argument("vlan", DECIMAL))),
    row(
        MESSAGING,
        24,
        Uri,
        Members("", ascii_tail("uri")),
        Spelling(("Uri",), lambda node, _form: f"Uri({node.uri})", lambda _name, inner: {"uri": inner}),
    ),
    row(MESSAGING, 27, Bluetooth, "address:6s", plain("Bluetooth", Argument("address", sized(6)))),
    row(MESSAGING, 28, Wifi, "ssid:32s", Spelling(("Wi-Fi",), _write_ssid, _read_ssid)),
    row(
        MESSAGING,
        30,
        BluetoothLe,
        "address:6s address_type:B",
        plain("BluetoothLE", Argument("address", sized(6)), Argument("address_type", HEX_2)),
    ),
    row(
        MESSAGING,
        31,
        Dns,
        Members("is_ipv6:B", Tail(("addresses",), _read_addresses, _write_addresses)),
        Spelling(("Dns",), _write_dns, _read_dns),
    ),
    row(
        MESSAGING,
        33,
        RestService,
        Members("service:B access_mode:B", Tail(("guid", "data"), _decode_rest, _encode_rest)),
        Spelling(("RestService",), _write_rest, _read_rest),
    ),
)
