"""Could a decision or a fold come out differently the second time? Not if it reads no clock, no chance and no world."""

import ast
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.architecture.source import domain_modules, modules, tree

IMPURE_CALLS = frozenset(
    {
        "now", "utcnow", "today", "uuid1", "uuid4", "urandom", "monotonic", "perf_counter", "getenv", "token_bytes",
        "token_hex", "token_urlsafe", "randint", "choice", "open", "input", "print", "exec", "eval", "__import__",
    }
)  # fmt: skip
IMPURE_NAMES = frozenset({"environ", "random", "secrets"})


def _found(paths: Iterable[Path], is_wrong: Callable[[ast.AST], bool]) -> list[str]:
    return [f"{path}:{getattr(node, 'lineno', 0)}" for path in paths for node in ast.walk(tree(path)) if is_wrong(node)]


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


class TestWhenADecisionOrAFoldRuns:
    def test_it_calls_nothing_that_answers_differently_each_time(self) -> None:
        def is_wrong(node: ast.AST) -> bool:
            return isinstance(node, ast.Call) and _name(node.func) in IMPURE_CALLS

        assert _found(domain_modules(), is_wrong) == []

    def test_it_names_neither_chance_nor_the_environment(self) -> None:
        def is_wrong(node: ast.AST) -> bool:
            return (isinstance(node, ast.Name) and node.id in IMPURE_NAMES) or _name(node) == "environ"

        assert _found(domain_modules(), is_wrong) == []

    def test_it_waits_for_nothing_and_keeps_nothing_between_two_runs(self) -> None:
        def is_wrong(node: ast.AST) -> bool:
            return isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.Global | ast.Nonlocal)

        assert _found(domain_modules(), is_wrong) == []


class TestWhenMoneyOrTimeIsComputed:
    def test_no_float_is_near(self) -> None:
        def is_wrong(node: ast.AST) -> bool:
            return (isinstance(node, ast.Constant) and isinstance(node.value, float)) or _name(node) in {
                "float",
                "round",
            }

        assert _found([*domain_modules(), *modules("schemas")], is_wrong) == []
