"""What is shown of a case? The order, its charges, the expiries before and after, the mail that left."""

from dataclasses import dataclass, field

from operations.mails.mail import Mail
from rehearsal.play.buyers import Buyer
from rehearsal.play.carts import Body
from rehearsal.play.stage import Stage


class WentWrong(AssertionError):
    """Something is not as the guide says; the message names it."""


@dataclass
class ExplainedOrder:
    """One order of a story, with what explains it."""

    order: Body
    charges: list[tuple[str, int, str]]
    before: dict[str, str]
    after: dict[str, str]


@dataclass
class Story:
    """What happened in one case."""

    title: str
    rule: str
    orders: list[ExplainedOrder] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    seconds: float = 0.0
    wrong: str | None = None

    def say(self, line: str) -> None:
        """Tell something in one line."""
        self.lines.append(line)

    def expect(self, what: str, found: object, expected: object) -> None:
        """Hold what was found against what the guide says. Raises WentWrong when they differ."""
        if found != expected:
            raise WentWrong(f"{what} is {found!r}, not {expected!r}")

    async def tell(
        self, stage: Stage, buyer: Buyer, order: Body, before: dict[str, str] | None = None, mail: str = ""
    ) -> None:
        """Show an order as it stands now: charges from billing, dates from provisioning, the mail it led to."""
        current = (await stage.front.order(order["order_id"])).body
        charges = (await stage.front.charges(order["order_id"])).body if current["total_cents"] is not None else {}
        explained = [(line["product"], line["net_cents"], line["explanation"]) for line in charges.get("lines", [])]
        explained += [
            (f"{each['product']} extended", each["net_cents"], each["explanation"])
            for each in charges.get("extensions", [])
        ]
        self.orders.append(ExplainedOrder(current, explained, before or {}, await stage.expiries(buyer)))
        if mail:
            self.mails.append(await stage.mail(buyer, mail))
