"""How is the demo run? `python -m rehearsal.demo`: start what is missing, play, tell, stop what was started.

Exit codes: 0 all is as the guide says, 1 something is not (the first is named), 2 the stack could not be started.
"""

import argparse
import asyncio
import logging
import sys
import time
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from deploy.local import stack
from deploy.local.layout import INFRASTRUCTURE, ROOT, SERVICES, Layout
from deploy.local.progress import StackFailure
from rehearsal.demo.cases import CASES, Case
from rehearsal.demo.purchases import ORDER_DAY
from rehearsal.demo.story import Story
from rehearsal.demo.telling import Teller, console
from rehearsal.play.clock import ClockDriver, ClockFile
from rehearsal.play.endpoints import read_endpoints
from rehearsal.play.stage import Stage, open_stage

_PLAYED_ON = (*INFRASTRUCTURE, *SERVICES)
"""The screens take no part: a storefront plays."""


def main(arguments: list[str] | None = None) -> int:
    """Run the demo from the command line."""
    parser = argparse.ArgumentParser(prog="python -m rehearsal.demo", description="Play every case of the guide.")
    parser.add_argument("--run-dir", default=str(ROOT / ".run"), help="where the stack keeps its files (default .run)")
    parser.add_argument("--port-offset", type=int, default=0, help="added to every port, for a second stack")
    asked = parser.parse_args(arguments)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        return asyncio.run(_demo(Layout(Path(asked.run_dir).resolve(), asked.port_offset)))
    except StackFailure as failure:
        print(f"coterm: {failure}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("coterm: interrupted", file=sys.stderr)
        return 130


async def _demo(layout: Layout) -> int:
    out = console()
    layout.prepare()
    running = [name for name, how in (await stack.status(layout)).items() if how.startswith("running")]
    missing = [name for name in _PLAYED_ON if name not in running]
    # So that no timer of an earlier demo's customers fires on the way up.
    ClockFile(layout.clock).set(ORDER_DAY)
    try:
        await stack.up(layout, _PLAYED_ON)
        async with open_stage(read_endpoints(layout.run)) as stage:
            return await _play(stage, out)
    finally:
        if missing:
            await stack.down(layout, missing)
        # After the services that are ours: the machine's time would fire a year of timers in the last second.
        ClockFile(layout.clock).remove()


async def _play(stage: Stage, out: Console) -> int:
    started = time.monotonic()
    stories = [Story(case.title, case.rule) for case in CASES]
    teller = Teller(out, len(CASES))
    driver = ClockDriver(stage.clock)
    ended: set[int] = set()
    shown = 0
    progress = Progress(
        SpinnerColumn(),
        TextColumn("playing the cases of the guide"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=out,
        transient=True,
        disable=not out.is_terminal,
    )
    with progress:
        task = progress.add_task("cases", total=len(CASES))

        async def one(index: int, case: Case) -> None:
            nonlocal shown
            await _tell_itself(case, stories[index], stage.timed_by(driver))
            ended.add(index)
            progress.advance(task)
            while shown in ended:
                teller.story(shown + 1, stories[shown])
                shown += 1

        await driver.play([partial(one, index, case) for index, case in enumerate(CASES)])
    teller.summary(stories, time.monotonic() - started)
    teller.screens(stage.endpoints.screens)
    wrong = next(((number, story) for number, story in enumerate(stories, 1) if story.wrong), None)
    if wrong is not None:
        number, story = wrong
        print(f"coterm: case {number}, {story.title}: {story.wrong}", file=sys.stderr)
        return 1
    return 0


async def _tell_itself(case: Case, story: Story, stage: Stage) -> None:
    started = time.monotonic()
    try:
        await case.play(stage, story)
    except Exception as error:
        # Whatever went wrong is shown, and the other cases go on.
        story.wrong = f"{error}" if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
    story.seconds = time.monotonic() - started


if __name__ == "__main__":
    sys.exit(main())
