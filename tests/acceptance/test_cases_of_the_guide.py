"""Does every case that the demo tells go as the guide says? Each alone, on the acceptance tests' clock."""

import pytest

from rehearsal.demo.cases import CASES, Case
from rehearsal.demo.story import Story
from rehearsal.play.stage import Stage


class TestWhatTheDemoTells:
    @pytest.mark.parametrize("case", [pytest.param(case, id=case.title) for case in CASES])
    async def test_goes_as_the_guide_says(self, stage: Stage, case: Case) -> None:
        story = Story(case.title, case.rule)
        await case.play(stage, story)
        assert story.orders or story.lines or story.mails
