"""Who reads a topic, and who acts on which type of it? What the services declare, and analysts read what is public.

A reader of a topic skips the types that it does not act on. Versions don't matter: whoever acts on a type acts on
every version of it, as the newest.
"""

from functools import cache

from operations.surroundings import SERVICES, declaration, services_reading
from schemas.topics import (
    ANALYSED,
    INTAKE_BODIES,
    REJECTIONS,
    STOREFRONT_INTAKE,
    STOREFRONT_REJECTIONS,
    TOPIC_OF,
    TYPES,
)

ANALYTICS = "analytics"
STOREFRONTS = "storefronts"


def readers_of_topic(topic: str) -> tuple[str, ...]:
    """Name who reads a topic."""
    if topic == STOREFRONT_REJECTIONS:
        return (STOREFRONTS,)
    return (*services_reading(topic), *([ANALYTICS] if topic in ANALYSED else []))


def readers_of(event_type: str) -> tuple[str, ...]:
    """Name who acts on a type: the services that consume it, and analytics where it is public."""
    if event_type in REJECTIONS:
        return readers_of_topic(STOREFRONT_REJECTIONS)
    topic = STOREFRONT_INTAKE if event_type in INTAKE_BODIES else TOPIC_OF[event_type]
    is_public = event_type in INTAKE_BODIES or TYPES[event_type].VISIBILITY == "public"
    acting = {ANALYTICS} if is_public else set()
    acting |= {service for service in SERVICES if _unversioned(event_type) in _consumed(service)}
    return tuple(reader for reader in readers_of_topic(topic) if reader in acting)


@cache
def _consumed(service: str) -> frozenset[str]:
    return frozenset(map(_unversioned, declaration(service).consumed & (TYPES.keys() | INTAKE_BODIES.keys())))


def _unversioned(event_type: str) -> str:
    return event_type.rpartition(".v")[0]
