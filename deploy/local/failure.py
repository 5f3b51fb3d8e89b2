"""How does the local stack say what went wrong?"""


class StackFailure(Exception):
    """Something the operator must read; `hint` holds the next command or the last lines of a log."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.hint = hint

    def __str__(self) -> str:
        what = super().__str__()
        return f"{what}\n{self.hint}" if self.hint else what
