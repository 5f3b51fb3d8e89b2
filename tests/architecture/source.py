"""Which files is the house made of?"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("schemas", "publishing", "runtime", "services", "operations", "rehearsal", "web", "deploy")
MADE_BY_TOOLS = {"build", "dist", "__pycache__"}
SERVICES = ("orders", "billing", "provisioning", "notifications")


def modules(*folders: str) -> list[Path]:
    """List the Python files of folders, named from the root, without what an installer built there."""
    found = (path.relative_to(ROOT) for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(path for path in found if not MADE_BY_TOOLS & {*path.parts})


def domain_modules(*folders: str) -> list[Path]:
    """List the pure modules: what a decision (`domain`) or a fold (`projections`) is made of."""
    names = set(folders or ("domain", "projections"))
    return [path for path in modules("services") if names & set(path.parts[2:-1])]


@cache
def tree(path: Path) -> ast.Module:
    """Parse a file."""
    return ast.parse((ROOT / path).read_text())


def imported(path: Path) -> Iterator[str]:
    """Name every module that a file imports, wherever it does."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def lines_of_code(path: Path) -> int:
    """Count the lines of a module that are neither blank nor a comment nor a docstring."""
    docstrings: set[int] = set()
    for node in ast.walk(tree(path)):
        for each in getattr(node, "body", ()) if not isinstance(node, ast.Lambda | ast.IfExp) else ():
            if (
                isinstance(each, ast.Expr)
                and isinstance(each.value, ast.Constant)
                and isinstance(each.value.value, str)
            ):
                docstrings |= set(range(each.lineno, (each.end_lineno or each.lineno) + 1))
    lines = enumerate((ROOT / path).read_text().splitlines(), 1)
    return sum(1 for number, line in lines if line.strip() and line.strip()[0] != "#" and number not in docstrings)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Give every function of a file."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
