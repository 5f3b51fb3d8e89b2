"""Which credit does an order give that extended several services, where they ran further at its payment? R18."""

import pytest

from schemas.billing import CreditGranted, InputNoted
from schemas.provisioning import MovedService
from schemas.reversals import ServiceChargesNoted
from services.billing.domain.pricing import price_order
from tests.unit.billing.builders import ARCHIVE, FURTHER, activated, day, moved, owned, placed
from tests.unit.billing.spec import Billing

JUNE = "2026-06-30"
TODAY = day("2026-01-15")
OWNED = [owned(JUNE), owned(JUNE, product="DOCUMENTS")]


class TestTheCreditOfAnOrderThatExtendedSeveralServices:
    """Worked example O: 39.15 net, 47.76 with VAT; each service may have been renewed before the payment."""

    @staticmethod
    def granted(*extended: MovedService) -> CreditGranted | None:
        billing = Billing().given(*price_order(placed(lines=[ARCHIVE], owned=OWNED), FURTHER, TODAY))
        _, *granted = billing.when(activated(*extended))
        assert [type(event) for event in granted] in ([], [CreditGranted])
        return next((event for event in granted if isinstance(event, CreditGranted)), None)

    @pytest.mark.parametrize(
        ("base", "documents", "cents"),
        [
            ("2026-09-30", JUNE, 915),
            (JUNE, "2026-09-30", 610),
            ("2026-09-30", "2026-09-30", 1525),
            ("2027-06-30", "2027-06-30", 3312),
        ],
    )
    def test_it_is_the_total_less_the_total_recomputed(self, base: str, documents: str, cents: int) -> None:
        event = self.granted(moved(base), moved(documents, "DOCUMENTS"))
        assert event is not None
        assert event.amount_cents == cents

    def test_it_says_why_for_each_that_ran_further(self) -> None:
        event = self.granted(moved("2026-09-30"), moved("2026-09-30", "DOCUMENTS"))
        assert event is not None
        assert event.explanation == (
            "E_INVOICING ran to 2026-09-30 at the payment, not to 2026-06-30 as at the order. "
            "Extension: 30.00 € a year × (3 + 16/31) / 12 = 8.79 € instead of 16.29 €. "
            "DOCUMENTS ran to 2026-09-30 at the payment, not to 2026-06-30 as at the order. "
            "Extension: 20.00 € a year × (3 + 16/31) / 12 = 5.86 € instead of 10.86 €. "
            "With VAT 22 %: 47.76 € − 32.51 € = 15.25 €"
        )

    def test_a_service_that_ran_shorter_takes_nothing_from_it(self) -> None:
        event = self.granted(moved("2026-09-30"), moved("2026-05-30", "DOCUMENTS"))
        assert event is not None
        assert event.amount_cents == 915

    def test_what_the_price_did_not_extend_gives_nothing(self) -> None:
        assert self.granted(moved("2026-09-30", "MAILBOX")) is None

    def test_it_is_granted_once_even_when_it_is_spent_and_the_activation_is_told_again(self) -> None:
        billing = Billing().given(*price_order(placed(lines=[ARCHIVE], owned=OWNED), FURTHER, TODAY))
        order_activated = activated(moved("2026-09-30"), moved("2026-09-30", "DOCUMENTS"))
        assert [type(event) for event in billing.when(order_activated)] == [ServiceChargesNoted, CreditGranted]
        assert [type(event) for event in billing.when(order_activated)] == [InputNoted]
        assert [entry.amount_cents for entry in billing.table("credit_entries")] == [1525]
