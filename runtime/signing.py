"""How does a browser or a mail carry what we must believe later? Signed, for one purpose, for a while."""

from typing import Any

from itsdangerous import BadSignature, URLSafeTimedSerializer

CUSTOMER_AREA = "customer-area"
"""What the link in a mail is signed for: whose area it opens."""
LINK_DAYS = 400
"""How long that link opens the area: until after the next year's notices."""
FROM_PANEL = "from-panel"
"""What the panel's link into the shop is signed for: who comes, and to buy what."""


class Signer:
    """Sign JSON values and read them back. What was signed for one purpose is nothing for another."""

    def __init__(self, key: str) -> None:
        self._key = key

    def sign(self, purpose: str, value: Any) -> str:
        """Write a value as text that fits a cookie, a form and a link."""
        signed: str | bytes = self._serializer(purpose).dumps(value)
        return signed.decode() if isinstance(signed, bytes) else signed

    def read(self, purpose: str, text: str, seconds: int) -> Any:
        """Return the value; None when the text was not signed by us, not for this purpose, or longer ago."""
        try:
            return self._serializer(purpose).loads(text, max_age=seconds)
        except BadSignature:
            return None

    def _serializer(self, purpose: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._key, salt=f"coterm.web.{purpose}")
