"""What a dbx holds: how many entries of which kind, and of which day Microsoft's list is.

Source: fwupd 2.0, plugins/uefi-dbx/README.md, "Comparing Versions" (how many hashes of Microsoft's stand in the list of which day);
microsoft/secureboot_objects, PreSignedObjects/DBX/Schema/SecureBootDataTypes/svn_schema.json and PostSignedObjects/Optional/DBX/
DBXUpdateSVN.bin (security version numbers, written as hashes); fwupd/dbx-firmware 7e95121c, DBXUpdate-*.metainfo.xml (the last entry of
the list of each day), and fwupd 2.0, plugins/uefi-dbx/fu-uefi-dbx-device.c, fu_uefi_dbx_device_ensure_checksum (which entry that is).
"""

from struct import Struct

from efirt.annotation import Final, NamedTuple, Self
from efirt.payloads.signature_list import OWNER_SIZE, SHA256, X509, SignatureDatabase, SignatureList
from efirt.values.guid import Guid

MICROSOFT: Final = Guid.parse("77fa9abd-0359-4d32-bd60-28f4e78f784b")
SVN_OWNER: Final = Guid.parse("9d132b6c-59d5-4388-ab1c-185cfcb2eb92")

_SVN: Final = Struct("<B16sHH11x")
_SVN_VERSION: Final = 1
_SVN_NAMES: Final = {
    Guid.parse("9d132b61-59d5-4388-ab1c-185c3cb2eb92"): "bootmgfw",
}
_VERSIONS: Final = {
    9: "20100307 (x64)",
    13: "20140413 (x64)",
    77: "20160809 (x64)",
    190: "20200701 (x64)",
    211: "20210401 (x64)",
    217: "20220801 (x64)",
    220: "20230301 (x64)",
    371: "20230501 (x64)",
    19: "20200729 (aarch64)",
    21: "20210401 (aarch64)",
    22: "20220801 (aarch64)",
    26: "20230501 (aarch64)",
    41: "20200701 (ia32)",
    55: "20210401 (ia32)",
    57: "20230301 (ia32)",
    89: "20230501 (ia32)",
}

_LAST: Final = {
    bytes.fromhex("13a1f37bedfb5417b6b737e2a3816c8fd587d74d836914b2b2edc9fd6ca30e58"): "20230501 (x64)",
    bytes.fromhex("ab311e737112e4d34abf545836bc671637663e93738cefa37405214ce8c92a58"): "20230501 (aarch64)",
    bytes.fromhex("cdb7c90d3ab8833d5324f5d8516d41fa990b9ca721fe643fffaef9057d9f9e48"): "20241101 (x64)",
    bytes.fromhex("490c927242cc6227ca439a7e9aa9d771ad4d1686eede1f331cbb6c69e9be746e"): "20241101 (ia32)",
    bytes.fromhex("6b4328ebcbe46ed9118ff2d4472de329d70ba83016df7a6f50f8af923883bc54"): "20250507 (x64)",
    bytes.fromhex("e14c88dc48339c0555686849a4e3f8986d558e65c4fc863a1a4f1d40478bd47c"): "20250902 (x64)",
    bytes.fromhex("97f9d7b439e283993dcb15f7778b00eaf0621ee0617bd725495770fb44921a82"): "20250902 (ia32)",
    bytes.fromhex("96275dfd6282a522b011177ee049296952ac794832091f937fbbf92869028629"): "20260402 (x64)",
    bytes.fromhex("2ea557c44b83c0ad6b71efb7edcc18b6337ad1c1d682155dd9451b051b62ff40"): "20260707 (x64)",
}
"""The days of lists that lost hashes, or whose number is not told: by the last entry, which an update puts at the end."""

_FEWEST: Final = 20
"""No list that is known by its end has fewer hashes; where there are, somebody took the end alone."""


class Revocations(NamedTuple):
    """A dbx, counted.

    Attributes:
        entries: All of them.
        hashes: Digests of programs, of SHA-256; security version numbers are none.
        certificates: Certificates that are revoked.
        version: The day of Microsoft's list that ends like this one, else of the one that has as many of its hashes, and the processor it
            is for; None where neither is known.
        versions: The least security version of each program that has one, as ``bootmgfw 9.0``.
    """

    entries: int = 0
    hashes: int = 0
    certificates: int = 0
    version: str | None = None
    versions: tuple[str, ...] = ()

    @classmethod
    def of(cls, database: SignatureDatabase) -> Self:
        """Count what a dbx holds."""
        hashes = certificates = 0
        own = 0
        versions: list[str] = []
        for one in database.lists:
            if one.kind == SHA256 and one.signature_size == OWNER_SIZE + _SVN.size:
                found = _versions(one)
                versions += found
                hashes += one.signature_count - len(found)
                own += sum(raw.startswith(MICROSOFT.raw) for raw in one.raw_signatures)
            elif one.kind == X509:
                certificates += one.signature_count
        entries = sum(one.signature_count for one in database.lists)
        version = (_LAST.get(_last(database)) if own >= _FEWEST else None) or _VERSIONS.get(own)
        return cls(entries, hashes, certificates, version, tuple(versions))


def _last(database: SignatureDatabase) -> bytes:
    """The last digest of a program, which is Microsoft's; empty where the last entry is another one. Security versions do not count."""
    for one in reversed(database.lists):
        if one.kind != SHA256 or one.signature_size != OWNER_SIZE + _SVN.size:
            return b""
        for at in range(len(one.body) - one.signature_size, -1, -one.signature_size):
            if not one.body.startswith(SVN_OWNER.raw, at):
                return one.body[at + OWNER_SIZE : at + one.signature_size] if one.body.startswith(MICROSOFT.raw, at) else b""
    return b""


def _versions(one: SignatureList) -> list[str]:
    """The security version numbers among the hashes of a list."""
    found = []
    for raw in one.raw_signatures:
        if raw.startswith(SVN_OWNER.raw):
            version, program, minor, major = _SVN.unpack_from(raw, OWNER_SIZE)
            if version == _SVN_VERSION:
                guid = Guid(program)
                found.append(f"{_SVN_NAMES.get(guid) or guid} {major}.{minor}")
    return found
