"""What happens in a life, and in which order? Drawn from a seed: the same seed, the same life."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from tests.lives import buying, looking_after, undoing, weather
from tests.lives.life import Life

Act = Callable[[Life, Random], Awaitable[str]]

ACTS: dict[Act, int] = {
    buying.order: 10,
    buying.buy: 5,
    buying.pay: 14,
    buying.order_again: 2,
    buying.pay_again: 2,
    buying.cancel: 4,
    buying.quote: 2,
    looking_after.sign_in: 2,
    looking_after.settle_in: 4,
    looking_after.use_panel: 5,
    looking_after.correct_contact: 1,
    looking_after.decide_mail: 2,
    looking_after.reissue: 1,
    looking_after.end_service: 1,
    undoing.end_on_a_day: 1,
    undoing.charge_back: 2,
    undoing.win_back: 2,
    looking_after.release: 2,
    looking_after.close: 2,
    looking_after.resolve: 3,
    looking_after.pay_back: 1,
    looking_after.refund: 1,
    looking_after.erase: 1,
    weather.wait: 12,
    weather.go_away: 3,
    weather.come_back: 4,
    weather.rest: 6,
    weather.send_twice: 2,
    weather.start_anew: 1,
}
BEGINNINGS = (
    datetime(2026, 1, 15, 9, tzinfo=UTC),
    datetime(2026, 1, 31, 22, 59, 59, tzinfo=UTC),
    datetime(2026, 3, 28, 23, 30, tzinfo=UTC),
    datetime(2026, 10, 24, 22, 30, tzinfo=UTC),
    datetime(2027, 2, 28, 22, 30, tzinfo=UTC),
    datetime(2028, 2, 28, 23, 30, tzinfo=UTC),
    datetime(2028, 2, 29, 12, tzinfo=UTC),
)


@dataclass(frozen=True)
class Step:
    """One act, and what it draws: the same whatever stands before it, so that a life can be shortened."""

    act: Act
    seed: int


@dataclass(frozen=True)
class Plan:
    """A beginning and some steps."""

    name: str
    begins: datetime
    steps: tuple[Step, ...]


def plan(seed: int) -> Plan:
    """Draw a life."""
    chance = Random(seed)
    acts = [buying.buy, *chance.choices(list(ACTS), list(ACTS.values()), k=chance.choice((20, 40, 60)))]
    return Plan(f"life-{seed}", chance.choice(BEGINNINGS), tuple(Step(act, chance.randrange(1 << 32)) for act in acts))
