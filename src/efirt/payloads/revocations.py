"""What a dbx holds: how many entries of which kind, and of which day Microsoft's list is.

Source: fwupd 2.0, plugins/uefi-dbx/README.md, "Comparing Versions" (how many hashes of Microsoft's stand in the list of which day);
microsoft/secureboot_objects, PreSignedObjects/DBX/Schema/SecureBootDataTypes/svn_schema.json and PostSignedObjects/Optional/DBX/
DBXUpdateSVN.bin (security version numbers, written as hashes).
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


class Revocations(NamedTuple):
    """A dbx, counted.

    Attributes:
        entries: All of them.
        hashes: Digests of programs, of SHA-256; security version numbers are none.
        certificates: Certificates that are revoked.
        version: The day of Microsoft's list that has as many of its hashes, and the processor it is for; None where no list has.
        versions: The least security version of each program that has one, as ``bootmgfw 9.0``.

    Departs: fwupd, too, counts, and where a list became shorter looks at its last hash, too. Such lists have no version here.
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
        return cls(entries, hashes, certificates, _VERSIONS.get(own), tuple(versions))


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
