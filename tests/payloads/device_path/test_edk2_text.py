"""The texts that edk2 writes: the very ones that OVMF 2022.11 and 2025.02 wrote."""

import pytest

from efirt.payloads.device_path.acpi import Nvdimm
from efirt.payloads.device_path.network import RestService
from efirt.payloads.device_path.node import EndInstance, all_rows
from efirt.payloads.device_path.path import DevicePath
from efirt.payloads.device_path.spelling import LONG, SHELL, SHELL_2025, WITHOUT_SHORTCUTS, Form
from efirt.payloads.device_path.storage import NvdimmNamespace, NvmeOf
from tests.payloads.device_path.vectors import PATHS, ROWS

# The specification has words for these, and edk2 has none.
WITHOUT_WORDS = (Nvdimm, NvdimmNamespace, RestService, NvmeOf)

FORMS = {
    "shell 2022.11": SHELL,
    "shell 2025.02": SHELL_2025,
    "boot 2022.11": WITHOUT_SHORTCUTS,
    "boot 2025.02": WITHOUT_SHORTCUTS,
}
# UEFI 2.10 §10.6.1.6.
USB_CLASSES = {
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
WRITTEN = [
    pytest.param(path, row[name], form, id=f"{name}: {row[name][:40]}")
    for path, row in zip(PATHS, ROWS, strict=True)
    for name, form in FORMS.items()
    if name in row
]


@pytest.mark.parametrize(("path", "written", "form"), WRITTEN)
def test_a_path_is_written_as_edk2_writes_it(path: DevicePath, written: str, form: Form) -> None:
    if any(isinstance(node, WITHOUT_WORDS) for node in path.nodes):
        assert path.text(form) != written
        assert DevicePath.parse(written) == path
    else:
        assert path.text(form) == written


@pytest.mark.parametrize("row", [row for row in ROWS if "boot 2025.02" in row], ids=lambda row: row["boot 2025.02"][:40])
def test_the_long_text_of_edk2_is_read_as_the_path_it_was_made_of(row: dict[str, str]) -> None:
    path = DevicePath.decode(bytes.fromhex(row["hex"]))
    assert DevicePath.parse(row["boot 2025.02"]) == path


def test_every_kind_of_node_was_written_by_real_firmware() -> None:
    seen = {type(node) for path in PATHS for node in path.nodes}
    assert {row.node for row in all_rows()} - seen == set()
    assert EndInstance in seen


@pytest.mark.parametrize(
    ("hex_", "text"),
    [
        # What real firmware cannot be made to show: shortcuts, and odd values. By edk2's source.
        ("030a14005347c1e0bef9d2119a0c0090273fc14d", "VenPcAnsi()"),
        ("030a14006560a6df19b4d3119a2d0090273fc14d", "VenVt100()"),
        ("030a14000bc7ae7be057764c8e872f9e28088343", "VenVt100Plus()"),
        ("030a1400d6a015adec8bcf4aa073d01de77e2d88", "VenUtf8()"),
        ("030a1400d2e8a4eb5838ec41a2812647ba9660d0", "DebugPort()"),
        ("030a18009d9a49372f54894ca02635da142094e402000000", "UartFlowCtrl(XonXoff)"),
        ("030a18009d9a49372f54894ca02635da142094e404000000", "UartFlowCtrl(None)"),
        (
            "030a2c00b4dd87d48b00d911afdc001083ffca4d00000000efcdab0000000000ab0000000000000072030100",
            "SAS(0xABCDEF,0xAB,0x1,SATA,External,Expanded,0x4,0x0)",
        ),
        ("03161800" + "00" * 7 + "01" + "00" * 8 + "21000000", "SasEx(0x0000000000000001,0x0000000000000000,0x0,SAS,External,Direct,0)"),
        (
            "03161800" + "00" * 7 + "01" + "00" * 8 + "52020000",
            "SasEx(0x0000000000000001,0x0000000000000000,0x0,SATA,Internal,Expanded,0x3)",
        ),
        *((f"030f0b0001000200{number:02x}0304", f"{name}(0x1,0x2,0x3,0x4)") for number, name in USB_CLASSES.items()),
        ("03010800020200ab", "Ata(Primary,Master,0xAB00)"),
        ("030e1300000000000000000000000000000909", "Uart(DEFAULT,DEFAULT,x,x)"),
        ("02010c00d041030a00000000", "PciRoot(0x0)"),
        ("030b2500" + "ab" * 32 + "02", "MAC(" + "AB" * 32 + ",0x2)"),
        ("05010a00ffff0000" + "4100", "BBS(0xFFFF,A,0x0)"),
    ],
)
def test_a_node_is_written_as_edk2_s_source_says(hex_: str, text: str) -> None:
    assert DevicePath.decode(bytes.fromhex(hex_ + "7fff0400")).text(LONG) == text


def test_firmware_s_text_of_several_instances_is_read_too() -> None:
    path = DevicePath.parse("PciRoot(0x0),/PciRoot(0x1),/VenPcAnsi()")
    assert len(path.instances) == 3
    assert str(path) == "PciRoot(0x0),/PciRoot(0x1),/VenPcAnsi()"
    assert path.exact() == "PciRoot(0x0),PciRoot(0x1),VenPcAnsi()"
