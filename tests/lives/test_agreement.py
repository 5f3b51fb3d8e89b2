"""Do the services do what the rules say? Random lives compared with the model, and those that once told them apart."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.lives.blocks import compare
from tests.lives.compared import ComparedLife, Disagreement
from tests.lives.model.state import FE
from tests.lives.steps import BUY, Cancelling, Ordering, Paying, Step, Waiting

MORNING = datetime(2026, 1, 15, 9, tzinfo=UTC)
A_LONG_TIME = Waiting(timedelta(days=300), to_next=False)


def buys(*, pays: bool, product: str = FE) -> Ordering:
    return Ordering(0, ((product, BUY, 1),), "SITE", None, None, pays)


def pays(beside: int = 0, order: int = 0) -> Paying:
    return Paying(order, beside, by_other=False)


@pytest.mark.parametrize("number", range(20))
def test_whatever_happens_model_and_services_agree(number: int) -> None:
    compare(number)


class TestALifeThatOnceToldThemApart:
    @pytest.mark.parametrize(
        "steps",
        [
            pytest.param([pays(order=-1), A_LONG_TIME, buys(pays=False)], id="paid ten months before it was ordered"),
            pytest.param([buys(pays=False), pays(-1), A_LONG_TIME], id="paid in part, its expiry seen months later"),
        ],
    )
    async def test_is_lived_as_the_rules_say(self, steps: list[Step]) -> None:
        await ComparedLife(MORNING).live(steps)


class TestWhetherItSees:
    async def test_what_the_services_do_otherwise_is_told_as_a_story(self) -> None:
        life = ComparedLife(MORNING)
        await life.live([buys(pays=False)])
        life.model.orders["o-1"].total = 3659
        with pytest.raises(Disagreement) as raised:
            await life.live([Cancelling(0)])
        story = str(raised.value)
        assert (
            "2026-01-15 10:00:00  c-1 (LEGAL_PERSON, 12345670017) orders o-1: activate E_INVOICING from SITE" in story
        )
        assert "order o-1, costs: the rules say 3659, the services 3660" in story
