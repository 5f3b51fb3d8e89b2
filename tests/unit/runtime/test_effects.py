"""Does an act outside happen at most once, and is its fate always told?"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from runtime.effect import Retry, Verdict
from runtime.service import Fate
from tests.unit.runtime.effects_scene import SENT, Scene, effect


class TestAnIntent:
    async def test_it_is_done_once_and_told_once(self) -> None:
        scene = Scene([])
        scene.store.intend(effect())
        await scene.rounds(3)
        assert (scene.box.left, scene.outcomes.verdicts) == (1, [SENT])
        assert scene.store.state(effect().effect_id) == "sent"

    async def test_it_waits_until_kafka_has_its_event(self) -> None:
        scene = Scene([])
        scene.store.intend(effect(), published=False)
        await scene.rounds()
        assert scene.box.left == 0
        scene.store.rows[effect().effect_id].published = True
        await scene.rounds()
        assert scene.box.left == 1

    async def test_another_instance_leads_and_this_one_does_nothing(self) -> None:
        scene = Scene([])
        scene.store.intend(effect())
        scene.store.leading = False
        await scene.rounds(2)
        assert scene.box.left == 0

    async def test_a_lead_lost_just_before_begins_nothing(self) -> None:
        scene = Scene([])
        scene.store.intend(effect())
        await scene.engine.round()
        scene.store.leading = False
        await scene.engine.drained()
        assert (scene.box.left, scene.store.state(effect().effect_id)) == (0, "intended")


class TestARefusalForNow:
    async def test_it_is_tried_again_later_and_later(self) -> None:
        scene = Scene([Retry("BUSY", 451), Retry("BUSY", 451)])
        scene.store.intend(effect())
        await scene.rounds()
        assert scene.store.state(effect().effect_id) == "intended"
        for now, left in ((0.9, 0), (1.1, 0), (2.9, 0), (3.2, 1)):
            scene.watch.now = now
            await scene.rounds()
            assert scene.box.left == left, now
        assert scene.outcomes.verdicts == [SENT]

    async def test_it_does_not_hold_up_another(self) -> None:
        scene = Scene([Retry("BUSY", 451)])
        scene.store.intend(effect(1))
        scene.store.intend(effect(2))
        await scene.rounds()
        assert scene.store.state(effect(2).effect_id) == "sent"

    async def test_it_is_given_up_after_the_last_attempt(self) -> None:
        scene = Scene([Retry("BUSY", 451)] * 3, attempts=3)
        scene.store.intend(effect())
        for now in (0.0, 10.0, 20.0, 30.0):
            scene.watch.now = now
            await scene.rounds()
        assert scene.outcomes.verdicts == [Verdict(Fate.FAILED, "EXHAUSTED", 451)]
        assert scene.box.left == 0

    async def test_an_outage_pauses_everything_and_then_asks_with_one(self) -> None:
        scene = Scene([Retry("REFUSED", everywhere=True)])
        scene.store.intend(effect(1))
        await scene.rounds()
        scene.store.intend(effect(2))
        scene.store.intend(effect(3))
        await scene.rounds()
        assert scene.box.left == 0
        scene.watch.now = 1.1
        await scene.rounds()
        assert scene.box.left == 1
        await scene.rounds()
        assert scene.box.left == 3

    async def test_a_break_before_the_point_of_no_return_is_no_doubt(self) -> None:
        scene = Scene([KeyError("template")])
        scene.store.intend(effect())
        await scene.rounds()
        assert scene.store.state(effect().effect_id) == "intended"


class TestAServerThatHangs:
    async def test_one_mail_at_a_time_is_tried_until_one_goes_through(self) -> None:
        scene = Scene([Verdict(Fate.IN_DOUBT)] * 10)
        for number in range(40):
            scene.store.intend(effect(number))
        await scene.rounds()
        at_first = scene.box.left
        assert at_first == 8, "as many as are sent at once"
        left = []
        for now in (0.9, 1.1, 2.9, 3.2, 7.3):
            scene.watch.now = now
            await scene.rounds()
            left.append(scene.box.left)
        assert left == [8, 9, 9, 10, 11]
        await scene.rounds(4)
        assert scene.box.left == 40, "the last of these went through"

    async def test_a_key_that_can_not_be_read_is_no_attempt(self) -> None:
        scene = Scene([ConnectionError("the keyring is away")] * 5, attempts=2)
        scene.store.intend(effect())
        for now in range(0, 12, 2):
            scene.watch.now = float(now)
            await scene.rounds()
        assert (scene.box.left, scene.outcomes.verdicts) == (1, [SENT])


class TestACrash:
    async def test_a_break_after_the_point_of_no_return_is_a_doubt_and_never_repeated(self) -> None:
        scene = Scene(["break"])
        scene.store.intend(effect())
        await scene.rounds()
        scene.watch.now = 10_000.0
        await scene.rounds(3)
        assert scene.box.left == 1
        assert [verdict.fate for verdict in scene.outcomes.verdicts] == [Fate.IN_DOUBT]

    async def test_what_was_being_sent_is_in_doubt_at_the_next_start(self) -> None:
        scene = Scene([])
        scene.store.intend(effect())
        await scene.store.begin(effect().effect_id)
        await scene.rounds(2)
        assert scene.box.left == 0
        assert scene.outcomes.verdicts == [Verdict(Fate.IN_DOUBT)]
        assert scene.store.state(effect().effect_id) == "in_doubt"

    async def test_an_answer_written_but_not_told_is_told_at_the_next_start(self) -> None:
        scene = Scene([])
        scene.store.intend(effect())
        await scene.store.begin(effect().effect_id)
        await scene.store.settle(effect().effect_id, SENT)
        await scene.rounds(2)
        assert (scene.box.left, scene.outcomes.verdicts) == (0, [SENT])

    async def test_a_store_that_goes_away_before_the_answer_is_written_leaves_a_doubt(self) -> None:
        scene = Scene([])
        scene.store.intend(effect())
        begin: Callable[[UUID], Any] = scene.store.begin

        async def begin_then_vanish(effect_id: UUID) -> bool:
            begun: bool = await begin(effect_id)
            scene.store.away = True
            return begun

        scene.store.begin = begin_then_vanish  # type: ignore[method-assign]
        await scene.rounds()
        scene.store.away = False
        await scene.rounds(2)
        assert scene.box.left == 1
        assert [verdict.fate for verdict in scene.outcomes.verdicts] == [Fate.IN_DOUBT]

    async def test_a_store_that_can_t_say_whether_it_began_sends_nothing(self) -> None:
        scene = Scene([])
        scene.store.intend(effect())
        await scene.engine.round()
        scene.store.away = True
        await scene.engine.drained()
        scene.store.away = False
        assert scene.box.left == 0
        await scene.rounds()
        assert scene.box.left == 1
