"""Answers of real firmware, kept as JSON under tests/data/firmware, asked again of the model."""

import gzip
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from efirt.firmware import DEFAULT, Firmware, Profile
from efirt.ops import Reply
from efirt.ops.notation import read_op, read_reply
from efirt.signatures.verifier import Pkcs7Verifier
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.key import Key

FOLDER = Path(__file__).parents[1] / "data" / "firmware"


def recorded() -> list[str]:
    return sorted(path.name.removesuffix(".json.gz") for path in FOLDER.glob("*.json.gz"))


@cache
def read(name: str) -> dict[str, Any]:
    """A recording: the store it began with, what was asked and what was answered."""
    found: dict[str, Any] = json.loads(gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes()))
    return found


def record(written: list[Any]) -> Record:
    name, guid, attributes, data, time = written
    return Record(Key(name, Guid.parse(guid)), Attributes(attributes), bytes.fromhex(data), EfiTime(*time))


def machine(name: str, profile: Profile = DEFAULT) -> Firmware:
    """The model as the machine was when it was first asked."""
    found = read(name)
    return Firmware(
        profile,
        now=lambda: 0,
        stored=map(record, found["stored"]),
        volatile=map(record, found["volatile"]),
        used=found["used"],
        volatile_used=found["volatile_used"],
        verifier=Pkcs7Verifier(),
    )


def answers(profile: Profile, name: str) -> list[Reply]:
    firmware = machine(name, profile)
    return [firmware.call(read_op(op)) for op in read(name)["ops"]]


def expected(name: str) -> Iterator[Reply]:
    return map(read_reply, read(name)["answers"])
