"""How are damages drawn, and how many? Every kind of nonsense, the same each time or anew each time."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from tests.fuzzing.damage import DELETED, LARGEST, LIMIT, WAYS, Damage, Member, Raw
from tests.fuzzing.judge import INTAKE, Place, example, places

WANTED = os.environ.get("FUZZ_EXAMPLES")
"""How long to fuzz; unset in the suite, which fuzzes little and the same each time."""
LONG = pytest.mark.timeout(0 if WANTED else 600)


def fuzzing(usual: int, *, times: int = 1, shrinks: bool = True) -> settings:
    """Try so many examples, the same each time; or `times` FUZZ_EXAMPLES, drawn anew each time.

    What a stack takes for each example is too long to look for the smallest one that fails.
    """
    return settings(
        max_examples=int(WANTED) * times if WANTED else usual,
        derandomize=not WANTED,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink] if shrinks else [Phase.generate],
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )


def _recognisable(text: str) -> str:
    # What is taken as a name or an address is looked for everywhere by the checker: it must not be there by chance.
    return text if len(text) < 8 else f"¤{text}"


TEXTS = st.text(st.characters(exclude_categories=()), max_size=20).map(_recognisable)
INSTANTS = st.sampled_from(
    [
        "0001-01-01T00:00:00+14:00", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "10000-01-01T00:00:00Z",
        "2026-02-30T09:00:00Z", "2026-01-15T24:00:00Z", "2026-01-15T09:00:60Z", "2026-01-15T09:00:00+99:99",
        "2026-01-15T09:00:00", "2026-01-15", "1768467600", "-2026-01-15T09:00:00Z", "٢٠٢٦-01-15T09:00:00Z",
    ]
)  # fmt: skip
NUMBERS = st.one_of(
    st.sampled_from([2**63 - 1, 2**63, -(2**63) - 1, 2**64, 10**30]).map(str),
    st.sampled_from(["1e400", "-1e400", "1E+2", "4427.0", "0.1", "-0", "1e-400", "1" + "0" * 4000, "9" * 5000]),
).map(lambda digits: Raw(digits.encode()))
NESTED = st.builds(
    lambda depth, pair: Raw(pair[0] * depth + b"1" + pair[1] * depth),
    st.integers(2, 20_000),
    st.sampled_from([(b"[", b"]"), (b'{"a":', b"}")]),
)
JUNK = st.one_of(
    st.sampled_from([DELETED, None, True, False, "", "0", 0, 1, -1, [], {}]),
    st.integers(),
    st.floats(),
    TEXTS,
    INSTANTS,
    NUMBERS,
    NESTED,
    st.lists(st.one_of(st.none(), TEXTS), max_size=3),
    st.dictionaries(TEXTS, st.one_of(st.none(), TEXTS), max_size=2),
    st.builds(Member, TEXTS, st.one_of(st.none(), st.integers(), TEXTS)),
)
_OURS = ("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_subject", "content-type")
_FORMS = st.booleans()


def _all_places(kind: str) -> st.SearchStrategy[Place]:
    return st.sampled_from(list(places(example(kind))))


def _data_places(kind: str) -> st.SearchStrategy[Place]:
    return st.sampled_from([place for place in places(example(kind)) if place[0] == "data"])


def _members(kind: str) -> st.SearchStrategy[Place]:
    return st.sampled_from([place for place in places(example(kind)) if isinstance(place[-1], str)])


def _owners(kind: str) -> st.SearchStrategy[Place]:
    named = ("subject", "customer_id")
    return st.sampled_from([place for place in places(example(kind)) if place[-1] in named])


def _attributes(kind: str) -> st.SearchStrategy[Place]:
    return st.sampled_from([(name,) for name in ("specversion", "id", "source", "type", "subject", "time", "note")])


_BYTES = st.tuples(_FORMS, st.one_of(st.binary(max_size=200), st.text(max_size=60).map(str.encode)))
_NOTHING: Callable[[str], st.SearchStrategy[Place]] = lambda _: st.just(())  # noqa: E731
_DRAWN: dict[str, tuple[Callable[[str], st.SearchStrategy[Place]], st.SearchStrategy[Any]]] = {
    "any bytes": (_NOTHING, _BYTES),
    "cut off": (_NOTHING, st.tuples(_FORMS, st.floats(0, 1))),
    "flipped": (_NOTHING, st.tuples(_FORMS, st.tuples(st.floats(0, 1), st.integers(1, 255)))),
    "another encoding": (_NOTHING, st.tuples(_FORMS, st.sampled_from(["utf-16", "utf-16-le", "utf-32", "utf-8-sig"]))),
    "too large": (_NOTHING, st.tuples(_FORMS, st.sampled_from([LIMIT + 1, 5 * LIMIT, LARGEST]))),
    "no value": (_NOTHING, st.none()),
    "another key": (
        _NOTHING,
        st.one_of(st.none(), st.binary(max_size=40), TEXTS.map(lambda text: text.encode(errors="replace"))),
    ),
    "another customer": (_owners, st.sampled_from(["c-0", "C-1", "c-1.", "0"])),
    "a field": (_data_places, JUNK),
    "a field in binary": (lambda kind: _data_places(kind).filter(lambda place: len(place) > 1), JUNK),
    "an attribute": (_attributes, JUNK.filter(lambda junk: junk != DELETED)),
    "no number": (
        _all_places,
        st.sampled_from([b"NaN", b"Infinity", b"-Infinity", b"01", b"+1", b".5", b"0x1"]).map(Raw),
    ),
    "a doubled name": (_members, st.one_of(st.none(), TEXTS, st.just("storefront.OrderSubmitted.v1"))),
    "a source of ours": (_NOTHING, st.sampled_from(["/orders", "/billing/", "/provisioning", "/notifications"])),
    "an unknown type": (
        _NOTHING,
        st.one_of(TEXTS.filter(bool), st.sampled_from(["storefront.OrderSubmitted.v9", "orders.OrderPlaced.v1"])),
    ),
    "a trace": (
        _NOTHING,
        st.one_of(
            st.text(st.characters(exclude_categories=()), min_size=55, max_size=55),
            JUNK.filter(lambda junk: not isinstance(junk, Raw | Member)),
        ),
    ),
    "a header missing": (_NOTHING, st.sampled_from(_OURS[:5])),
    "a header twice": (_NOTHING, st.tuples(st.sampled_from(_OURS), st.binary(max_size=20))),
    "a header of bytes": (
        _NOTHING,
        st.tuples(st.sampled_from(_OURS[:5]), st.binary(max_size=10).map(lambda given: given + b"\xff")),
    ),
    "another content type": (
        _NOTHING,
        st.tuples(
            st.just("content-type"),
            st.sampled_from([b"text/plain", b"application/avro", b"application/cloudevents+avro", b"\xff"]),
        ),
    ),
}


@st.composite
def damages(draw: st.DrawFn, way: str | None = None) -> Damage:
    """Draw one way of spoiling one kind of message."""
    chosen = way or draw(st.sampled_from(list(WAYS)))
    kind = draw(st.sampled_from(INTAKE))
    drawn_place, drawn_junk = _DRAWN[chosen]
    return Damage(kind, chosen, draw(drawn_place(kind)), draw(drawn_junk))


def one_of_each() -> st.SearchStrategy[list[Damage]]:
    """Draw a damage of every way, in any order."""
    return st.permutations(list(WAYS)).flatmap(lambda ways: st.tuples(*(damages(way) for way in ways)).map(list))
