"""Do the services do what the rules say? Random lives compared with the model, and those that once told them apart."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.lives.blocks import compare
from tests.lives.compared import ComparedLife, Disagreement
from tests.lives.model.state import DOCUMENTS, FE
from tests.lives.operated import ACTIONS
from tests.lives.steps import (
    BUY,
    CARTS,
    RENEW,
    Away,
    Cancelling,
    Operating,
    Ordering,
    Paying,
    PayingAgain,
    Step,
    Waiting,
)

MORNING = datetime(2026, 1, 15, 9, tzinfo=UTC)
A_LONG_TIME = Waiting(timedelta(days=300), to_next=False)


BOTH = CARTS[0]
TO_THE_NEXT = Waiting(timedelta(0), to_next=True)
CHARGED_BACK, WON_BACK = Operating("charge back", 0, 1), Operating("win back", 0, 1)


def buys(*, pays: bool, product: str = FE, uses_credit: bool = False) -> Ordering:
    return Ordering(0, ((product, BUY, 1),), "SITE", None, None, pays, uses_credit=uses_credit)


def days(number: int) -> Waiting:
    return Waiting(timedelta(days=number), to_next=False)


def renewal(*, pays: bool) -> Ordering:
    return Ordering(0, None, "", toggle=False, expected=None, pays=pays, years=2)


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
            pytest.param(
                [Ordering(0, BOTH, "SITE", None, None, True), days(365 + 1), Operating("cancel service", 0, 0)],
                id="an add-on is cancelled in grace",
            ),
            pytest.param(
                [pays(order=-1), CHARGED_BACK, WON_BACK, buys(pays=False)],
                id="charged back and won back while it waits for its order",
            ),
            pytest.param(
                [
                    buys(pays=True),
                    PayingAgain(0, changed=True),
                    days(366),
                    Operating("resolve", 0, ACTIONS.index("ACCEPT")),
                ],
                id="a payment in conflict is accepted a year later",
            ),
            pytest.param(
                [buys(pays=True), CHARGED_BACK, pays(), WON_BACK], id="paid once more before the first is won back"
            ),
            pytest.param(
                [buys(pays=False), pays(-1), CHARGED_BACK, pays(), WON_BACK],
                id="charged back before it was settled, won back after another paid",
            ),
            pytest.param(
                [
                    buys(pays=True),
                    pays(),
                    buys(pays=False, product=DOCUMENTS, uses_credit=True),
                    days(40),
                    CHARGED_BACK,
                ],
                id="charged back after its credit came back from an order that expired",
            ),
            pytest.param(
                [
                    buys(pays=True),
                    pays(),
                    buys(pays=False, product=DOCUMENTS, uses_credit=True),
                    CHARGED_BACK,
                    Cancelling(0),
                    WON_BACK,
                ],
                id="charged back while its credit pays an order that is given up",
            ),
            pytest.param(
                [
                    pays(-1, order=-1),
                    Operating("resolve", 0, ACTIONS.index("TO_CREDIT")),
                    Ordering(0, BOTH, "SITE", None, None, pays=False, years=1, uses_credit=True),
                    Operating("charge back", 0, 0),
                    WON_BACK,
                ],
                id="made credit, spent, charged back and won back",
            ),
            pytest.param(
                [
                    buys(pays=True),
                    pays(),
                    buys(pays=False, product=DOCUMENTS, uses_credit=True),
                    Operating("charge back", 1, 1),
                    CHARGED_BACK,
                    WON_BACK,
                ],
                id="surplus that was spent is won back while its order lacks money",
            ),
            pytest.param(
                [buys(pays=True), pays(order=-1), renewal(pays=False), CHARGED_BACK, pays(-1), Cancelling(0)],
                id="another payment stands as credit of an order that closes after a chargeback",
            ),
            pytest.param(
                [
                    buys(pays=True),
                    renewal(pays=True),
                    Operating("renew by itself", 0, 6),
                    days(730),
                    CHARGED_BACK,
                    days(1),
                ],
                id="a renewal is undone when its base would have been over, and would renew by itself",
            ),
            pytest.param(
                [
                    Ordering(0, BOTH, "SITE", None, None, pays=True),
                    renewal(pays=True),
                    CHARGED_BACK,
                    TO_THE_NEXT,
                    WON_BACK,
                ],
                id="a renewal of a base alone is won back when its add-on is in grace with it",
            ),
            pytest.param(
                [
                    buys(pays=True),
                    Operating("renew by itself", 0, 6),
                    CHARGED_BACK,
                    TO_THE_NEXT,
                    WON_BACK,
                    days(1),
                ],
                id="a base that was suspended when it would have renewed by itself goes on",
            ),
            pytest.param(
                [buys(pays=True), renewal(pays=True), days(1186), renewal(pays=False), CHARGED_BACK, days(1)],
                id="a renewal is undone on the last day on which the next one can be paid",
            ),
            pytest.param(
                [
                    buys(pays=True),
                    TO_THE_NEXT,
                    Ordering(0, ((FE, RENEW, 2), (DOCUMENTS, BUY, 1)), "PANEL", None, None, pays=True),
                    CHARGED_BACK,
                    Operating("renew by itself", 0, 9),
                    renewal(pays=True),
                    CHARGED_BACK,
                ],
                id="a base comes back to an expiry for which it could not renew by itself",
            ),
            pytest.param(
                [
                    Ordering(0, BOTH, "SITE", None, None, pays=True),
                    days(365),
                    Away("billing"),
                    renewal(pays=True),
                    days(29),
                ],
                id="a renewal paid in time is priced when its add-on is in grace",
            ),
            pytest.param(
                [
                    buys(pays=True),
                    pays(),
                    PayingAgain(0, changed=True),
                    days(29),
                    Operating("resolve", 0, ACTIONS.index("ACCEPT")),
                    CHARGED_BACK,
                ],
                id="a payment that was told twice, with two contents, gave credit twice",
            ),
            pytest.param(
                [
                    buys(pays=True),
                    buys(pays=True, product=DOCUMENTS),
                    CHARGED_BACK,
                    PayingAgain(0, changed=True),
                    Operating("resolve", 0, ACTIONS.index("ACCEPT")),
                    CHARGED_BACK,
                    days(30),
                    Operating("end", 0, 0),
                ],
                id="a payment that was told twice, with two contents, is charged back twice",
            ),
        ],
    )
    async def test_is_lived_as_the_rules_say(self, steps: list[Step]) -> None:
        await ComparedLife(MORNING).live(steps)


def asked(what: str, how: int = 1, which: int = 0) -> Operating:
    return Operating(what, which, how)


FIRST, DOCUMENTS_UNPAID = buys(pays=True), buys(pays=False, product=DOCUMENTS)
RENEWAL_UNPAID = renewal(pays=False)
RENEWAL, END = Ordering(0, None, "", toggle=True, expected=None, pays=True, years=1), asked("end", 0)
ITSELF = asked("renew by itself", 6)


class TestWaysThatChanceSeldomTakes:
    """Held orders, chargebacks of what stands on each other, renewals that place themselves."""

    @pytest.mark.parametrize(
        "steps",
        [
            pytest.param(
                [FIRST, DOCUMENTS_UNPAID, END, pays(), asked("release"), asked("close")], id="no base any more"
            ),
            pytest.param(
                [FIRST, RENEWAL_UNPAID, CHARGED_BACK, pays(), asked("release")],
                id="a suspended base, renewed by release",
            ),
            pytest.param(
                [FIRST, RENEWAL_UNPAID, CHARGED_BACK, pays(), asked("charge back"), asked("release"), WON_BACK],
                id="a held order loses its money and gets it back",
            ),
            pytest.param(
                [FIRST, days(14), buys(pays=True, product=DOCUMENTS), CHARGED_BACK, days(30), WON_BACK],
                id="an extension is undone and done again",
            ),
            pytest.param(
                [FIRST, days(200), RENEWAL, buys(pays=True, product=DOCUMENTS), asked("charge back", which=1)],
                id="a renewal under an add-on is undone",
            ),
            pytest.param(
                [FIRST, RENEWAL, days(366), asked("charge back", which=0), days(91), WON_BACK],
                id="a renewal is undone when its base would have been over",
            ),
            pytest.param(
                [FIRST, pays(), pays(), END, asked("charge back", which=2), WON_BACK],
                id="an ended service gave credit that its payment takes along",
            ),
            pytest.param([FIRST, ITSELF, TO_THE_NEXT, TO_THE_NEXT, days(30), pays()], id="renewed by itself in grace"),
            pytest.param(
                [FIRST, ITSELF, TO_THE_NEXT, Cancelling(0), asked("renew by itself", 5), ITSELF, days(1)],
                id="given up and chosen again for the same expiry",
            ),
            pytest.param(
                [FIRST, ITSELF, TO_THE_NEXT, pays(), asked("charge back"), days(1)],
                id="renewed by itself and charged back",
            ),
        ],
    )
    async def test_are_lived_as_the_rules_say(self, steps: list[Step]) -> None:
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
