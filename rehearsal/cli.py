"""What does `coterm` offer? The operators' commands, and beside them those that rehearse a storefront.

Exit codes: 0 done and as it should be, 1 something is not (said in one sentence on stderr), 2 wrong usage.
"""

import logging
import sys
from collections.abc import Sequence

import structlog
import typer

from operations.answer import say
from operations.cli import app
from operations.surroundings import Misused
from rehearsal import listen
from rehearsal.play.buyers import Names
from rehearsal.simulate import command as simulate
from runtime.errors import CotermError

__all__ = ["app", "main"]

test_data = typer.Typer(no_args_is_help=True, help="Draw data to test with: right in form, never seen before.")

app.command("listen")(listen.command)
app.command("simulate")(simulate.command)
app.add_typer(test_data, name="test-data")


@test_data.callback()
def _drawn() -> None:
    """Draw data to test with."""


@test_data.command("vat")
def vat() -> None:
    """Print an Italian VAT number whose check digit is right.

    Exit codes: 0 done, 2 wrong usage.
    """
    typer.echo(Names().vat_number())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line: this one, or the process's own."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # standard output is the answer
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # we report a broker that is away, in one sentence
    try:
        app(arguments)
    except CotermError as error:
        say(f"coterm: {error}", err=True)
        raise SystemExit(2 if isinstance(error, Misused) else 1) from None


if __name__ == "__main__":
    main()
