"""Is a customer's money one list, oldest first, whichever service knows of it?"""

from operations.history.as_of import StateThen
from web.desk.known import Entry, known

PAID = {
    "payment_source": "bank", "payment_id": "p-1", "order_id": "o-1", "amount_cents": 4000, "status": "REGISTERED",
    "reason": None, "registered_on": "2026-01-16", "taken_at": "2026-01-16T09:00:00Z",
}  # fmt: skip
HELD = {**PAID, "payment_id": "p-2", "registered_on": None, "status": "HELD", "reason": "ORDER_UNKNOWN"}
DUE = {
    "paid_on": None,
    "due_on": "2026-01-18",
    "status": "DUE",
    "amount_cents": 340,
    "order_id": "o-1",
    "explanation": "back",
}
LINE = {"product": "E_INVOICING", "explanation": "30.00 € a year × 1 = 30.00 €"}
CHARGED = {"priced_on": "2026-01-15", "total_cents": 3660, "order_id": "o-1", "lines": [LINE], "extensions": []}
GRANTED = {
    "entered_on": "2026-01-17",
    "kind": "GRANTED",
    "amount_cents": 340,
    "order_id": None,
    "explanation": "340 too much",
}


def test_money_is_told_from_the_price_to_the_refund() -> None:
    states = [
        StateThen(
            "orders", None, {}, {"payments": [PAID, {**HELD, "taken_at": "2026-01-19T09:00:00Z"}], "refunds": [DUE]}
        ),
        StateThen("billing", None, {}, {"charges": [CHARGED], "credit_entries": [GRANTED]}),
    ]

    assert known(states).money == [
        Entry("2026-01-15", "CHARGED", 3660, "o-1", "E_INVOICING 30.00 € a year × 1 = 30.00 €"),
        Entry("2026-01-16", "PAID", 4000, "o-1", "bank/p-1 REGISTERED"),
        Entry("2026-01-17", "CREDIT_GRANTED", 340, None, "340 too much"),
        Entry("2026-01-18", "REFUND_DUE", 340, "o-1", "back"),
        Entry("2026-01-19", "PAID", 4000, "o-1", "bank/p-2 HELD · ORDER_UNKNOWN"),
    ]


def test_what_no_service_knew_yet_is_empty() -> None:
    nothing = known(
        [StateThen(name, None, None, {}) for name in ("orders", "billing", "provisioning", "notifications")]
    )

    assert (nothing.services, nothing.money, nothing.mails) == ([], [], [])
