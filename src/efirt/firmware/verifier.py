"""Who judges signatures: it is handed in, and the model knows no cryptography.

Source: UEFI 2.10 §8.2.2; edk2 c5aa7e7d, CryptoPkg/Include/Library/BaseCryptLib.h (Pkcs7GetSigners, Pkcs7Verify).
"""

from collections.abc import Sequence

from efirt.annotation import NoReturn, Protocol
from efirt.errors import DriverError


class Verifier(Protocol):
    """Judges PKCS#7 SignedData, bare or in a ContentInfo."""

    def signers(self, signed_data: bytes) -> Sequence[bytes]:
        """The certificates of those who signed, in DER, in order; none where they cannot be told."""

    def verify(self, signed_data: bytes, content: bytes, anchor: bytes) -> bool:
        """Whether all who signed lead to a certificate in DER that is trusted, and signed this content."""


class Missing:
    """Says that nobody who judges was handed in: a firmware without one would refuse what real firmware takes."""

    def signers(self, signed_data: bytes) -> Sequence[bytes]:  # noqa: ARG002 - as the protocol has it
        """Cannot be told.

        Raises:
            DriverError: Always.
        """
        self._refuse()

    def verify(self, signed_data: bytes, content: bytes, anchor: bytes) -> bool:  # noqa: ARG002 - as the protocol has it
        """Cannot be told.

        Raises:
            DriverError: Always.
        """
        self._refuse()

    @staticmethod
    def _refuse() -> NoReturn:
        message = "the simulated firmware has nothing that verifies signatures"
        advice = "make it with verifier=efirt.signatures.verifier.Pkcs7Verifier(), which needs efirt[secureboot]"
        raise DriverError(message, f"{advice}, or open the driver by its name (simulated), which brings it")
