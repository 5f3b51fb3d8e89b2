"""What does the checker say? Per invariant how many facts it looked at, and each one that breaks it, with its place."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

INVARIANTS = {
    1: "the same event id has the same bytes everywhere",
    2: "versions per topic and account are 1..n without gap",
    3: "the log and its producer's journal hold the same events",
    4: "a mark points to its event",
    5: "a record lies in its account's partition",
    6: "every event fits its schema version and upcasts to the newest",
    7: "a causation chain ends in a command or intake record",
    8: "a position lies in the log it was read from",
    9: "every input below a position is applied, ignored, held, parked or quarantined: exactly one",
    10: "state and projections are the fold of the own topic, byte for byte",
    11: "the fingerprint chain holds",
    12: "rebuilding twice gives the same hash",
    13: "a rebuild leaves journal, effects, mailbox and the live schema untouched",
    14: "only settled orders are activated, and all of them are, or are visibly held",
    15: "no add-on without the base that it requires",
    16: "an add-on never outlives its base, and both expire together after a purchase",
    17: "an extension goes to exactly D(P), once, and shortens nothing",
    18: "each cent received is allocated, held, credit, due back or paid back; no state is a dead end",
    19: "an expiry changes only by an event that names its order",
    20: "at most one mail per effect, and every one sent has arrived",
    21: "one credentials mail per first activation",
    22: "configuration only after the first sign-in",
    23: "preservation of transport documents never without a service that opens it",
    24: "no secret and no personal datum stands in the clear",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where to look: as much of it as is known."""

    service: str | None = None
    account: str | None = None
    version: int | None = None
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None
    table: str | None = None

    def __str__(self) -> str:
        words = [self.service, self.table, self.account]
        parts = [word for word in words if word]
        if self.version is not None:
            parts.append(f"version {self.version}")
        if self.topic is not None:
            at = "" if self.partition is None else f"[{self.partition}]"
            parts.append(f"{self.topic}{at}{'' if self.offset is None else f'@{self.offset}'}")
        return " · ".join(parts)


@dataclass(frozen=True, slots=True)
class Violation:
    """A fact that breaks an invariant."""

    place: Place
    what: str


@dataclass(slots=True)
class Finding:
    """What was found about one invariant."""

    number: int
    checked: int = 0
    violations: list[Violation] = field(default_factory=list)
    note: str = ""
    unchecked: str = ""
    """Why it can't be checked on what is there; empty when it was."""
    cents: Counter[str] = field(default_factory=Counter)
    """What money added up to, by where it is."""

    @property
    def claim(self) -> str:
        """Say what must hold."""
        return INVARIANTS[self.number]

    @property
    def holds(self) -> bool:
        """Tell whether nothing was found that breaks it."""
        return not self.violations

    def look(self, is_so: bool, place: Place, what: str) -> None:
        """Count one fact, and keep it if it breaks the invariant."""
        self.checked += 1
        if not is_so:
            self.violations.append(Violation(place, what))

    def add(self, other: "Finding") -> None:
        """Take in what was found of another share of the accounts."""
        self.checked += other.checked
        self.violations += other.violations
        self.note, self.unchecked = other.note or self.note, other.unchecked or self.unchecked
        self.cents.update(other.cents)


@dataclass(frozen=True, slots=True)
class Report:
    """All findings, and what still moved when they were made."""

    findings: tuple[Finding, ...]
    undrained: str = ""
    seconds: float = 0.0

    @property
    def facts(self) -> int:
        """Count what was looked at."""
        return sum(finding.checked for finding in self.findings)

    @property
    def rate(self) -> float:
        """Return how many facts were looked at in a second."""
        return self.facts / self.seconds if self.seconds else 0.0

    @property
    def holds(self) -> bool:
        """Tell whether every invariant that was checked holds."""
        return all(finding.holds for finding in self.findings)

    def broken(self) -> list[int]:
        """Name the invariants that do not hold."""
        return [finding.number for finding in self.findings if not finding.holds]

    def accounts(self, number: int) -> set[str]:
        """Name the accounts in which an invariant is broken."""
        return {each.place.account for each in self.of(number).violations if each.place.account is not None}

    def of(self, number: int) -> Finding:
        """Return what was found about one invariant."""
        return next(finding for finding in self.findings if finding.number == number)


def keep_what_persists(findings: Iterable[Finding], later: Iterable[Finding]) -> None:
    """Drop each violation that a later look does not find at its place any more: it was on its way."""
    broken = {_what(finding, each.place) for finding in later for each in finding.violations}
    for finding in findings:
        finding.violations = [each for each in finding.violations if _what(finding, each.place) in broken]


def _what(finding: Finding, place: Place) -> tuple[object, ...]:
    # An account that moves on has other versions the next time; what is broken in it is the same.
    return finding.number, place.service, place.account, place.table, place.topic, place.partition


def in_order(findings: Iterable[Finding], undrained: str = "", seconds: float = 0.0) -> Report:
    """Make a report with the invariants in the order of their numbers, what was found of shares put together."""
    whole: dict[int, Finding] = {}
    for finding in findings:
        whole.setdefault(finding.number, Finding(finding.number)).add(finding)
    return Report(tuple(whole[number] for number in sorted(whole)), undrained, seconds)
