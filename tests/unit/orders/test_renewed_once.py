"""Is a renewal that places itself placed once for an expiry, whatever became of its order? (R43)."""

import httpx
import pytest

from schemas.automatic_renewals import AutomaticRenewalSkipped
from schemas.orders import OrderPlaced
from tests.unit.memory_edge import STOREFRONT
from tests.unit.orders.spec import Desk
from tests.unit.orders.test_automatic_renewals import OFF, PATH, YEARLY, at, chosen, the


@pytest.fixture
async def desk() -> Desk:
    """Return a desk at which nothing has happened yet."""
    return Desk()


async def test_given_up_and_chosen_again_it_is_not_placed_twice_for_one_expiry(
    desk: Desk, http: httpx.AsyncClient
) -> None:
    await chosen(desk, http)
    placed = the(await at(desk, "2027-01-08T08:00:01Z").fire(), OrderPlaced)
    await http.post(f"/v1/orders/{placed.order_id}/cancellation", json={}, headers=STOREFRONT)
    for wanted in (OFF, YEARLY):
        await http.put(PATH, json=wanted, headers=STOREFRONT)
    skipped = the(await at(desk, "2027-01-09T08:00:01Z").fire(), AutomaticRenewalSkipped)
    assert skipped.why == "its order was placed before"
    assert desk.order(placed.order_id).status == "CANCELLED"
