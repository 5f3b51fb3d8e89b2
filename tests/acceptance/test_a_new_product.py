"""Is another product one file? A second add-on that is not free and a second family with a base of its own, sold whole.

What this test needs is the catalogue file in `catalogue/` and nothing else: no line of code knows ARCHIVE or
CERTIFIED_MAIL.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import pytest_asyncio

from deploy.local.layout import ROOT, Layout
from operations.verify import verify_stack
from rehearsal.play.buyers import Buyer
from rehearsal.play.carts import DOCUMENTS, E_INVOICING, Body, cart
from rehearsal.play.endpoints import read_endpoints
from rehearsal.play.stage import Stage, open_stage
from tests.builders import ORDER_DAY, YEAR_TO_JUNE, quotable
from tests.catalogues import ARCHIVE, CERTIFIED_MAIL, with_new_products
from tests.coterm import Coterm
from tests.own_stack import START_SECONDS, own_stack
from tests.spec import happened

pytestmark = pytest.mark.timeout(START_SECONDS)

NEXT_JANUARY = "2027-01-15"
LAST_JUNE = "2026-06-30"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Start a stack that finds one more version of the catalogue."""
    folder = with_new_products(tmp_path_factory.mktemp("catalogue"))
    layout = Layout(ROOT / ".run" / "new-product", port_offset=9000)
    with own_stack(layout, {"COTERM_CATALOGUE_FOLDER": str(folder)}) as run:
        yield run


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(running: Path) -> AsyncIterator[Stage]:
    """Open it to play on it; when the last case has been played, everything must hold."""
    async with open_stage(read_endpoints(running)) as opened:
        yield opened
        opened.clock.remove()
    await verify_stack(running)


@pytest.fixture(scope="module")
def coterm(running: Path) -> Coterm:
    return Coterm(running / "endpoints.json")


async def owner_of_both_until_june(stage: Stage) -> Buyer:
    """Return an owner of e-invoicing and Documents until 2026-06-30, on the order day of worked example O."""
    owner = await stage.owner(YEAR_TO_JUNE, E_INVOICING, DOCUMENTS)
    await quotable(stage, owner)
    await stage.at(ORDER_DAY)
    return owner


async def archive(stage: Stage, buyer: Buyer, **optional: Any) -> Body:
    """Order the new add-on for an owner, and return the order with its price."""
    return await stage.place(cart(stage.names.order(), buyer, ARCHIVE, channel="CUSTOMER_AREA", **optional))


