"""Which data may a storefront test with? `coterm test-data`: right in form, never seen before."""

import typer

from rehearsal.play.buyers import Names

app = typer.Typer(no_args_is_help=True, help="Draw data to test with: right in form, never seen before.")


@app.callback()
def test_data() -> None:
    """Draw data to test with."""


@app.command("vat")
def vat() -> None:
    """Print an Italian VAT number whose check digit is right.

    Exit codes: 0 done, 2 wrong usage.
    """
    typer.echo(Names().vat_number())
