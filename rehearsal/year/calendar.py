"""What happened, month by month? Counted from the events on the four topics, while they come."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from rehearsal.play.broker import Record
from schemas.terms import business_date

Month = str

NOTICES = frozenset({"expiry-notice", "grace-notice"})
_COUNTED = {
    "orders.OrderPlaced": "orders",
    "orders.PaymentRegistered": "payments",
    "orders.PaymentChargedBack": "charged back",
    "orders.ChargebackWon": "won back",
    "orders.AutomaticRenewalFailed": "automatic renewals unpaid",
    "orders.PaymentRequested": "automatic renewals placed",
    "provisioning.ServiceActivated": "activated",
    "provisioning.ServiceEnteredGrace": "lapsed",
    "provisioning.ServiceTerminated": "ended",
    "provisioning.ServiceSuspended": "suspended",
    "billing.CreditGranted": "credits",
    "billing.CreditUsed": "credits used",
    "billing.RefundPaid": "refunds",
}
_MOVED, _SENT = "provisioning.ExpiryAligned", "notifications.EmailSent"
_MONEY = {"billing.CreditGranted": "credit_cents", "billing.RefundPaid": "refunded_cents"}


class Calendar:
    """What happened in each month, by Rome's dates; `events` counts all records."""

    def __init__(self) -> None:
        self.events = 0
        self.months: dict[Month, Counter[str]] = defaultdict(Counter)
        self._renewals: set[str] = set()

    def take(self, record: Record) -> None:
        """Count a record."""
        self.events += 1
        name = record.headers.get("type", b"").decode().rpartition(".v")[0]
        if name in _COUNTED or name in {_MOVED, _SENT}:
            data = record.data
            for what, number in self._counts(name, data).items():
                self.months[_month(record)][what] += number

    def _counts(self, name: str, data: Mapping[str, Any]) -> dict[str, int]:
        if name == _SENT:
            return {"mails": 1, **({"notices": 1} if data["template"] in NOTICES else {})}
        if name == _MOVED:
            is_first = data["reason"] == "RENEWAL" and data["order_id"] not in self._renewals
            self._renewals |= {data["order_id"]} if is_first else set()
            return {"renewed": 1} if is_first else {}
        return {_COUNTED[name]: 1, **({_MONEY[name]: data["amount_cents"]} if name in _MONEY else {})}

    def total(self) -> Counter[str]:
        """Add the months up."""
        return sum(self.months.values(), Counter())

    def by_month(self, first: date) -> dict[Month, Counter[str]]:
        """Return the months in their order, what was before the year's first day's as one."""
        months: dict[Month, Counter[str]] = defaultdict(Counter)
        for month, counts in sorted(self.months.items()):
            months[month if month >= f"{first:%Y-%m}" else "before"] += counts
        return months


def _month(record: Record) -> Month:
    return f"{business_date(datetime.fromisoformat(record.envelope['time'])):%Y-%m}"
