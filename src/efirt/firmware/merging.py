"""An append that reads both values as signature lists and writes one of them anew.

Source: QEMU, hw/uefi/var-service-siglist.c, uefi_vars_siglist_parse and uefi_vars_siglist_blob_generate.
"""

from efirt.errors import DecodeError
from efirt.payloads.signature_list import OWNER_SIZE, SHA256, X509, SignatureDatabase, SignatureList


def _entries(value: bytes) -> list[SignatureList]:
    try:
        return list(SignatureDatabase.decode(value).lists)
    except DecodeError:
        return []


def merged(old: bytes, new: bytes) -> bytes:
    """Each certificate in a list of its own, then one list of all SHA-256 digests, each once, whoever owns it; the rest is dropped.

    Departs: QEMU takes what stands before the first byte that makes no sense; here such a value has no entry.

    Source: as the module.
    """
    certificates: dict[bytes, bytes] = {}
    digests: dict[bytes, bytes] = {}
    for one in (*_entries(old), *_entries(new)):
        found = {X509: certificates, SHA256: digests}.get(one.kind)
        if found is not None:
            for raw in one.raw_signatures:
                found.setdefault(raw[OWNER_SIZE:], raw)
    lists = [SignatureList(X509, len(raw), raw) for raw in certificates.values()]
    if digests:
        lists.append(SignatureList(SHA256, len(next(iter(digests.values()))), b"".join(digests.values())))
    return SignatureDatabase(tuple(lists)).encode()
