"""Whatever is bought, cancelled, renewed or left to lapse: what must hold of an account's services."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from schemas.cart import OrderLine
from schemas.orders import OrderSettled
from schemas.vocabulary import Branch, LineAction
from services.provisioning.domain.commands import CancelService, Settlement
from services.provisioning.domain.model import Account
from tests.unit.provisioning.builders import (
    CERTIFIED_MAIL,
    DOCUMENTS,
    E_INVOICING,
    MAIL_ARCHIVE,
    RECEIVE_ONLY,
    SIGNATURES,
    credentials,
    first_purchase,
    settled,
    showing,
)
from tests.unit.provisioning.spec import Provisioning

BASES = (E_INVOICING, RECEIVE_ONLY, CERTIFIED_MAIL)
ADD_ONS = (DOCUMENTS, SIGNATURES, MAIL_ARCHIVE)
Step = tuple[str, tuple[str, ...], int]

steps = st.lists(
    st.tuples(
        st.sampled_from(["buy", "extend", "align", "renew", "cancel", "nothing"]),
        st.lists(st.sampled_from(BASES + ADD_ONS), min_size=1, max_size=3, unique=True).map(tuple),
        st.integers(0, 300),
    ),
    max_size=12,
)


def order_of(owner: Provisioning, number: int, does: str, products: tuple[str, ...]) -> OrderSettled:
    order_id, paid_on = f"o-{number}", owner.now.date().isoformat()
    if does == "buy":
        return first_purchase(paid_on, *products, order_id=order_id)
    branch = {"extend": Branch.EXTENDED, "align": Branch.ALIGNED_SHORT, "renew": Branch.RENEWED}[does]
    action = LineAction.RENEW if does == "renew" else LineAction.ACTIVATE
    shown = [showing(owned.product, str(owned.expires_on)) for owned in owner.state.services if owned.is_alive]
    lines = [OrderLine(product=product, action=action) for product in products]
    return settled(branch, paid_on, lines=lines, order_id=order_id, expiries_shown=shown)


def holds(account: Account) -> None:
    bases = account.living_bases()
    assert len({base.family for base in bases}) == len(bases), "two living bases of a family"
    for owned in account.services:
        if owned.is_alive and not owned.is_base:
            base = account.living(owned.requires)
            assert base is not None, f"{owned.product} lives without its base"
            assert owned.expires_on <= base.expires_on, f"{owned.product} outlives its base"
        if owned.ddt_preservation:
            assert owned.status == "ACTIVE"
    assert (account.sign_in is not None) == bool(bases), "who has a base signs in, and nobody else"


class TestWhateverIsBought:
    @given(steps)
    def test_each_family_has_one_base_and_each_add_on_its_base(self, story: list[Step]) -> None:
        owner = Provisioning()
        first = ("buy", (E_INVOICING, DOCUMENTS, CERTIFIED_MAIL), 60)
        for number, (does, products, days) in enumerate([first, *story]):
            if does == "cancel":
                command = CancelService("c-1", products[0], owner.state.cancellations)
                if owner.state.service(products[0]) is not None:
                    owner.when(command, CancelService.TYPE)
            elif does != "nothing" and (does in {"buy", "renew"} or not set(products) & set(BASES)):
                order = order_of(owner, number, does, products)
                owner.when(Settlement(order, credentials(f"cr-{number}")), order.EVENT_TYPE)
            holds(owner.state)
            owner.now += timedelta(days=days)
            owner.fire()
            holds(owner.state)
            assert {row.product: row for row in owner.table("services")} == {
                owned.product: owned for owned in owner.state.services
            }
