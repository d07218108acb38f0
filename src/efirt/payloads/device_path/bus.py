"""Nodes of type 3 that lead over USB, FireWire, I2O and serial lines, and those of vendors.

Source: UEFI 2.10 §10.3.4; edk2 05fe752589, MdePkg/Library/UefiDevicePathLib/DevicePathToText.c.
"""

from efirt.annotation import Any, Final, NamedTuple
from efirt.payloads.device_path.notation import HEX, Notation, dump, number, words
from efirt.payloads.device_path.row import Members, char16_tail, row
from efirt.payloads.device_path.spelling import Argument, Form, Spelling, named, plain, read_arguments
from efirt.payloads.device_path.vendor import ARGUMENTS, DATA, vendor_text
from efirt.values.guid import Guid

MESSAGING: Final = 3

UART_FLOW_CONTROL: Final = Guid.parse("37499a9d-542f-4c89-a026-35da142094e4")
PC_ANSI: Final = Guid.parse("e0c14753-f9be-11d2-9a0c-0090273fc14d")
VT_100: Final = Guid.parse("dfa66065-b419-11d3-9a2d-0090273fc14d")
VT_100_PLUS: Final = Guid.parse("7baec70b-57e0-4c76-8e87-2f9e28088343")
VT_UTF8: Final = Guid.parse("ad15a0d6-8bec-4acf-a073-d01de77e2d88")
DEBUG_PORT: Final = Guid.parse("eba4e8d2-3858-41ec-a281-2647ba9660d0")


class FireWire(NamedTuple):
    """A device of IEEE 1394.

    Attributes:
        guid: Its EUI-64, 64 bits.
        reserved: 0.
    """

    guid: int
    reserved: int = 0


class Usb(NamedTuple):
    """A USB device by where it is plugged in.

    Attributes:
        port: Of its parent.
        interface: Its interface.
    """

    port: int
    interface: int


class I2o(NamedTuple):
    """A device of I2O.

    Attributes:
        target: Its number.
    """

    target: int


class MessagingVendor(NamedTuple):
    """Anything else, as its vendor says: a terminal's kind, for one.

    Attributes:
        guid: What the vendor calls it.
        data: What the vendor says of it.
    """

    guid: Guid
    data: bytes = b""


class UartFlowControl(NamedTuple):
    """How a serial line is held.

    Attributes:
        flow_control: Bits: 1 by hardware, 2 by XON and XOFF.
    """

    flow_control: int


class Uart(NamedTuple):
    """A serial line.

    Attributes:
        baud: Bits a second; 0 for the default.
        data_bits: 0 for the default.
        parity: 0 the default, 1 none, 2 even, 3 odd, 4 mark, 5 space.
        stop_bits: 0 the default, 1 one, 2 one and a half, 3 two.
        reserved: 0.
    """

    baud: int
    data_bits: int
    parity: int
    stop_bits: int
    reserved: int = 0


class UsbClass(NamedTuple):
    """Any USB device of a class.

    Attributes:
        vendor: Its vendor's number; 0xFFFF for any.
        product: Its product's number; 0xFFFF for any.
        device_class: 0xFF for any.
        subclass: 0xFF for any.
        protocol: 0xFF for any.
    """

    vendor: int
    product: int
    device_class: int
    subclass: int
    protocol: int


class UsbWwid(NamedTuple):
    """A USB device by its serial number.

    Attributes:
        interface: Its interface.
        vendor: Its vendor's number.
        product: Its product's number.
        serial: Its serial number, or the end of it.
        ending: Bytes behind the serial number, if any.
    """

    interface: int
    vendor: int
    product: int
    serial: str
    ending: bytes = b""


_TERMINALS: Final = {
    PC_ANSI: "VenPcAnsi",
    VT_100: "VenVt100",
    VT_100_PLUS: "VenVt100Plus",
    VT_UTF8: "VenUtf8",
    DEBUG_PORT: "DebugPort",
}
_TERMINAL_BY_NAME: Final = named(_TERMINALS)
_FLOWS: Final = {0: "None", 1: "Hardware", 2: "XonXoff"}
_FLOW_BITS: Final = 3
_FLOW: Final = words(_FLOWS)
_CLASSES: Final = {
    1: "UsbAudio",
    2: "UsbCDCControl",
    3: "UsbHID",
    6: "UsbImage",
    7: "UsbPrinter",
    8: "UsbMassStorage",
    9: "UsbHub",
    10: "UsbCDCData",
    11: "UsbSmartCard",
    14: "UsbVideo",
    220: "UsbDiagnostic",
    224: "UsbWireless",
}
_CLASS_BY_NAME: Final = named(_CLASSES)
_APPLICATION: Final = 254
_SUBCLASSES: Final = {1: "UsbDeviceFirmwareUpdate", 2: "UsbIrdaBridge", 3: "UsbTestAndMeasurement"}
_SUBCLASS_BY_NAME: Final = named(_SUBCLASSES)
_PRODUCT: Final = (Argument("vendor", HEX, 0xFFFF), Argument("product", HEX, 0xFFFF))
_CLASS: Final = (Argument("device_class", HEX, 0xFF),)
_SUBCLASS: Final = (Argument("subclass", HEX, 0xFF),)
_PROTOCOL: Final = (Argument("protocol", HEX, 0xFF),)
_PARITIES: Final = words(dict(enumerate("DNEOMS")), "x")
_STOPS: Final = words({0: "D", 1: "1", 2: "1.5", 3: "2"}, "x")
_EUI: Final = Notation("{:016X}".format, lambda text: int.from_bytes(dump(text.strip().lower().removeprefix("0x").zfill(16)), "big"))


