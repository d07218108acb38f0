"""Fuzz what variables hold: `python fuzz/payloads.py TARGET [libFuzzer options]`, with atheris installed.

Targets: device-path reads bytes, device-path-text text, efivar-text libefivar's text; each word of efirt.payloads.codecs
(load-option, key-option, hardware-error, ...) reads bytes as that, capsule and esrt too. The seeds are under fuzz/corpus/TARGET. Each
target reads without loss, or raises DecodeError, or ValueError for text; anything else is a finding.
"""

import json
import sys
from typing import Any

import atheris
from running import run

with atheris.instrument_imports():
    from efirt.errors import DecodeError
    from efirt.payloads.capsule import Capsule
    from efirt.payloads.codecs import CODECS
    from efirt.payloads.device_path.path import DevicePath
    from efirt.payloads.device_path.spelling import SHELL, SHELL_2025
    from efirt.payloads.esrt import Esrt
    from efirt.payloads.json_value import json_value

BY_KIND = {codec.kind: codec for codec in CODECS.values()}
OTHERS: dict[str, Any] = {"capsule": Capsule, "esrt": Esrt}


def device_path(data: bytes) -> None:
    """Bytes to a path, to each text, and back from the exact one."""
    try:
        path = DevicePath.decode(data)
    except DecodeError:
        return
    assert path.encode() == data  # noqa: S101 - this is the finding
    assert DevicePath.parse(path.exact()) == path  # noqa: S101 - as above
    for form in (SHELL, SHELL_2025):
        path.text(form)
    json.dumps(path.as_json())


def text(data: bytes, *, efivar: bool) -> None:
    """Text to a path, to bytes and back."""
    try:
        path = DevicePath.parse(data.decode("utf-8", "replace"), efivar=efivar)
    except ValueError:
        return
    assert DevicePath.decode(path.encode()) == path  # noqa: S101 - as above


def payload(name: str, data: bytes) -> None:
    """Bytes to a payload, to JSON, and back."""
    codec = BY_KIND.get(name)
    try:
        value = codec.decode(data) if codec else OTHERS[name].decode(data)
    except DecodeError:
        return
    assert value.encode() == data  # noqa: S101 - as above
    json.dumps(codec.outline(value) if codec else json_value(value))


def target(name: str, data: bytes) -> None:
    """Run one input."""
    if name == "device-path":
        device_path(data)
    elif name.endswith("-text"):
        text(data, efivar=name.startswith("efivar"))
    else:
        payload(name, data)


def main() -> None:
    """Run one target."""
    name = sys.argv.pop(1)
    run(name, lambda data: target(name, data), sys.argv)


if __name__ == "__main__":
    main()
