"""Judging signatures with a library that is imported at the first one."""

from efirt.annotation import TYPE_CHECKING, Sequence
from efirt.errors import NotCarried

if TYPE_CHECKING:
    from efirt.signatures.verifier import Pkcs7Verifier


class LazyVerifier:
    """Judges signatures with ``cryptography``, which is imported at the first one."""

    def __init__(self) -> None:
        self._verifier: Pkcs7Verifier | None = None

    def _made(self) -> "Pkcs7Verifier":
        if self._verifier is None:
            try:
                from efirt.signatures.verifier import Pkcs7Verifier  # noqa: PLC0415 - 100 ms, and an extra
            except ImportError as cause:
                message = f"the simulated firmware cannot verify signatures here: {cause}"
                raise NotCarried(message, "pip install 'efirt[secureboot]'", operation="SetVariable") from None
            self._verifier = Pkcs7Verifier()
        return self._verifier

    def signers(self, signed_data: bytes) -> Sequence[bytes]:
        """The certificates of those who signed.

        Raises:
            NotCarried: The extra is not installed.
        """
        return self._made().signers(signed_data)

    def verify(self, signed_data: bytes, content: bytes, anchor: bytes) -> bool:
        """Whether all who signed are trusted, and signed this.

        Raises:
            NotCarried: The extra is not installed.
        """
        return self._made().verify(signed_data, content, anchor)
