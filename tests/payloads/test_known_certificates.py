"""The table of known certificates, against the certificates themselves where they are at hand."""

from hashlib import sha256
from importlib.resources import files
from ssl import PEM_cert_to_DER_cert

import pytest

from efirt.images.edk2 import Edk2Image
from efirt.payloads.certificate_names import CertificateNames
from efirt.payloads.known_certificates import BY_SUBJECT, KNOWN, MICROSOFT_2011, MICROSOFT_2023, SIZES, SUCCESSORS, TEST, known
from efirt.payloads.signature_list import X509, SignatureDatabase
from tests.images.test_edk2_stock import PACKAGES, stock

NAMES = ("PK", "KEK", "db")


@pytest.mark.parametrize("suite", PACKAGES)
def test_every_certificate_that_debian_ships_is_known_as_what_it_says_it_is(suite: str) -> None:
    found: dict[bytes, str] = {}
    for path in stock(suite):
        for variable in Edk2Image.decode(path.read_bytes()).variables:
            lists = SignatureDatabase.decode(variable.data).lists if variable.key.name in NAMES else ()
            found |= {one.data: path.name for each in lists if each.kind == X509 for one in each.signatures}
    told = {sha256(data).hexdigest(): (CertificateNames.decode(data), name) for data, name in found.items()}
    assert {"microsoft-2011", "distribution", "test"} == {KNOWN[thumbprint].kind for thumbprint in told}
    for thumbprint, (names, name) in told.items():
        assert (KNOWN[thumbprint].kind == TEST) == ("snakeoil" in name)
        assert KNOWN[thumbprint].name in names.subject or "SnakeOil" in names.subject


def test_every_certificate_of_virt_firmware_is_known_as_what_it_says_it_is() -> None:
    pytest.importorskip("virt.firmware", reason="the Python package virt-firmware is not here")
    seen = set()
    for folder in files("virt.firmware.certs").iterdir():
        for file in folder.iterdir() if folder.is_dir() else ():
            if file.name.endswith(".pem"):
                text = file.read_text(encoding="utf-8")
                data = PEM_cert_to_DER_cert(text[text.index("-----BEGIN") :].strip())
                thumbprint = sha256(data).hexdigest()
                seen.add(thumbprint)
                assert KNOWN[thumbprint].name in CertificateNames.decode(data).subject
                assert SIZES.get(thumbprint, len(data)) == len(data)
    assert {thumbprint for thumbprint, one in KNOWN.items() if one.kind.startswith("microsoft")} <= seen


def test_each_of_2011_is_followed_by_some_of_2023_of_known_size() -> None:
    followed = {old for chain in SUCCESSORS.values() for old in chain}
    successors = {new for chain in SUCCESSORS.values() for one in chain.values() for new in one}
    assert followed == {thumbprint for thumbprint, one in KNOWN.items() if one.kind == MICROSOFT_2011}
    assert successors == {thumbprint for thumbprint, one in KNOWN.items() if one.kind == MICROSOFT_2023} == SIZES.keys()


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        ("CN=DO NOT TRUST - AMI Test PK", "test"),
        ("CN=Do_Not_Ship Root,O=x", "test"),
        ("O=Snake Oil", "test"),
        ("CN=snakeoil", "test"),
        ("CN=Some Test Key", "test"),
        ("CN=TestRoot", "test"),
        ("CN=SUSE Linux Enterprise Secure_Boot CA", "distribution"),
        ("CN=Debian Secure Boot CA", "distribution"),
        ("O=Canonical Ltd.", "distribution"),
        ("CN=VMware Secure Boot Signing", "vendor"),
        ("CN=openSUSE Secure Boot CA,O=openSUSE Project", "distribution"),
        ("CN=Microsoft Hyper-V Firmware PK,O=Microsoft Corporation", "vendor"),
        ("CN=The Latest CA", None),
        ("CN=Windows UEFI CA 2023", None),
        ("", None),
    ],
)
def test_a_subject_alone_tells_a_test_key_and_proves_nothing(subject: str, kind: str | None) -> None:
    found = known("00" * 32, subject)
    assert (found and found.kind) == kind
    assert found is None or found.by == BY_SUBJECT
