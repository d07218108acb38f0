"""Vendor GUIDs that people know by name."""

from efirt.annotation import Final
from efirt.values.guid import ZERO, Guid

GLOBAL: Final = Guid.parse("8be4df61-93ca-11d2-aa0d-00e098032b8c")
IMAGE_SECURITY: Final = Guid.parse("d719b2cb-3d3a-4596-a3bc-dad00e67656f")
HARDWARE_ERROR: Final = Guid.parse("414e6bdd-e47b-47cc-b244-bb61020cf516")
LINUX_CRASH: Final = Guid.parse("cfc8fc79-be2e-4ddc-97f0-9f98bfe298a0")

NAMES: Final = {
    GLOBAL: "EFI global",
    IMAGE_SECURITY: "image security database",
    HARDWARE_ERROR: "hardware error record",
    LINUX_CRASH: "Linux crash dump",
    ZERO: "zero",
    Guid.parse("04b37fe8-f6ae-480b-bdd5-37d98c5e89aa"): "edk2 variable error flag",
    Guid.parse("eb704011-1402-11d3-8e77-00a0c969723b"): "edk2 monotonic counter",
    Guid.parse("378d7b65-8da9-4773-b6e4-a47826a833e1"): "edk2 clock",
    Guid.parse("f0a30bc7-af08-4556-99c4-001009c93a44"): "edk2 Secure Boot enable",
    Guid.parse("c076ec0c-7028-4399-a072-71ee5c448b9f"): "edk2 custom mode",
    Guid.parse("9073e4e0-60ec-4b6e-9903-4c223c260f3c"): "edk2 vendor keys",
    Guid.parse("d9bee56e-75dc-49d9-b4d7-b534210f637a"): "edk2 certificate database",
    Guid.parse("4c19049f-4137-4dd3-9c10-8b97a83ffdfa"): "edk2 memory type information",
    Guid.parse("605dab50-e046-4300-abb6-3dd810dd8b23"): "shim",
    Guid.parse("4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"): "systemd-boot",
    Guid.parse("4424ac57-be4b-47dd-9e97-ed50f09f92a9"): "Linux dummy",
    Guid.parse("77fa9abd-0359-4d32-bd60-28f4e78f784b"): "Microsoft",
    Guid.parse("59324945-ec44-4c0d-b1cd-9db139df070c"): "edk2 iSCSI",
    Guid.parse("9fb9a8a1-2f4a-43a6-889c-d0f7b6c47ad5"): "edk2 DHCPv6",
    Guid.parse("937fe521-95ae-4d1a-8929-48bcd90ad31a"): "edk2 IPv6 configuration",
    Guid.parse("5b446ed1-e30b-4faa-871a-3654eca36080"): "edk2 IPv4 configuration",
}
