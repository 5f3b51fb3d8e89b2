"""How does a service's interface introduce itself: what it is for, where it is, what its parts are called?"""

from runtime.settings import PORTS

_FOR_ALL = (
    "JSON in and out; instants are RFC 3339 with a zone, dates ISO 8601, money whole cents of euros. A field or query "
    "parameter that is not known is refused. What goes wrong is a problem (RFC 9457) with a `code`, whose page is its "
    "`type`; every answer names its request in `X-Request-Id`. Lists come in pages: `limit`, `after`, `next`."
)
_ABOUT = {
    "orders": "Takes orders and payments, and says when an order is settled.",
    "billing": "Says what a cart would cost and an order costs, and keeps customers' credit.",
    "provisioning": "Says what a customer owns and until when, and lets them into their panel.",
    "notifications": "Mails customers, and says what became of each mail.",
}
TAGS = {
    "catalogue": "What is sold, for anybody.",
    "orders": "A storefront's orders: submit, read, cancel.",
    "payments": "What was paid for an order, told by a storefront or, signed, by a payment provider.",
    "renewals": "Bases that renew by themselves.",
    "intake": "What became of records on Kafka's intake that were refused.",
    "quotes": "What a cart would cost, and what an order costs, explained.",
    "credit": "A customer's credit.",
    "services": "What a customer owns.",
    "panel": "What the customer's own panel asks: sign-in, password, configuration, services, settings.",
    "mails": "What was mailed to a customer.",
    "operators": "What only the provider's operators may do; each call can be rehearsed with `dry_run`.",
    "repairs": "What a service has set aside, to be taken again or discarded by an operator.",
    "subject": "All that is held about a person, for an operator who must answer them.",
}
"""What each tag stands for."""


def about(service: str) -> str:
    """Say what a service does, and what holds for every call."""
    return f"{_ABOUT.get(service, '')}\n\n{_FOR_ALL}".strip()


def servers(service: str) -> list[dict[str, str]]:
    """Say where it is: on the local stack; elsewhere its operators know."""
    where = "A local stack (`make up`). Elsewhere: the address from which this document was read."
    return [{"url": f"http://127.0.0.1:{PORTS.get(service, 80)}", "description": where}]