class TestWhenEverythingIsBoughtTogether:
    PRODUCTS = (E_INVOICING, DOCUMENTS, ARCHIVE, CERTIFIED_MAIL)

    async def test_each_costs_its_price_and_all_start_with_one_mail(self, stage: Stage) -> None:
        buyer = stage.names.buyer()
        await stage.at(ORDER_DAY)
        order = await stage.place(cart(stage.names.order(), buyer, *self.PRODUCTS))

        assert (order["purchase_case"], order["catalogue_version"]) == ("FIRST_PURCHASE", "2026-01-15")
        assert [(line["product"], line["net_cents"], line["reason"]) for line in order["lines"]] == [
            (E_INVOICING, 3000, "FULL_PRICE"),
            (DOCUMENTS, 0, "FREE_WITH_BASE"),
            (ARCHIVE, 1200, "FULL_PRICE"),
            (CERTIFIED_MAIL, 1500, "FULL_PRICE"),
        ]
        assert (order["net_cents"], order["vat_cents"], order["total_cents"]) == (5700, 1254, 6954)

        await stage.settle(order)

        assert await stage.expiries(buyer) == dict.fromkeys(self.PRODUCTS, NEXT_JANUARY)
        seen = await happened(
            stage,
            buyer,
            orders="OrderPlaced PaymentRegistered OrderSettled",
            billing="OrderPriced",
            provisioning=f"{'ServiceActivated ' * 4}CredentialsIssued OrderActivated",
            mails="order-received activation-credentials",
            handovers=1,
        )
        kinds = {each["product"]: (each["kind"], each["family"]) for each in seen.all("ServiceActivated")}
        assert kinds == {
            E_INVOICING: ("BASE", E_INVOICING),
            DOCUMENTS: ("ADD_ON", E_INVOICING),
            ARCHIVE: ("ADD_ON", E_INVOICING),
            CERTIFIED_MAIL: ("BASE", CERTIFIED_MAIL),
        }

    async def test_a_quote_says_the_same(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        lines = [{"product": product} for product in self.PRODUCTS]
        quoted = (await stage.front.quote({"channel": "SITE", "lines": lines})).body
        (outcome,) = quoted["outcomes"]
        assert (outcome["branch"], outcome["total_cents"]) == ("BUNDLE", 6954)
        assert outcome["expiries"] == dict.fromkeys(self.PRODUCTS, NEXT_JANUARY)


class TestWhenTheNewAddOnIsAddedToWhatIsOwned:
    """Worked example O: Documents is owned, too, and expires sooner."""

    async def test_the_extension_takes_every_active_service_along(self, stage: Stage) -> None:
        buyer = await owner_of_both_until_june(stage)
        order = await archive(stage, buyer)

        missing = {"months": 6, "days": 16, "days_in_month": 31}
        assert order["extensions"] == [
            {
                "product": product,
                "previous_expiry": LAST_JUNE,
                "new_expiry": NEXT_JANUARY,
                "missing_term": missing,
                "net_cents": cents,
            }
            for product, cents in ((E_INVOICING, 1629), (DOCUMENTS, 1086))
        ]
        assert [line["net_cents"] for line in order["lines"]] == [1200]
        assert (order["net_cents"], order["vat_cents"], order["total_cents"]) == (3915, 861, 4776)

        await stage.settle(order)

        assert await stage.expiries(buyer) == dict.fromkeys((E_INVOICING, DOCUMENTS, ARCHIVE), NEXT_JANUARY)
        seen = await happened(
            stage,
            buyer,
            orders="OrderPlaced PaymentRegistered OrderSettled OrderPlaced PaymentRegistered OrderSettled",
            billing="OrderPriced ExtensionComputed ExtensionComputed OrderPriced",
            provisioning="ServiceActivated ServiceActivated CredentialsIssued OrderActivated "
            "ExpiryAligned ExpiryAligned ServiceActivated OrderActivated",
            mails="order-received activation-credentials order-received service-activated",
            handovers=1,
        )
        moved = {each["product"]: each["reason"] for each in seen.all("ExpiryAligned")}
        assert moved == {E_INVOICING: "EXTENSION", DOCUMENTS: "EXTENSION"}
        mail = await stage.mail(buyer, "service-activated")
        assert "Archivio digitale" in mail.text
        assert mail.credentials == {}

    async def test_refused_it_costs_its_price_and_ends_with_the_base(self, stage: Stage) -> None:
        buyer = await owner_of_both_until_june(stage)
        order = await archive(stage, buyer, extend_active_services=False)

        assert order["extensions"] == []
        assert (order["net_cents"], order["vat_cents"], order["total_cents"]) == (1200, 264, 1464)

        await stage.settle(order)

        assert await stage.expiries(buyer) == dict.fromkeys((E_INVOICING, DOCUMENTS, ARCHIVE), LAST_JUNE)
        assert (await stage.mail(buyer, "service-activated")).credentials == {}

    async def test_both_ways_are_quoted(self, stage: Stage) -> None:
        buyer = await owner_of_both_until_june(stage)
        asked = {"customer_id": buyer.customer_id, "channel": "PANEL", "lines": [{"product": ARCHIVE}]}
        quoted = (await stage.front.quote(asked)).body
        assert [each["total_cents"] for each in quoted["outcomes"]] == [4776, 1464]


class TestWhenTheOtherFamilyIsBought:
    async def test_an_owner_adds_its_base_with_an_expiry_of_its_own(self, stage: Stage) -> None:
        buyer = await owner_of_both_until_june(stage)
        order = await stage.buy(buyer, CERTIFIED_MAIL)

        assert (order["purchase_case"], order["total_cents"]) == ("FIRST_PURCHASE", 1830)
        assert await stage.expiries(buyer) == {
            E_INVOICING: LAST_JUNE,
            DOCUMENTS: LAST_JUNE,
            CERTIFIED_MAIL: NEXT_JANUARY,
        }
        assert "Posta certificata" in (await stage.mail(buyer, "service-activated")).text

    async def test_a_firm_has_one_base_of_each_family(self, stage: Stage) -> None:
        buyer = await stage.owner(ORDER_DAY, CERTIFIED_MAIL)
        again = await stage.front.submit(cart(stage.names.order(), buyer, CERTIFIED_MAIL))
        assert [each["code"] for each in again.body["violations"]] == ["BASE_ALREADY_OWNED"]
        other = await stage.buy(buyer, E_INVOICING)
        assert other["status"] == "ACTIVATED"

    async def test_an_add_on_needs_the_base_of_its_own_family(self, stage: Stage) -> None:
        buyer = await stage.owner(ORDER_DAY, CERTIFIED_MAIL)
        alone = await stage.front.submit(cart(stage.names.order(), buyer, ARCHIVE))
        assert [each["code"] for each in alone.body["violations"]] == ["BASE_REQUIRED"]

    async def test_what_no_catalogue_knows_is_refused(self, stage: Stage) -> None:
        await stage.at(ORDER_DAY)
        unknown = await stage.front.submit(cart(stage.names.order(), stage.names.buyer(), "TIME_TRAVEL"))
        assert [each["code"] for each in unknown.body["violations"]] == ["PRODUCT_UNKNOWN"]


class TestWhenOperatorsAndAnalystsLook:
    async def test_an_export_holds_what_was_sold(self, stage: Stage, coterm: Coterm, tmp_path: Path) -> None:
        buyer = await stage.owner(ORDER_DAY, E_INVOICING, ARCHIVE, CERTIFIED_MAIL)
        result = await coterm("export", "--to", str(tmp_path / "export"), "--json")
        assert result.code == 0, result.err
        activated = f"{tmp_path}/export/topic=provisioning.events/type=ServiceActivated/day=*/*.parquet"
        found = duckdb.execute(
            f"SELECT product, kind, family FROM '{activated}' WHERE customer_id = ? ORDER BY product",
            [buyer.customer_id],
        ).fetchall()
        assert found == [
            (ARCHIVE, "ADD_ON", E_INVOICING),
            (CERTIFIED_MAIL, "BASE", CERTIFIED_MAIL),
            (E_INVOICING, "BASE", E_INVOICING),
        ]

    @pytest.mark.parametrize("service", ["orders", "billing", "provisioning", "notifications"])
    async def test_every_service_is_rebuilt_to_the_same(self, stage: Stage, coterm: Coterm, service: str) -> None:
        await stage.owner(ORDER_DAY, *TestWhenEverythingIsBoughtTogether.PRODUCTS)
        result = await coterm("rebuild", service, "--workers", "1", "--json")
        assert result.code == 0, result.err
        assert (result.json["equal"], result.json["faults"]) == (True, [])
