"""What real firmware wrote of device paths that this project made: tests/data/device_paths/edk2.json.

``shell`` is what the UEFI shell's ``bcfg driver dump -v`` printed, ``boot`` what the boot manager did when it could not load an entry.
"""

import json
from pathlib import Path

from efirt.payloads.device_path.path import DevicePath

_FILE = Path(__file__).resolve().parents[2] / "data" / "device_paths" / "edk2.json"

ROWS: list[dict[str, str]] = json.loads(_FILE.read_text(encoding="utf-8"))
PATHS = [DevicePath.decode(bytes.fromhex(row["hex"])) for row in ROWS]
