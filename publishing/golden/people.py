"""Who buys in the examples? Customer c-1 of example A, and c-2 of case 1; sealed, as they stand in the log."""

from schemas.personal import SealedBlock

ROSSI = SealedBlock(
    key_id="9f86d081884c7d65",
    nonce="u1m7Ck1Jq0dP2sO8mZr3Vw5nYx6hT4bE",
    ciphertext="q83vEjRWeJq83vASNFZ4mrzeASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4mrze8BI0VniavN7w==",
)
BIANCHI = SealedBlock(
    key_id="60303ae22b998861",
    nonce="Zk3t8YwQ1nLr5VbXc7DfGh2JmP4sA6oE",
    ciphertext="3q2+78r+ur7erb7vyv66vt6tvu/K/rq+3q2+78r+ur7erb7vyv66vt6tvu/K/rq+3q2+78r+ur7e",
)
ROSSI_TAX_IDENTIFIER = "8f14e45fceea167a5a36dedd4bea2543d1f0f7c0b1a2e3d4c5b6a79880716253"
BODY_HASH = "45c48cce2e2d7fbdea1afc51c7c6ad26b0f1e2d3c4b5a69788796a5b4c3d2e1f"
IDEMPOTENCY_KEY = "d3d9446802a44259755d38e6d163e820e1f20314253647586970a1b2c3d4e5f6"
CREDENTIAL_ID = "2f0c6a3e-6a52-5d0b-8a0f-0b9a4a5c1d2e"
