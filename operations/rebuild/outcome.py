"""How else can a rebuild end than with a swap?"""

from operations.rebuild.report import Report
from operations.surroundings import OperationFailed


class Cancelled(OperationFailed):
    """An operator cancelled the rebuild."""


class Different(OperationFailed):
    """What was rebuilt is not what is live; the report says in what."""

    def __init__(self, text: str, report: Report) -> None:
        super().__init__(text)
        self.report = report
