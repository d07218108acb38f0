"""Certificates that are met in PK, KEK and db, and what they are.

Each thumbprint was taken from the certificate itself. What could not be had as bytes is known by its subject alone, which anybody can
write into a certificate: such a match says so, and nothing is concluded from it that matters.

Source: Debian's package ovmf, the VARS files of 2022.11-6+deb12u2 and 2025.02 (thumbprints of Microsoft's of 2011, of Debian's and of both
SnakeOil keys); the Python package virt-firmware 26.10, virt/firmware/certs (all others); Microsoft, "Windows Secure Boot certificate
expiration and CA updates" (which certificate of 2023 follows which of 2011); Binarly, "PKfail", CVE-2024-8105 (subjects of test keys);
Broadcom, KB 423893 (VMware's PK that is none).
"""

from collections.abc import Mapping
from re import compile as pattern

from efirt.annotation import Final, NamedTuple

MICROSOFT_2011: Final = "microsoft-2011"
MICROSOFT_2023: Final = "microsoft-2023"
DISTRIBUTION: Final = "distribution"
VENDOR: Final = "vendor"
TEST: Final = "test"

BY_THUMBPRINT: Final = "thumbprint"
BY_SUBJECT: Final = "subject"


class Known(NamedTuple):
    """What is known of a certificate.

    Attributes:
        name: What people call it.
        kind: ``microsoft-2011``, ``microsoft-2023``, ``distribution``, ``vendor`` or ``test``.
        by: How it was recognized: by its ``thumbprint``, or by its ``subject``, which proves nothing.
    """

    name: str
    kind: str
    by: str = BY_THUMBPRINT


KEK_2011: Final = "a1117f516a32cefcba3f2d1ace10a87972fd6bbe8fe0d0b996e09e65d802a503"
KEK_2023: Final = "3cd3f0309edae228767a976dd40d9f4affc4fbd5218f2e8cc3c9dd97e8ac6f9d"
WINDOWS_2011: Final = "e8e95f0733a55e8bad7be0a1413ee23c51fcea64b3c8fa6a786935fddcc71961"
WINDOWS_2023: Final = "076f1fea90ac29155ebf77c17682f75f1fdd1be196da302dc8461e350a9ae330"
UEFI_2011: Final = "48e99b991f57fc52f76149599bff0a58c47154229b9f8d603ac40d3500248507"
UEFI_2023: Final = "f6124e34125bee3fe6d79a574eaa7b91c0e7bd9d929c1a321178efd611dad901"
OPTION_ROM_2023: Final = "e5be3e64c6e66a281457ecdece0d6d0787577aad2a3a0144262c10c14ba8d8f1"

SIZES: Final = {KEK_2023: 1462, WINDOWS_2023: 1454, UEFI_2023: 1448, OPTION_ROM_2023: 1459}
"""Bytes of those that may be missing."""

SUCCESSORS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "KEK": {KEK_2011: (KEK_2023,)},
    "db": {WINDOWS_2011: (WINDOWS_2023,), UEFI_2011: (UEFI_2023, OPTION_ROM_2023)},
}
"""By variable: which certificates of 2023 follow one of 2011."""

