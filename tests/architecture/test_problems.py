"""Has every code that a service can answer an entry, so that its problem's `type` opens a page, and no other?"""

import ast
from collections.abc import Iterator

from runtime.web.codes import codes
from tests.architecture.source import ROOT

RAISING = {"Problem": None, "RepairRefused": 409, "Refusal": 409}
"""What carries a code, and the status where none is given."""
INWARD = {"CATALOGUE_UNKNOWN", "CHARGES_UNKNOWN", "NOT_DUE"}
"""Refusals of a neighbour's event or of a deadline: these park an account, nobody is answered by them."""
PASSED_ON = {
    ("runtime/web/problems.py", "outcome.code"), ("runtime/web/problems.py", "CATCHING_UP.code"),
    ("runtime/web/problems.py", "code"), ("runtime/web/repairs.py", "refused.code"),
    ("runtime/web/application.py", "code"), ("services/provisioning/domain/panel.py", "SERVICE_NOT_ACTIVE"),
}  # fmt: skip
"""Codes that are not written out where they are answered, but somewhere else."""
ELSEWHERE = {
    "NOT_READY": 503, "NOT_ALIVE": 503, "NOT_FOUND": 404, "METHOD_NOT_ALLOWED": 405, "BAD_REQUEST": 400,
    "REQUEST_HEADER_FIELDS_TOO_LARGE": 431, "SERVICE_NOT_ACTIVE": 409,
}  # fmt: skip
"""Those codes: of health, of the framework, of what is no HTTP, and of a product."""


def _answered() -> Iterator[tuple[str, str, int]]:
    """Yield where a code is answered, the code (or the expression that stands for it), and its status."""
    for package in ("runtime", "services", "schemas"):
        for file in sorted((ROOT / package).rglob("*.py")):
            for call in ast.walk(ast.parse(file.read_text())):
                name = getattr(getattr(call, "func", None), "id", None)
                if isinstance(call, ast.Call) and name in RAISING:
                    yield str(file.relative_to(ROOT)), *_code_and_status(name, call.args)


def _code_and_status(name: str, arguments: list[ast.expr]) -> tuple[str, int]:
    constants = [each.value for each in arguments if isinstance(each, ast.Constant)]
    status = next((value for value in constants if isinstance(value, int)), RAISING[name] or 0)
    written = arguments[1 if name == "Problem" else 0]
    if isinstance(written, ast.JoinedStr):
        return "SERVICE_NOT_ACTIVE", status
    return str(written.value) if isinstance(written, ast.Constant) else ast.unparse(written), status


ANSWERED = list(_answered())
WRITTEN_OUT = [(code, status) for where, code, status in ANSWERED if (where, code) not in PASSED_ON]


class TestTheCodes:
    def test_each_that_can_be_answered_has_an_entry_with_its_status(self) -> None:
        missing = [
            (code, status)
            for code, status in [*WRITTEN_OUT, *ELSEWHERE.items()]
            if code not in INWARD and (code not in codes() or status not in codes()[code].status)
        ]
        assert missing == []

    def test_each_entry_can_be_answered_with_its_statuses(self) -> None:
        answered = {*WRITTEN_OUT, *ELSEWHERE.items()}
        listed = {(name, status) for name, code in codes().items() for status in code.status}
        assert listed - answered == set()

    def test_what_is_passed_on_or_kept_inward_is_still_there(self) -> None:
        assert {(where, code) for where, code, _ in ANSWERED} >= PASSED_ON
        assert {code for code, _ in WRITTEN_OUT} >= INWARD

    def test_each_is_explained_in_sentences(self) -> None:
        for name, code in codes().items():
            assert code.means.endswith("."), name
            assert code.do.endswith("."), name
