"""Is a topic folded as the live page folded it, whatever comes twice, too early, or never?"""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid5

import pytest

from runtime.errors import Unreadable
from runtime.fold.account import Gap, Mismatch
from runtime.fold.bulk import Slice
from runtime.fold.difference import Difference, differences, json_differences
from runtime.fold.replay import fold_values
from runtime.ids import NAMESPACE
from runtime.wire.codec import encode_event, encode_state
from runtime.wire.fingerprint import fingerprint_of
from schemas.billing import ServiceNoted
from schemas.vocabulary import ProductKind, ServiceStatus
from services.billing.declaration import declare

BILLING = declare()
CAUSE = UUID("5f0c2f0e-8d0c-5e0b-9c0a-6d1f3a7b2c4d")


def history(customer: str, length: int) -> list[tuple[bytes, bytes]]:
    """Write an account's own events: e-invoicing is noted again and again, a year later each time."""
    state, records = BILLING.initial(), []
    for version in range(1, length + 1):
        event = ServiceNoted(
            customer_id=customer,
            product="E_INVOICING",
            kind=ProductKind.BASE,
            family="E_INVOICING",
            status=ServiceStatus.ACTIVE,
            expires_on=datetime(2026 + version, 1, 15, tzinfo=UTC).date(),
            anchor_on=None,
            buyer_kind=None,
            order_id="o-1",
        )
        state = BILLING.evolve(state, event)
        value = encode_event(
            event,
            service="billing",
            event_id=uuid5(NAMESPACE, f"{customer} {version}"),
            version=version,
            at=datetime(2026, 1, 15, tzinfo=UTC),
            causation=CAUSE,
            correlation=None,
            cause_sequence=version,
            fingerprint=fingerprint_of(BILLING.fold_version, encode_state(state)),
            traceparent=None,
        )
        records.append((customer.encode(), value))
    return records


def folded(records: list[tuple[bytes, bytes]]) -> Slice:
    share = Slice(BILLING)
    for key, value in records:
        share.feed(key, value)
    return share


class TestWhenATopicIsFolded:
    def test_each_account_is_what_its_last_event_left(self) -> None:
        finished = folded([*history("c-1", 3), *history("c-2", 1)]).finish()
        assert [(customer, version) for customer, (version, _) in finished.states.items()] == [("c-1", 3), ("c-2", 1)]
        assert b"2029-01-15" in finished.states["c-1"][1]
        assert (finished.events, finished.compared, finished.mismatches, finished.gaps) == (4, 2, [], [])
        assert [row.expires_on.year for row in finished.rows["services"].values()] == [2029, 2027]

    def test_what_comes_twice_is_folded_once(self) -> None:
        records = history("c-1", 3)
        again = folded([*records, *records[1:]])
        assert again.folded.events == 3
        assert again.finish().states == folded(records).finish().states

    def test_what_comes_too_early_waits_for_its_turn(self) -> None:
        first, second, third = history("c-1", 3)
        assert folded([third, second, first]).finish() == folded([first, second, third]).finish()

    def test_a_version_that_never_comes_is_named_and_nothing_behind_it_is_folded(self) -> None:
        first, _, third = history("c-1", 3)
        finished = folded([first, third]).finish()
        assert finished.gaps == [Gap("c-1", 2)]
        assert [version for version, _ in finished.states.values()] == [1]

    def test_a_share_takes_its_accounts_whole_and_all_shares_take_all(self) -> None:
        records = [record for number in range(40) for record in history(f"c-{number}", 2)]
        shares = [Slice(BILLING, number, 3) for number in range(3)]
        for share in shares:
            for key, value in records:
                share.feed(key, value)
        accounts = [account for share in shares for account in share.finish().states.items()]
        assert sorted(accounts) == sorted(folded(records).finish().states.items())
        assert min(share.folded.events for share in shares) > 0


class TestWhenEachEventIsCompared:
    """The replay and the bulk fold take the same step; they differ in how they read, wait and compare."""

    def test_in_whatever_order_they_come_they_leave_what_the_bulk_fold_leaves(self) -> None:
        records = [*history("c-2", 3), *history("c-1", 4)]
        bulk = folded(records).finish()
        replayed = fold_values(BILLING, [value for _, value in reversed([*records, *records])])
        assert (replayed.states, replayed.rows, replayed.events) == (bulk.states, bulk.rows, bulk.events)
        assert (replayed.compared, bulk.compared) == (7, 2)

    def test_both_name_the_same_gap_and_stop_before_it(self) -> None:
        first, second, _, fourth = history("c-1", 4)
        bulk, replayed = (
            folded([first, second, fourth]).finish(),
            fold_values(BILLING, [fourth[1], first[1], second[1]]),
        )
        assert replayed.gaps == bulk.gaps == [Gap("c-1", 3)]
        assert replayed.states == bulk.states

    def test_what_only_a_later_event_hides_is_named_by_the_replay(self) -> None:
        first, second = (value for _, value in history("c-1", 2))
        fingerprint = first.split(b'"statefp":"')[1].split(b'"')[0]
        forged = first.replace(fingerprint, b"1:" + b"0" * 32)
        (mismatch,) = fold_values(BILLING, [forged, second]).mismatches
        assert (mismatch.version, mismatch.folded) == (1, fingerprint.decode())
        assert folded([(b"c-1", forged), (b"c-1", second)]).finish().mismatches == []


class TestWhenAnEventIsNotWhatItSays:
    def test_a_state_other_than_its_fingerprint_is_named(self) -> None:
        key, value = history("c-1", 1)[0]
        fingerprint = value.split(b'"statefp":"')[1].split(b'"')[0]
        forged = value.replace(fingerprint, b"1:" + b"0" * 32)
        (mismatch,) = folded([(key, forged)]).finish().mismatches
        assert mismatch == Mismatch("c-1", 1, "1:" + "0" * 32, fingerprint.decode())

    def test_a_fingerprint_of_another_fold_version_is_not_compared(self) -> None:
        key, value = history("c-1", 1)[0]
        share = Slice(replace(BILLING, fold_version=2))
        share.feed(key, value)
        assert (share.finish().compared, share.folded.mismatches) == (0, [])

    def test_one_without_a_version_is_refused_whoever_folds_it(self) -> None:
        key, value = history("c-1", 1)[0]
        bare = value.replace(b'"sequence":"1",', b"")
        with pytest.raises(Unreadable, match="has no version"):
            Slice(BILLING).feed(key, bare)
        with pytest.raises(Unreadable, match="has no version"):
            fold_values(BILLING, [bare])

    def test_one_under_another_accounts_key_is_refused(self) -> None:
        _, value = history("c-1", 1)[0]
        with pytest.raises(Unreadable, match="not one of its key's account"):
            Slice(BILLING).feed(b"c-2", value)


class TestWhenTwoValuesAreCompared:
    def test_each_place_in_which_they_part_is_named(self) -> None:
        before = {"a": 1, "b": {"c": [1, 2], "gone": True}, "same": None}
        after = {"a": 1, "b": {"c": [1, 3, 4]}, "same": None, "new": "x"}
        assert differences(before, after) == [
            Difference("b.c[1]", 2, 3),
            Difference("b.c[2]", None, 4),
            Difference("b.gone", True, None),
            Difference("new", None, "x"),
        ]

    def test_equal_ones_differ_nowhere(self) -> None:
        state = encode_state(BILLING.initial())
        assert json_differences(state, state) == []

    def test_what_is_no_json_is_shown_as_it_is(self) -> None:
        assert str(json_differences(b"{no", b'{"a":1}')[0]) == 'all: "{no" → {"a": 1}'
