"""What of a person may stand in the log? Only this sealed block."""

from pydantic import BaseModel, ConfigDict, Field


class SealedBlock(BaseModel):
    """Hold personal data sealed with the customer's key (XChaCha20-Poly1305, associated data = customer id)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    key_id: str = Field(description="Which key of the customer opens it; a deleted key reads as [erased].")
    nonce: str = Field(description="24 bytes, base64; derived, so that a retry seals to the same bytes.")
    ciphertext: str = Field(description="Base64 of the ciphertext with its tag.")
