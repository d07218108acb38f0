"""The judge that the simulated driver hands in: imported at the first signature, missed by name."""

import subprocess
import sys
import textwrap

import pytest

from efirt.drivers.simulated import open_simulated
from efirt.errors import DriverError
from efirt.ops import SetVariable
from efirt.values.status import Status
from tests.firmware.machine import key
from tests.firmware.signing import DB, digests, signed

PRIVATE: SetVariable = signed(key("P"), b"v")


def test_without_the_extra_the_first_signed_write_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "efirt.signatures.verifier", None)
    driver = open_simulated()
    assert driver.call(signed(DB, digests(1), None)).status == Status.SUCCESS
    with pytest.raises(DriverError, match=r"pip install 'efirt\[secureboot\]'"):
        driver.call(PRIVATE)


def test_with_it_a_signature_is_judged() -> None:
    assert open_simulated().call(PRIVATE).status == Status.SECURITY_VIOLATION


def test_listing_imports_no_cryptography() -> None:
    code = textwrap.dedent("""
        import sys
        from efirt.cli.main import main
        main(["--driver", "xen:simulated", "list"])
        sys.exit(bool({"cryptography", "asn1crypto"} & {*sys.modules}))
    """)
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
