"""Where do a mail's buttons lead? To an order or into the customer area; signed, they open it without a password."""

from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import quote, urlencode

from runtime.signing import CUSTOMER_AREA, LINK_DAYS, Signer


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses of one customer's area. Without a token they are plain: whoever follows them signs in there."""

    area_url: str
    token: str | None = None
    until: date | None = None
    """The last day on which the token opens the area."""

    @classmethod
    def of(cls, area_url: str, secret: str | None, customer_id: str, today: date) -> "Links":
        """Sign the links of a customer, where the mails share a secret with the shop."""
        if secret is None:
            return cls(area_url)
        return cls(area_url, Signer(secret).sign(CUSTOMER_AREA, customer_id), today + timedelta(days=LINK_DAYS - 1))

    @property
    def area(self) -> str:
        """Return the address of the area."""
        return self.area_url if self.token is None else self._opening()

    def order(self, order_id: str) -> str:
        """Return the address of an order's page."""
        path = f"/orders/{quote(order_id, safe='')}"
        return f"{self.area_url}{path}" if self.token is None else self._opening(to=path)

    def _opening(self, **more: str) -> str:
        return f"{self.area_url}/area/enter?{urlencode({**more, 'token': self.token}, safe='/')}"
