"""A payload book: signatures made elsewhere, for a machine that cannot make them, such as a dom0 without the package cryptography."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from efirt.testing.conformance.payloads import Form, NotSigned, Signer


def _place(content: bytes, who: str, form: Form) -> str:
    return sha256(f"{who} {tuple(form)} ".encode() + content).hexdigest()


class Book:
    """Signs by looking up.

    Args:
        certificates: By name, in hexadecimal.
        signatures: By what is signed, by whom and how, in hexadecimal.
    """

    def __init__(self, certificates: dict[str, str], signatures: dict[str, str]) -> None:
        self._certificates = certificates
        self._signatures = signatures

    @classmethod
    def read(cls, path: str) -> "Book":
        """Read a book.

        Raises:
            ValueError: It is none.
        """
        try:
            found: Any = json.loads(Path(path).read_text(encoding="ascii"))
            return cls(dict(found["certificates"]), dict(found["signatures"]))
        except (OSError, ValueError, KeyError, TypeError) as cause:
            raise ValueError(f"{path} is not a payload book: {cause}") from None

    def certificate(self, who: str) -> bytes:
        """Somebody's certificate.

        Raises:
            NotSigned: The book has none.
        """
        if who not in self._certificates:
            raise NotSigned(f"the payload book has no certificate of {who}")
        return bytes.fromhex(self._certificates[who])

    def sign(self, content: bytes, who: str, form: Form) -> bytes:
        """A signature that stands in the book.

        Raises:
            NotSigned: None does.
        """
        found = self._signatures.get(_place(content, who, form))
        if found is None:
            raise NotSigned(f"the payload book has no signature of {who} for this")
        return bytes.fromhex(found)


class Author:
    """Signs by somebody else's hand and writes everything down."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self.certificates: dict[str, str] = {}
        self.signatures: dict[str, str] = {}

    def certificate(self, who: str) -> bytes:
        """Somebody's certificate."""
        certificate = self._signer.certificate(who)
        self.certificates[who] = certificate.hex()
        return certificate

    def sign(self, content: bytes, who: str, form: Form) -> bytes:
        """A detached signature of somebody's."""
        signature = self._signer.sign(content, who, form)
        self.signatures[_place(content, who, form)] = signature.hex()
        return signature

    def text(self) -> str:
        """The book."""
        return json.dumps({"certificates": self.certificates, "signatures": self.signatures})
