"""What did the storefronts do, and what were they answered? Counted while it happens, for whoever watches."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field


@dataclass
class Tally:
    """One run's messages and answers, counted."""

    orders: int
    sent: Counter[str] = field(default_factory=Counter)
    """Messages by kind: submitted, paid, cancelled."""
    ways: Counter[str] = field(default_factory=Counter)
    answers_ms: list[float] = field(default_factory=list)
    """How long each answer over HTTP took."""
    retried: int = 0
    ended: int = 0
    """Orders whose scenario is over."""
    wrong: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """By order: what was answered otherwise than it must be, or never came."""
