"""What does it cost where there are more add-ons, and more families? The catalogue says so; no code knows them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.billing import ExtensionComputed, OrderPriced, PricedExtension, PricingRefused
from schemas.cart import OrderLine, OwnedService
from schemas.catalogue import Catalogue
from schemas.orders import OrderPlaced
from schemas.vocabulary import (
    Branch,
    LineAction,
    OrderWarning,
    PriceReason,
    PricingRefusal,
    PurchaseCase,
    ServiceStatus,
)
from services.billing.domain.cart import NotPriceable
from services.billing.domain.pricing import price_order
from services.billing.domain.quotes import quote
from tests.unit.billing.builders import (
    ARCHIVE,
    DOCUMENTS,
    E_INVOICING,
    FURTHER,
    MAIL_ARCHIVE,
    MAILBOX,
    RECEIVE_ONLY,
    bundle,
    day,
    owned,
    placed,
    renew,
)

JANUARY, JUNE = "2027-01-15", "2026-06-30"
TODAY = day("2026-01-15")
OWNED = [owned(JUNE), owned(JUNE, product="DOCUMENTS")]
"""What worked example O starts from."""


def priced(order: OrderPlaced, catalogue: Catalogue = FURTHER) -> OrderPriced:
    event = price_order(order, catalogue, order.ordered_on)[-1]
    assert isinstance(event, OrderPriced), event
    return event


def refusal(order: OrderPlaced) -> PricingRefusal:
    (event,) = price_order(order, FURTHER, order.ordered_on)
    assert isinstance(event, PricingRefused)
    return event.reason


def shown(extensions: list[PricedExtension]) -> list[tuple[str, str, str, int]]:
    return [(each.product, str(each.previous_expiry), str(each.new_expiry), each.net_cents) for each in extensions]


class TestASecondAddOnWhereAnotherIsOwned:
    def test_worked_example_o_extends_each_service_at_its_own_price(self) -> None:
        *computed, event = price_order(placed(lines=[ARCHIVE], owned=OWNED), FURTHER, TODAY)
        assert isinstance(event, OrderPriced)
        assert shown(event.extensions) == [("E_INVOICING", JUNE, JANUARY, 1629), ("DOCUMENTS", JUNE, JANUARY, 1086)]
        assert [(line.product, line.net_cents) for line in event.lines] == [("ARCHIVE", 1200)]
        assert (event.net_cents, event.vat_cents, event.total_cents) == (3915, 861, 4776)
        for computed_one, extension in zip(computed, event.extensions, strict=True):
            assert isinstance(computed_one, ExtensionComputed)
            assert computed_one.model_dump(exclude={"customer_id", "order_id"}) == extension.model_dump()
            term = extension.missing_term
            assert (term.months, term.days, term.days_in_month) == (6, 16, 31)

    def test_its_extension_off_charges_the_add_on_alone(self) -> None:
        event = priced(placed(lines=[ARCHIVE], owned=OWNED, branch=Branch.ALIGNED_SHORT))
        assert (event.extensions, event.net_cents, event.total_cents) == ([], 1200, 1464)

    def test_each_service_is_extended_from_its_own_expiry(self) -> None:
        services = [owned(JUNE), owned("2026-12-15", product="DOCUMENTS")]
        event = priced(placed(lines=[ARCHIVE], owned=services))
        assert shown(event.extensions) == [
            ("E_INVOICING", JUNE, JANUARY, 1629),
            ("DOCUMENTS", "2026-12-15", JANUARY, 167),
        ]

    @pytest.mark.parametrize(
        "other",
        [
            owned(JANUARY, product="DOCUMENTS"),
            owned("2026-01-14", product="DOCUMENTS"),
            owned(JUNE, product="DOCUMENTS", status=ServiceStatus.TERMINATED),
            owned(JUNE, product="DOCUMENTS", status=ServiceStatus.GRACE),
            owned(JUNE, product="DOCUMENTS", status=ServiceStatus.SUSPENDED),
            owned(JUNE, product="MAILBOX"),
            owned(JUNE, product="MAIL_ARCHIVE"),
        ],
        ids=["runs to D", "expired, not yet told", "ended", "grace", "suspended", "another family", "its add-on"],
    )
    def test_what_is_not_active_or_not_of_the_base_or_runs_as_long_is_left_alone(self, other: OwnedService) -> None:
        event = priced(placed(lines=[ARCHIVE], owned=[owned(JUNE), other]))
        assert [extension.product for extension in event.extensions] == ["E_INVOICING"]

    def test_what_expires_on_the_day_of_the_order_is_still_extended(self) -> None:
        services = [owned(JUNE), owned("2026-01-15", product="DOCUMENTS")]
        assert shown(priced(placed(lines=[ARCHIVE], owned=services)).extensions)[1] == (
            "DOCUMENTS",
            "2026-01-15",
            JANUARY,
            2000,
        )

    def test_two_add_ons_at_once_extend_the_base_once(self) -> None:
        event = priced(placed(lines=[ARCHIVE, DOCUMENTS], owned=[owned(JUNE)]))
        assert shown(event.extensions) == [("E_INVOICING", JUNE, JANUARY, 1629)]
        assert [(line.product, line.net_cents) for line in event.lines] == [("ARCHIVE", 1200), ("DOCUMENTS", 2000)]
        assert event.net_cents == 4829

    def test_where_the_base_runs_longer_nothing_is_extended(self) -> None:
        services = [owned("2028-09-30"), owned(JUNE, product="DOCUMENTS")]
        event = priced(placed(lines=[ARCHIVE], owned=services, branch=Branch.ALIGNED_LONG))
        assert event.extensions == []
        assert [(line.net_cents, line.reason) for line in event.lines] == [(3250, PriceReason.ALIGNED_TO_BASE)]


class TestAFirstPurchaseOfSeveralFamilies:
    def test_each_product_costs_its_term_and_only_what_is_free_is_free(self) -> None:
        event = priced(bundle(lines=[E_INVOICING, DOCUMENTS, ARCHIVE, MAILBOX, MAIL_ARCHIVE]))
        assert [(line.product, line.net_cents, line.reason) for line in event.lines] == [
            ("E_INVOICING", 3000, PriceReason.FULL_PRICE),
            ("DOCUMENTS", 0, PriceReason.FREE_WITH_BASE),
            ("ARCHIVE", 1200, PriceReason.FULL_PRICE),
            ("MAILBOX", 3000, PriceReason.FULL_PRICE),
            ("MAIL_ARCHIVE", 350, PriceReason.FULL_PRICE),
        ]
        assert [line.explanation for line in event.lines[3:]] == [
            "15.00 € a year × 24 / 12 = 30.00 €",
            "7.00 € a year × 6 / 12 = 3.50 €",
        ]

    def test_an_add_on_needs_the_base_of_its_own_family_there(self) -> None:
        order = bundle(lines=[MAILBOX, ARCHIVE], owned=[owned(JUNE)])
        assert refusal(order) is PricingRefusal.BASE_MISSING

    def test_it_is_quoted_with_the_expiry_of_each_base(self) -> None:
        found = quote([E_INVOICING, ARCHIVE, MAILBOX, MAIL_ARCHIVE], [], TODAY, FURTHER)
        (outcome,) = found.outcomes
        assert (found.purchase_case, outcome.extend_active_services) == (PurchaseCase.FIRST_PURCHASE, None)
        assert outcome.expiries == {
            "E_INVOICING": day(JANUARY),
            "ARCHIVE": day(JANUARY),
            "MAILBOX": day("2028-01-15"),
            "MAIL_ARCHIVE": day("2028-01-15"),
        }

    def test_a_base_of_another_family_is_a_first_purchase_for_an_owner_too(self) -> None:
        found = quote([MAILBOX], OWNED, TODAY, FURTHER)
        assert (found.purchase_case, found.outcomes[0].priced.total_cents) == (PurchaseCase.FIRST_PURCHASE, 3660)


class TestTermsOfAProductsOwn:
    def test_an_extension_runs_to_the_end_of_the_longest_add_on(self) -> None:
        event = priced(placed(lines=[MAIL_ARCHIVE], owned=[owned("2026-05-15", product="MAILBOX")]))
        assert shown(event.extensions) == [("MAILBOX", "2026-05-15", "2026-07-15", 250)]
        assert event.lines[0].net_cents == 350

    def test_the_order_froze_them(self) -> None:
        terms = placed(lines=[ARCHIVE]).terms
        half = terms.model_copy(update={"products": [terms.products[0].model_copy(update={"term_months": 6})]})
        event = priced(placed(lines=[ARCHIVE], owned=[owned(JUNE)], terms=half))
        assert shown(event.extensions) == [("E_INVOICING", JUNE, "2026-07-15", 125)]
        assert event.lines[0].net_cents == 600

    def test_a_short_one_beside_a_long_one_pays_for_as_long_as_its_base_ran_before(self) -> None:
        terms = placed(lines=[ARCHIVE, DOCUMENTS]).terms
        archive, documents = terms.products
        short = terms.model_copy(update={"products": [archive.model_copy(update={"term_months": 3}), documents]})
        event = priced(placed(lines=[ARCHIVE, DOCUMENTS], owned=[owned(JUNE)], terms=short))
        assert [(line.product, line.net_cents, line.reason) for line in event.lines] == [
            ("ARCHIVE", 550, PriceReason.ALIGNED_TO_BASE),
            ("DOCUMENTS", 2000, PriceReason.FULL_PRICE),
        ]
        assert shown(event.extensions) == [("E_INVOICING", JUNE, JANUARY, 1629)]

    @pytest.mark.parametrize(
        ("expiry", "net", "explanation"),
        [
            ("2026-07-15", 350, "7.00 € a year × 6 / 12 = 3.50 €"),
            ("2027-01-15", 700, "7.00 € a year × 12 / 12 = 7.00 €"),
        ],
    )
    def test_aligned_up_an_add_on_costs_its_own_term_at_least(self, expiry: str, net: int, explanation: str) -> None:
        services = [owned(expiry, product="MAILBOX")]
        (line,) = priced(placed(lines=[MAIL_ARCHIVE], owned=services, branch=Branch.ALIGNED_LONG)).lines
        assert (line.net_cents, line.explanation) == (net, explanation)

    def test_a_renewal_counts_years_whatever_the_first_term_was(self) -> None:
        services = [owned(JUNE, product="MAILBOX"), owned(JUNE, product="MAIL_ARCHIVE")]
        order = placed(branch=Branch.RENEWED, lines=[renew("MAILBOX", 2), renew("MAIL_ARCHIVE", 2)], owned=services)
        assert [line.net_cents for line in priced(order).lines] == [3000, 1400]


class TestAddOnsOfTwoFamiliesInOneCart:
    LINES = (MAIL_ARCHIVE, ARCHIVE)
    SERVICES = (owned(JUNE), owned("2028-01-15", product="MAILBOX"))

    def test_each_follows_its_own_base(self) -> None:
        event = priced(placed(lines=list(self.LINES), owned=list(self.SERVICES)))
        assert [(line.product, line.net_cents, line.reason) for line in event.lines] == [
            ("MAIL_ARCHIVE", 1400, PriceReason.ALIGNED_TO_BASE),
            ("ARCHIVE", 1200, PriceReason.FULL_PRICE),
        ]
        assert shown(event.extensions) == [("E_INVOICING", JUNE, JANUARY, 1629)]

    def test_off_the_one_that_runs_long_still_pays_for_it(self) -> None:
        event = priced(placed(lines=list(self.LINES), owned=list(self.SERVICES), branch=Branch.ALIGNED_SHORT))
        assert [line.net_cents for line in event.lines] == [1400, 1200]
        assert event.extensions == []

    def test_no_add_on_of_a_base_that_runs_as_long_is_extended(self) -> None:
        services = [owned(JANUARY), owned(JUNE, product="DOCUMENTS"), owned("2026-05-15", product="MAILBOX")]
        event = priced(placed(lines=list(self.LINES), owned=services))
        assert [extension.product for extension in event.extensions] == ["MAILBOX"]

    def test_a_choice_is_quoted_where_one_base_can_be_extended(self) -> None:
        outcomes = quote(self.LINES, self.SERVICES, TODAY, FURTHER).outcomes
        assert [outcome.extend_active_services for outcome in outcomes] == [True, False]
        assert outcomes[0].expiries == {
            "E_INVOICING": day(JANUARY),
            "ARCHIVE": day(JANUARY),
            "MAILBOX": day("2028-01-15"),
            "MAIL_ARCHIVE": day("2028-01-15"),
        }


class TestAQuote:
    def test_shows_worked_example_o_on_and_off(self) -> None:
        extended, short = quote([ARCHIVE], OWNED, TODAY, FURTHER).outcomes
        assert (extended.priced.total_cents, short.priced.total_cents) == (4776, 1464)
        assert extended.expiries == dict.fromkeys(("E_INVOICING", "DOCUMENTS", "ARCHIVE"), day(JANUARY))
        assert extended.net_cents_per_month == {"ARCHIVE": 100, "E_INVOICING": 250, "DOCUMENTS": 167}
        assert short.expiries == dict.fromkeys(("E_INVOICING", "ARCHIVE"), day(JUNE))

    def test_has_no_toggle_where_there_is_nothing_to_extend(self) -> None:
        (outcome,) = quote([ARCHIVE], [owned(JANUARY)], TODAY, FURTHER).outcomes
        assert (outcome.branch, outcome.extend_active_services) == (Branch.ALIGNED_LONG, None)

    def test_warns_of_the_shortest_residual(self) -> None:
        services = [owned(JUNE), owned("2026-04-14", product="MAILBOX")]
        short = quote([ARCHIVE, MAIL_ARCHIVE], services, TODAY, FURTHER).outcomes[1]
        assert short.warnings == [OrderWarning.SHORT_RESIDUAL]

    @pytest.mark.parametrize(
        ("lines", "reason"),
        [
            ([OrderLine(product="TIME_TRAVEL")], PricingRefusal.PRODUCT_UNKNOWN),
            ([E_INVOICING, OrderLine(product="TIME_TRAVEL")], PricingRefusal.PRODUCT_UNKNOWN),
            ([E_INVOICING, RECEIVE_ONLY], PricingRefusal.DUPLICATE_LINE),
            ([E_INVOICING, E_INVOICING], PricingRefusal.DUPLICATE_LINE),
            ([MAIL_ARCHIVE], PricingRefusal.BASE_MISSING),
            ([ARCHIVE, MAIL_ARCHIVE], PricingRefusal.BASE_MISSING),
        ],
    )
    def test_of_what_makes_no_sense_is_refused(self, lines: list[OrderLine], reason: PricingRefusal) -> None:
        with pytest.raises(NotPriceable) as refused:
            quote(lines, [owned(JUNE)], TODAY, FURTHER)
        assert refused.value.reason is reason

    @given(st.dates(date(2026, 1, 15), date(2028, 1, 15)), st.dates(date(2026, 1, 15), date(2028, 1, 15)))
    def test_costs_what_its_order_costs(self, base: date, add_on: date) -> None:
        services = [owned(str(base)), owned(str(min(base, add_on)), product="DOCUMENTS")]
        for outcome in quote([ARCHIVE], services, TODAY, FURTHER).outcomes:
            event = priced(placed(lines=[ARCHIVE], owned=services, branch=outcome.branch))
            assert event.total_cents == outcome.priced.total_cents
            assert outcome.expiries["E_INVOICING"] >= outcome.expiries["ARCHIVE"]


class TestAnOrderThatContradictsItself:
    def test_a_product_that_its_catalogue_does_not_know_has_no_price(self) -> None:
        (event,) = price_order(placed(lines=[ARCHIVE], catalogue_version="2026-01"), _without_archive(), TODAY)
        assert isinstance(event, PricingRefused)
        assert event.reason is PricingRefusal.PRODUCT_UNKNOWN

    def test_a_base_is_not_added_to_one_that_is_owned(self) -> None:
        assert refusal(placed(lines=[MAILBOX], owned=[owned(JUNE)])) is PricingRefusal.BASE_MISSING

    def test_a_new_base_is_not_bought_with_a_renewal(self) -> None:
        order = placed(branch=Branch.RENEWED, lines=[renew("E_INVOICING"), MAILBOX])
        assert refusal(order) is PricingRefusal.BASE_MISSING

    def test_an_add_on_is_not_renewed_with_the_base_of_another_family(self) -> None:
        lines = [renew("MAILBOX"), OrderLine(product="ARCHIVE", action=LineAction.RENEW)]
        assert refusal(placed(branch=Branch.RENEWED, lines=lines)) is PricingRefusal.BASE_MISSING


def _without_archive() -> Catalogue:
    products = {name: product for name, product in FURTHER.products.items() if name != "ARCHIVE"}
    return FURTHER.model_copy(update={"products": products})
