"""Is each outcome recorded as an own event, and does the engine end in order?"""

import asyncio

import pytest

from runtime.edge import AccountParked
from runtime.process.effects import ROUND
from tests.unit.runtime.effects_scene import SENT, Scene, effect


class TestTellingTheOutcome:
    @pytest.mark.parametrize("refusal", [AccountParked(), ConnectionError()])
    async def test_it_waits_for_its_account_and_is_never_lost(self, refusal: Exception) -> None:
        scene = Scene([])
        scene.outcomes.refuses = refusal
        scene.store.intend(effect())
        await scene.rounds()
        assert scene.store.state(effect().effect_id) == "sent"
        scene.outcomes.refuses = None
        scene.watch.now = 901.0
        await scene.rounds()
        assert (scene.box.left, scene.outcomes.verdicts) == (1, [SENT])

    async def test_outcomes_are_marked_together_at_the_next_look(self) -> None:
        scene = Scene([])
        for number in range(3):
            scene.store.intend(effect(number))
        await scene.rounds()
        assert not any(row.recorded for row in scene.store.rows.values())
        scene.watch.now = 1.1
        await scene.rounds()
        assert all(row.recorded for row in scene.store.rows.values())
        assert scene.outcomes.verdicts == [SENT] * 3

    async def test_one_that_was_not_marked_is_submitted_again_as_the_same_command(self) -> None:
        scene = Scene([])
        scene.store.intend(effect())
        await scene.rounds()
        scene.restarted()
        await scene.rounds(2)
        assert (scene.box.left, scene.outcomes.verdicts) == (1, [SENT, SENT])

    async def test_one_that_waits_for_its_commit_holds_up_no_other_act(self) -> None:
        scene = Scene([])
        scene.outcomes.commits, scene.engine.poll_seconds = asyncio.Event(), 0.01
        for number in range(ROUND + 1):
            scene.store.intend(effect(number))
        async with asyncio.timeout(5):
            while scene.box.left < ROUND:
                await scene.engine.round()
        await scene.engine.round()
        assert scene.box.left == ROUND  # nor do more wait than are read at once
        scene.outcomes.commits.set()
        await scene.rounds(2)
        assert scene.box.left == len(scene.outcomes.verdicts) == ROUND + 1


class TestStopping:
    async def test_it_marks_what_it_recorded_and_closes_what_its_actors_keep(self) -> None:
        scene = Scene([])
        scene.store.intend(effect())
        await scene.rounds()
        await scene.engine.stop()
        assert scene.store.rows[effect().effect_id].recorded
        assert scene.box.closed

    async def test_run_ends_and_begins_nothing_new(self) -> None:
        scene = Scene([])
        running = asyncio.create_task(scene.engine.run())
        await asyncio.sleep(0.01)
        await scene.engine.stop()
        scene.store.intend(effect())
        await asyncio.wait_for(running, 2)
        assert scene.box.left == 0