def _or_default(text: str, otherwise: int) -> int:
    word = text.strip()
    return otherwise if not word else 0 if word.upper() == "DEFAULT" else number(word)


def _write_uart(node: Uart, _form: Form) -> str:
    return f"Uart({node.baud or 'DEFAULT'},{node.data_bits or 'DEFAULT'},{_PARITIES.write(node.parity)},{_STOPS.write(node.stop_bits)})"


def _read_uart(_name: str, inner: str) -> dict[str, Any]:
    parts = inner.split(",")
    if len(parts) > 4:  # noqa: PLR2004 - as they are taken apart below
        raise ValueError("a serial line has a speed, data bits, parity and stop bits")
    baud, bits, parity, stops = (*parts, *[""] * (4 - len(parts)))
    read_stops = number if parity.strip().isdigit() else _STOPS.read  # both are numbers, or both are words
    return {
        "baud": _or_default(baud, 115200),
        "data_bits": _or_default(bits, 8),
        "parity": _PARITIES.read(parity or "D"),
        "stop_bits": read_stops(stops or "0"),
    }


def _write_vendor(node: MessagingVendor, form: Form) -> str:
    name = _TERMINALS.get(node.guid) if form.shortcuts else None
    return f"{name}()" if name else vendor_text("VenMsg", node.guid, node.data)


def _read_vendor(name: str, inner: str) -> dict[str, Any]:
    if name == "venmsg":
        return read_arguments(ARGUMENTS, inner)
    return {"guid": _TERMINAL_BY_NAME[name]} | read_arguments((), inner)


def _write_flow(node: UartFlowControl, form: Form) -> str:
    name = _FLOWS.get(node.flow_control & _FLOW_BITS) if form.shortcuts else None
    return f"UartFlowCtrl({name})" if name else vendor_text("VenMsg", UART_FLOW_CONTROL, node.flow_control.to_bytes(4, "little"))


def _write_class(node: UsbClass, form: Form) -> str:
    name = _CLASSES.get(node.device_class)
    if name:
        return plain(name, *_PRODUCT, *_SUBCLASS, *_PROTOCOL).write(node, form)
    if node.device_class == _APPLICATION and node.subclass in _SUBCLASSES:
        return plain(_SUBCLASSES[node.subclass], *_PRODUCT, *_PROTOCOL).write(node, form)
    return plain("UsbClass", *_PRODUCT, *_CLASS, *_SUBCLASS, *_PROTOCOL).write(node, form)


def _read_class(name: str, inner: str) -> dict[str, Any]:
    if name in _CLASS_BY_NAME:
        return {"device_class": _CLASS_BY_NAME[name]} | read_arguments((*_PRODUCT, *_SUBCLASS, *_PROTOCOL), inner)
    if name in _SUBCLASS_BY_NAME:
        known = {"device_class": _APPLICATION, "subclass": _SUBCLASS_BY_NAME[name]}
        return known | read_arguments((*_PRODUCT, *_PROTOCOL), inner)
    return read_arguments((*_PRODUCT, *_CLASS, *_SUBCLASS, *_PROTOCOL), inner)


def _read_wwid(_name: str, inner: str) -> dict[str, Any]:
    parts = inner.split(",", 3)
    if len(parts) < 4:  # noqa: PLR2004 - as they are taken apart below
        raise ValueError('a vendor, a product, an interface and a serial number belong here: write UsbWwid(0x1D6B,0x2,0x0,"123")')
    serial = parts[3]
    quoted = len(serial) > 1 and serial[0] == serial[-1] == '"'
    members = {name: number(part) for name, part in zip(("vendor", "product", "interface"), parts, strict=False)}
    return members | {"serial": serial[1:-1] if quoted else serial}


ROWS: Final = (
    row(MESSAGING, 4, FireWire, "reserved:I guid:Q", plain("I1394", Argument("guid", _EUI))),
    row(MESSAGING, 5, Usb, "port:B interface:B", plain("USB", Argument("port", HEX), Argument("interface", HEX))),
    row(MESSAGING, 6, I2o, "target:I", plain("I2O", Argument("target", HEX))),
    row(
        MESSAGING,
        10,
        UartFlowControl,
        Members("flow_control:I", vendor=UART_FLOW_CONTROL),
        Spelling(
            ("UartFlowCtrl", "UartFlowControl"), _write_flow, lambda _name, inner: read_arguments((Argument("flow_control", _FLOW),), inner)
        ),
    ),
    row(MESSAGING, 10, MessagingVendor, Members("guid:G", DATA), Spelling(("VenMsg", *_TERMINALS.values()), _write_vendor, _read_vendor)),
    row(MESSAGING, 14, Uart, "reserved:I baud:Q data_bits:B parity:B stop_bits:B", Spelling(("Uart",), _write_uart, _read_uart)),
    row(
        MESSAGING,
        15,
        UsbClass,
        "vendor:H product:H device_class:B subclass:B protocol:B",
        Spelling(("UsbClass", *_CLASSES.values(), *_SUBCLASSES.values()), _write_class, _read_class),
    ),
    row(
        MESSAGING,
        16,
        UsbWwid,
        Members("interface:H vendor:H product:H", char16_tail("serial")),
        Spelling(
            ("UsbWwid",),
            lambda node, _form: f'UsbWwid(0x{node.vendor:X},0x{node.product:X},0x{node.interface:X},"{node.serial}")',
            _read_wwid,
        ),
    ),
)
