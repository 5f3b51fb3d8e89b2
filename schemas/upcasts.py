"""How is an old version of an event read? Through pure steps, each from one version to the next.

A version only gains optional fields with defaults; any other change is a new version, and one `Upcast` here that turns
the old `data` into the new. The log keeps what was written; readers only ever handle the newest version.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.vocabulary import PricingRefusal

Data = Mapping[str, Any]


def _versioned(event_type: str) -> tuple[str, int]:
    name, _, version = event_type.rpartition(".v")
    if not name or not version.isdecimal():
        raise ValueError(f"{event_type!r} is no type with a version, like orders.OrderPlaced.v1")
    return name, int(version)


@dataclass(frozen=True, slots=True)
class Upcast:
    """Turn the data of one version into the next one's.

    `change` is pure: no clock, no randomness, no IO, and it leaves what it was given as it was. What the old version
    did not say must follow from what it said, or be a default that is true of every old event.
    """

    old: str
    new: str
    change: Callable[[Data], Data]

    def __post_init__(self) -> None:
        old_name, old_version = _versioned(self.old)
        new_name, new_version = _versioned(self.new)
        if old_name != new_name or new_version != old_version + 1:
            raise ValueError(f"an upcast goes to the next version of the same type, not from {self.old} to {self.new}")


_REFUSALS = (
    (re.compile(r"empty cart"), PricingRefusal.EMPTY_CART),
    (re.compile(r"together with its base only"), PricingRefusal.BASE_NOT_RENEWED),
    (re.compile(r"nothing to extend"), PricingRefusal.NOTHING_TO_EXTEND),
    (re.compile(r" expired on [0-9]{4}-"), PricingRefusal.BASE_EXPIRED),
    (re.compile(r" needs |shows no e-invoicing"), PricingRefusal.BASE_MISSING),
)
"""What the sentences of `billing.PricingRefused.v1` say, every one that was ever written."""


def _give_the_reason(data: Data) -> Data:
    """Read the reason from the sentence."""
    reasons = (reason for sentence, reason in _REFUSALS if sentence.search(data["detail"]))
    return {**data, "reason": next(reasons, PricingRefusal.NOT_SAID).value}


UPCASTS: tuple[Upcast, ...] = (Upcast("billing.PricingRefused.v1", "billing.PricingRefused.v2", _give_the_reason),)


def upcast(event_type: str, data: Data, upcasts: Iterable[Upcast] = UPCASTS) -> tuple[str, Data]:
    """Return the newest version of a type and its data; both unchanged when no upcast starts there.

    Raises ValueError when two upcasts start at one version.
    """
    steps: dict[str, Upcast] = {}
    for step in upcasts:
        if step.old in steps:
            raise ValueError(f"two upcasts start at {step.old}")
        steps[step.old] = step
    while event_type in steps:
        step = steps[event_type]
        event_type, data = step.new, step.change(data)
    return event_type, data
