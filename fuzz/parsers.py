"""Fuzz the parsers that see hostile bytes: `python fuzz/parsers.py TARGET [libFuzzer options]`, with atheris installed.

Targets: descriptor, lists, certdb, certificate, signature. The seeds are under fuzz/corpus/TARGET. Each target decodes without loss or
raises DecodeError; anything else is a finding.
"""

import sys

import atheris
from running import run

with atheris.instrument_imports():
    from efirt.errors import DecodeError
    from efirt.payloads.authentication import AuthenticatedValue
    from efirt.payloads.certificate import Certificate
    from efirt.payloads.certificate_database import CertificateDatabase
    from efirt.payloads.signature_list import SignatureDatabase
    from efirt.signatures.signed_data import SignedData

LOSSLESS = {"descriptor": AuthenticatedValue, "lists": SignatureDatabase, "certdb": CertificateDatabase}
OTHERS = {"certificate": Certificate, "signature": SignedData}


def target(name: str, data: bytes) -> None:
    """Decode; what decodes encodes to the same bytes."""
    try:
        if name in OTHERS:
            OTHERS[name].decode(data)
            return
        decoded = LOSSLESS[name].decode(data)
    except DecodeError:
        return
    assert decoded.encode() == data  # noqa: S101 - this is the finding


def main() -> None:
    """Run one target."""
    name = sys.argv.pop(1)
    run(name, lambda data: target(name, data), sys.argv)


if __name__ == "__main__":
    main()
