"""What of a person may stand in the log? Only this sealed block."""

from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field


class SealedBlock(BaseModel):
    """Hold personal data sealed with the customer's key (XChaCha20-Poly1305, associated data = customer id)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    key_id: str = Field(description="Which key of the customer opens it; a deleted key reads as [erased].")
    nonce: str = Field(description="24 bytes, base64; derived, so that a retry seals to the same bytes.")
    ciphertext: str = Field(description="Base64 of the ciphertext with its tag.")


class Sealed(Struct, frozen=True):
    """A sealed block, as states and rows keep it."""

    key_id: str
    nonce: str
    ciphertext: str

    @classmethod
    def of(cls, block: SealedBlock) -> "Sealed":
        """Keep a sealed block as a plain value."""
        return cls(block.key_id, block.nonce, block.ciphertext)

    @property
    def block(self) -> SealedBlock:
        """The block that the keyring opens and events carry."""
        return SealedBlock(key_id=self.key_id, nonce=self.nonce, ciphertext=self.ciphertext)
