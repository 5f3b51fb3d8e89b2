"""Which words do the operators' commands share? Declared once, so that each means the same everywhere."""

from pathlib import Path
from typing import Annotated

import typer

from operations.surroundings import SERVICES

ServiceName = Annotated[str, typer.Argument(metavar="SERVICE", help=", ".join(SERVICES))]
Endpoints = Annotated[
    Path | None,
    typer.Option(
        help="The file that describes the system.",
        show_default="COTERM_ENDPOINTS, else .run/endpoints.json",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Write JSON.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it; without, only say what would be done.")]
