"""What can an operator ask for? Each line here is a subcommand of `coterm` with a module of its own."""

import typer

from operations import erasure, keys, positions, topics
from operations.decisions import chargebacks, orders, payments, refunds, services
from operations.drill import command as drill
from operations.export import command as export
from operations.history import as_of, where_is
from operations.mails import command as mails
from operations.rebuild import command as rebuild
from operations.recover import command as recover
from operations.repairs import parked, quarantine
from operations.report import command as report
from operations.status import command as status
from operations.subject import command as subject
from operations.verify import command as verify
from operations.webhooks import command as webhooks

app = typer.Typer(name="coterm", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(topics.app, name="topics")
app.add_typer(positions.app, name="positions")
app.add_typer(rebuild.app, name="rebuild")
app.command("verify")(verify.command)
app.add_typer(orders.app, name="orders")
payments.app.command("chargeback")(chargebacks.chargeback)
payments.app.command("won")(chargebacks.won)
app.add_typer(payments.app, name="payments")
app.add_typer(refunds.app, name="refunds")
app.add_typer(services.app, name="services")
app.add_typer(services.credentials, name="credentials")
app.command("contact")(services.contact)
app.command("erase")(erasure.command)
app.command("subject")(subject.command)
app.add_typer(keys.app, name="keys")
app.add_typer(parked.app, name="parked")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(mails.app, name="mails")
app.add_typer(webhooks.app, name="webhooks")
app.command("status")(status.command)
app.command("where-is")(where_is.command)
app.command("as-of")(as_of.command)
app.add_typer(recover.app, name="recover")
app.add_typer(drill.app, name="drill")
app.command("export")(export.command)
app.command("report")(report.command)


@app.callback()
def coterm() -> None:
    """Look after coterm's services."""
