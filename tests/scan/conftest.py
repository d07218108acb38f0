"""Images of machines for tests of the audit, and a directory to put them in."""

from pathlib import Path

import pytest

from efirt.images.edk2_write import LAYOUTS, created
from efirt.payloads.signature_list import X509, Signature, SignatureDatabase, SignatureList
from efirt.store import Record
from efirt.testing.identities import identity
from efirt.values.attributes import Attributes
from efirt.values.guid import ZERO
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key

LISTED = SignatureDatabase((SignatureList.of(X509, Signature(ZERO, identity("vendor", 4).der)),)).encode()
RECORDS = (
    Record(Key("PK", GLOBAL), Attributes(0x27), LISTED),
    Record(Key("KEK", GLOBAL), Attributes(0x27), LISTED),
    Record(Key("Timeout", GLOBAL), Attributes(7), b"\3\0"),
)
IMAGE = created(LAYOUTS["ovmf-2m"], RECORDS)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory with two images, one of them deeper, and a file that is none."""
    (tmp_path / "vm" / "deeper").mkdir(parents=True)
    (tmp_path / "vm" / "a.fd").write_bytes(IMAGE)
    (tmp_path / "vm" / "deeper" / "b.fd").write_bytes(IMAGE)
    (tmp_path / "vm" / "notes.txt").write_text("none", encoding="utf-8")
    return tmp_path / "vm"
