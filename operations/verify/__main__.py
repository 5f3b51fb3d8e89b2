"""Check the invariants of a running stack: `python -m operations.verify [--run-dir DIR] [--json]`."""

import logging
import sys

import typer

from operations.verify.command import command
from runtime.errors import CotermError


def main() -> None:
    """Run it alone, without the other commands."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        typer.run(command)
    except CotermError as error:
        sys.stderr.write(f"verify: {error}\n")
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
