"""Does a ledger of credit hold every cent, whatever happens to it? (R26, R41)."""

from collections import Counter
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.service import Decided
from schemas.billing import CreditExpired, CreditGranted, CreditRefunded, CreditReturned, CreditUsed
from schemas.envelope import Event
from services.billing.domain.commands import RefundCredit
from services.billing.projections.credit_entries import balance_cents
from tests.unit.billing.builders import activated, cancelled, expired, owned, paid, placed
from tests.unit.billing.spec import Billing

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), st.integers(1, 6000)),
        st.tuples(st.just("order"), st.booleans()),
        st.tuples(st.sampled_from(["cancel", "expire", "activate", "refund"]), st.integers(0, 9)),
        st.tuples(st.just("days"), st.integers(1, 250)),
        st.tuples(st.just("timers"), st.none()),
    ),
    max_size=30,
)


class Ledger:
    """Live through random steps, and count every cent from the events alone."""

    def __init__(self) -> None:
        self.billing = Billing()
        self.happened: list[Event] = []
        self.open: list[str] = []
        self.names = 0

    @property
    def today(self) -> date:
        return self.billing.now.date()

    def name(self) -> str:
        self.names += 1
        return f"x-{self.names}"

    def take(self, step: str, value: int | None) -> None:
        match step:
            case "pay":
                self.when(paid(payment_id=self.name(), surplus_cents=value, registered_on=self.today))
            case "order":
                self.open.append(self.name())
                base = owned((self.today + timedelta(days=166)).isoformat())
                self.when(placed(order_id=self.open[-1], use_credit=value, ordered_on=self.today, owned=[base]))
            case "days":
                self.billing.now += timedelta(days=value or 0)
            case "timers":
                self.happened += self.billing.fire()
            case "refund" if self.billing.state.credits:
                name = sorted(self.billing.state.credits)[(value or 0) % len(self.billing.state.credits)]
                outcome = self.billing.outcome(RefundCredit("c-1", name, "why"), RefundCredit.TYPE)
                self.happened += outcome.events if isinstance(outcome, Decided) else ()
            case "cancel" | "expire" | "activate" if self.open:
                self.end(step, self.open.pop((value or 0) % len(self.open)))

    def end(self, step: str, order_id: str) -> None:
        if step == "cancel":
            self.when(cancelled(order_id=order_id, closed_on=self.today))
        elif step == "expire":
            self.when(expired(order_id=order_id, expired_on=self.today))
        else:
            self.when(activated(order_id=order_id, activated_on=self.today))

    def when(self, data: Event) -> None:
        self.happened += self.billing.when(data)

    def sums(self) -> Counter[type[Event]]:
        found: Counter[type[Event]] = Counter()
        for event in self.happened:
            found[type(event)] += getattr(event, "amount_cents", 0)
        return found


class TestWhateverHappens:
    @settings(max_examples=100, deadline=None)
    @given(STEPS)
    def test_no_cent_is_spent_twice_made_or_lost(self, steps: list[tuple[str, int | None]]) -> None:
        ledger = Ledger()
        for step in steps:
            ledger.take(*step)
            standing = ledger.billing.state.credits
            balance = balance_cents(ledger.billing.table("credit_entries"))
            assert balance == sum(credit.amount_cents for credit in standing.values()) >= 0
            assert all(credit.amount_cents > 0 for credit in standing.values())
            sums = ledger.sums()
            ended = sums[CreditExpired] + sums[CreditRefunded]
            assert sums[CreditGranted] + sums[CreditReturned] == balance + sums[CreditUsed] + ended
            assert {due.key for due in ledger.billing.table("deadlines")} == set(standing)
        paying = sum(u.amount_cents for row in ledger.billing.table("charges") for u in row.used_credit)
        assert paying == ledger.sums()[CreditUsed] - ledger.sums()[CreditReturned]
        for row in ledger.billing.table("charges"):
            paid_by = [e for e in ledger.happened if isinstance(e, CreditUsed) and e.order_id == row.order_id]
            assert sum(each.amount_cents for each in paid_by) == row.credit_cents <= row.total_cents
            assert all(each.used_on <= each.expires_on for each in paid_by)
