"""A payload book: signatures made elsewhere, for a machine that cannot make them, such as a dom0 without the package cryptography."""

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from efirt.testing.conformance.payloads import Form, NotSigned, Signer


def _place(content: bytes, who: str, form: Form) -> str:
    return sha256(f"{who} {tuple(form)} ".encode() + content).hexdigest()


def _in_hexadecimal(members: Any) -> dict[str, str]:  # noqa: ANN401 - whatever stood in a file
    return {str(name): bytes.fromhex(text).hex() for name, text in members.items()}


class Book:
    """Signs by looking up.

    Args:
        certificates: By name, in hexadecimal.
        signatures: By what is signed, by whom and how, in hexadecimal.
        name: What it is called where something is missing.
    """

    def __init__(self, certificates: dict[str, str], signatures: dict[str, str], name: str = "the payload book") -> None:
        self._certificates = certificates
        self._signatures = signatures
        self._name = name

    @classmethod
    def read(cls, path: str) -> "Book":
        """Read a book.

        Raises:
            ValueError: It is none.
        """
        try:
            found: Any = json.loads(Path(path).read_text(encoding="ascii"))
            return cls(_in_hexadecimal(found["certificates"]), _in_hexadecimal(found["signatures"]))
        except KeyError as cause:
            raise ValueError(f"{path} is not a payload book: it has no member {cause}") from None
        except (OSError, ValueError, TypeError, AttributeError, RecursionError) as cause:
            raise ValueError(f"{path} is not a payload book: {cause}") from None

    def certificate(self, who: str) -> bytes:
        """Somebody's certificate.

        Raises:
            NotSigned: The book has none.
        """
        if who not in self._certificates:
            raise NotSigned(f"{self._name} has no certificate of {who}")
        return bytes.fromhex(self._certificates[who])

    def sign(self, content: bytes, who: str, form: Form) -> bytes:
        """A signature that stands in the book.

        Raises:
            NotSigned: None does.
        """
        found = self._signatures.get(_place(content, who, form))
        if found is None:
            raise NotSigned(f"{self._name} has no signature of {who} for this")
        return bytes.fromhex(found)


class Author:
    """Signs by somebody else's hand, each thing once, and writes everything down.

    Args:
        signer: Whose hand.

    Attributes:
        certificates: What was made of them, by whose they are.
        signatures: What was made of them, by place.
        note: Takes what is made, when it is, as JSON values.
    """

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self.note: Callable[[Mapping[str, object]], None] = lambda _made: None
        self.certificates: dict[str, str] = {}
        self.signatures: dict[str, str] = {}

    def certificate(self, who: str) -> bytes:
        """Somebody's certificate."""
        if who not in self.certificates:
            made = self._signer.certificate(who).hex()
            self.note({"certificate": who, "data": made})
            self.certificates[who] = made
        return bytes.fromhex(self.certificates[who])

    def sign(self, content: bytes, who: str, form: Form) -> bytes:
        """A detached signature of somebody's."""
        place = _place(content, who, form)
        if place not in self.signatures:
            made = self._signer.sign(content, who, form).hex()
            self.note({"signature": place, "data": made})
            self.signatures[place] = made
        return bytes.fromhex(self.signatures[place])

    def text(self) -> str:
        """The book."""
        return json.dumps({"certificates": self.certificates, "signatures": self.signatures})
