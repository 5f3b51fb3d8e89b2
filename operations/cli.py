"""What can an operator ask for? One command, `coterm`: each line here is a subcommand with a module of its own.

Exit codes: 0 done and as it should be, 1 something is not (said in one sentence on stderr), 2 wrong usage.
"""

import logging
import sys
from collections.abc import Sequence

import structlog
import typer

from operations import erasure, keys, positions, test_data, topics
from operations.drill import command as drill
from operations.export import command as export
from operations.history import as_of, where_is
from operations.mails import command as mails
from operations.rebuild import command as rebuild
from operations.recover import command as recover
from operations.repairs import parked, quarantine
from operations.report import command as report
from operations.status import command as status
from operations.surroundings import Misused
from operations.verify import command as verify
from rehearsal.simulate import command as simulate
from runtime.errors import CotermError

app = typer.Typer(name="coterm", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(topics.app, name="topics")
app.add_typer(positions.app, name="positions")
app.add_typer(rebuild.app, name="rebuild")
app.command("verify")(verify.command)
app.command("erase")(erasure.command)
app.command("simulate")(simulate.command)
app.add_typer(keys.app, name="keys")
app.add_typer(parked.app, name="parked")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(mails.app, name="mails")
app.command("status")(status.command)
app.command("where-is")(where_is.command)
app.command("as-of")(as_of.command)
app.add_typer(recover.app, name="recover")
app.add_typer(drill.app, name="drill")
app.add_typer(test_data.app, name="test-data")
app.command("export")(export.command)
app.command("report")(report.command)


@app.callback()
def coterm() -> None:
    """Look after coterm's services."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line: this one, or the process's own."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # standard output is the answer
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a broker that is away is told in one sentence, by us
    try:
        app(arguments)
    except CotermError as error:
        sys.stderr.write(f"coterm: {error}\n")
        raise SystemExit(2 if isinstance(error, Misused) else 1) from None


if __name__ == "__main__":
    main()