KNOWN: Final = {
    KEK_2011: Known("Microsoft Corporation KEK CA 2011", MICROSOFT_2011),
    KEK_2023: Known("Microsoft Corporation KEK 2K CA 2023", MICROSOFT_2023),
    WINDOWS_2011: Known("Microsoft Windows Production PCA 2011", MICROSOFT_2011),
    WINDOWS_2023: Known("Windows UEFI CA 2023", MICROSOFT_2023),
    UEFI_2011: Known("Microsoft Corporation UEFI CA 2011", MICROSOFT_2011),
    UEFI_2023: Known("Microsoft UEFI CA 2023", MICROSOFT_2023),
    OPTION_ROM_2023: Known("Microsoft Option ROM UEFI CA 2023", MICROSOFT_2023),
    "2f569e8edaf9657dc4951c29598725255c7f821472db71374211fe44d082546f": Known("Windows OEM Devices PK", VENDOR),
    "5fb05ed84c5170d542ed6a7b7487dd57b8faedb02f7e107b0409e1d22cac4169": Known("Debian UEFI Secure Boot (PK/KEK key)", DISTRIBUTION),
    "079646974bce09b1f04da67bd722d1fb0947ae4c4010bccdbba52d5b23cbf1a2": Known("Debian Secure Boot CA", DISTRIBUTION),
    "ed1fe72cb9ca31c9af5b757afcd733323d675825032e6ced7fe1ae9eb767998c": Known("Canonical Ltd. Master Certificate Authority", DISTRIBUTION),
    "a3b384810d48f1666d5df01c0684c5f5325b57ef5dee5223d9bf66aeefef332e": Known("Fedora Secure Boot CA 20200709", DISTRIBUTION),
    "7f122fab825041c2b0c67696bb151db6f39fed7df2d1104107f5b892b354ef5c": Known("Red Hat Secure Boot (PK/KEK key 1)", DISTRIBUTION),
    "9996c73616ee42f13396c9abfb4b646b538c3c80940474b710afdbe53bf17d32": Known("Red Hat Secure Boot (CA key 1)", DISTRIBUTION),
    "40175d4c7c5ab4bd753a493f47952f1d8dcf1c219b836968a693e48bd4766135": Known("Red Hat Secure Boot CA 5", DISTRIBUTION),
    "72568059455c1774b3668b5fd67ba3578551925adfa52b6999cad549f52e46d6": Known("Red Hat Secure Boot CA 8", DISTRIBUTION),
    "c9acbb9ef9054cf8ff920da618813187fbaf35ea1da6bb760b2ca0595e977654": Known("Red Hat UEFI CA 2024", DISTRIBUTION),
    "c8644a61601db420d50911810f3831388b6f02363cf63bda77513cc003b81bc5": Known("CentOS Secure Boot (CA key 1)", DISTRIBUTION),
    "f1fdf7ae3924a187e0f30a502271cb8369f5f26b8032f026aef6fce7a113d1c4": Known("CentOS Secure Boot CA 2", DISTRIBUTION),
    "3d9dd4d7d86e24f8e81d71e9a3f8eb6675e2eccce7e8fa2b6f79c31c01047244": Known("CentOS Secure Boot CA 8", DISTRIBUTION),
    "282e8130b7070f107aaecc25d3992ca4440270860b09088792a5075fab0d13f8": Known("SnakeOil, of 2020", TEST),
    "5e2a886d7d56dc918f16806366d4c2e1c0de23a6f1026ba5df14f0370f0e19a0": Known("SnakeOil Test Key for EFI Secure Boot", TEST),
    "f9f3c0fd5e666a40a859c276afd4e0756c32f6ea171a75af89dfb87d804ca209": Known("Red Hat Test Certifying CA", TEST),
}
"""By thumbprint: the SHA-256 of the certificate in DER."""

_SUBJECTS: Final = (
    ("do not trust", "a key whose makers say not to trust it", TEST),
    ("do not ship", "a key whose makers say not to ship it", TEST),
    ("snakeoil", "a snake oil key", TEST),
    ("snake oil", "a snake oil key", TEST),
    ("test pk", "a test key", TEST),
    ("test key", "a test key", TEST),
    ("test ca", "a test key", TEST),
    ("test root", "a test key", TEST),
    ("testroot", "a test key", TEST),
    ("suse linux enterprise secure boot", "SUSE Linux Enterprise Secure Boot", DISTRIBUTION),
    ("opensuse secure boot", "openSUSE Secure Boot", DISTRIBUTION),
    ("debian secure boot", "Debian Secure Boot", DISTRIBUTION),
    ("canonical ltd", "Canonical", DISTRIBUTION),
    ("fedora secure boot", "Fedora Secure Boot", DISTRIBUTION),
    ("red hat secure boot", "Red Hat Secure Boot", DISTRIBUTION),
    ("centos secure boot", "CentOS Secure Boot", DISTRIBUTION),
    ("microsoft hyper v firmware pk", "Microsoft Hyper-V Firmware PK", VENDOR),
    ("vmware secure boot signing", "VMware Secure Boot Signing", VENDOR),
)
"""Words that stand in a subject one after another, in lower case, whatever is between them; the first ones of these count."""

_ANY_SUBJECT: Final = pattern("|".join(rf"\b({'[^a-z0-9]+'.join(words.split())})\b" for words, _, _ in _SUBJECTS))

_RARE_WORDS: Final = ("not", "snake", "test", "secure", "canonical", "hyper")
"""One of these stands in each of them: to look for these alone takes a tenth of the time."""


def known(thumbprint: str, subject: str) -> Known | None:
    """What a certificate is; None where it is not known here.

    Args:
        thumbprint: The SHA-256 of its DER, in lower-case digits.
        subject: Whom it says it is for; empty where it cannot be read.
    """
    found = KNOWN.get(thumbprint)
    if found is None and subject:
        text = subject.lower()
        match = _ANY_SUBJECT.search(text) if any(word in text for word in _RARE_WORDS) else None
        if match is not None and match.lastindex is not None:
            _, name, kind = _SUBJECTS[match.lastindex - 1]
            found = Known(name, kind, BY_SUBJECT)
    return found
