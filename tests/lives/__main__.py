"""How are a hundred thousand lives compared with the model? `python -m tests.lives LIVES [FROM]`: `make lives`."""

import logging
import sys
import time
from concurrent.futures import ProcessPoolExecutor

import structlog

from tests.lives.blocks import LIVES, compare


def main(count: int, first: int) -> int:
    """Live block after block on every core; return 1 at the first one in which model and services differ."""
    numbers, began = range(first, first + -(-count // LIVES)), time.monotonic()
    with ProcessPoolExecutor(initializer=_be_quiet) as processes:
        for number, story in zip(numbers, processes.map(_story, numbers), strict=True):
            if story:
                print(f"\nblock {number} (again: make lives LIVES={LIVES} FROM={number})\n{story}", flush=True)
                processes.shutdown(cancel_futures=True)
                return 1
            lived, seconds = (number - first + 1) * LIVES, time.monotonic() - began
            rate = lived / seconds
            print(f"\r{lived} of {count} lives, block {number}, {rate:.0f} a second", end="", flush=True)
    print(f": model and services agree (goes on: FROM={numbers.stop})")
    return 0


def _be_quiet() -> None:
    """Leave out what the services log of each request."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def _story(number: int) -> str:
    try:
        compare(number)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


if __name__ == "__main__":
    sys.exit(main(*(int(each) for each in (*sys.argv[1:], "0")[:2])))
