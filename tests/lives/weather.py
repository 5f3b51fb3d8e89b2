"""What happens around everybody in a life? Time passes, services go away and come back, records come twice."""

from datetime import timedelta
from random import Random

from tests.lives.life import Life

SPANS = (
    timedelta(seconds=20),
    timedelta(hours=5),
    timedelta(days=1),
    timedelta(days=9),
    timedelta(days=30),
    timedelta(days=31),
    timedelta(days=91),
    timedelta(days=200),
    timedelta(days=366),
)
LIKELY = (6, 6, 6, 4, 2, 2, 1, 1, 1)
AROUND = (timedelta(seconds=-1), timedelta(0), timedelta(seconds=1), timedelta(hours=12))


async def wait(life: Life, chance: Random) -> str:
    """Time passes: some of it, or until about the next deadline of anybody."""
    services = life.services
    due = [row.due_at for name in services.members for row in life.rows(name, "deadlines") if row.due_at > life.now]
    if due and chance.random() < 0.4:
        later = max(life.now, min(due) + chance.choice(AROUND))
    else:
        later = life.now + chance.choices(SPANS, LIKELY)[0]
    passed = later - life.now
    services.clock.instant = later
    return f"{passed} pass"


async def go_away(life: Life, chance: Random) -> str:
    """A service goes away."""
    present = life.services.present()
    if not present:
        return ""
    member = chance.choice(present)
    member.is_away = True
    return f"{member.name} goes away"


async def come_back(life: Life, chance: Random) -> str:
    """A service comes back."""
    away = [member for member in life.services.members.values() if member.is_away]
    if not away:
        return ""
    member = chance.choice(away)
    member.is_away = False
    return f"{member.name} is back"


async def rest(life: Life, chance: Random) -> str:
    """Everybody who is there works until nothing moves."""
    await life.services.drain()
    return "all rest"


async def send_twice(life: Life, chance: Random) -> str:
    """A record is sent again by somebody who got no answer: the same bytes, at another place."""
    records = [record for held in life.services.log.records.values() for record in held[-3:]]
    if not records:
        return ""
    record = chance.choice(records)
    life.services.log.again(record)
    return f"{record.topic}[{record.partition}]@{record.offset} is sent twice"


async def start_anew(life: Life, chance: Random) -> str:
    """An operator sets a service's positions back to the log's start."""
    member = chance.choice(list(life.services.members.values()))
    member.start_anew()
    return f"{member.name} reads everything anew"
