"""Do the four lines that introduce a service say what it declares?"""

import ast
import importlib
import inspect
import re

import pytest

from runtime.service import Service
from schemas.topics import TOPIC_OF, WRITTEN_BY
from tests.architecture.source import SERVICES, modules, tree

TOPICS = set(WRITTEN_BY)


def _declared(name: str) -> Service:
    service: Service = importlib.import_module(f"services.{name}.declaration").declare()
    return service


def _line(name: str, word: str) -> str:
    introduction = importlib.import_module(f"services.{name}").__doc__ or ""
    found = re.search(rf"^{word}: (.+(?:\n[ \t]+.+)*)", introduction, re.MULTILINE)
    assert found, f"services/{name}/__init__.py says nothing of what it {word}"
    return found[1]


def _topics(text: str) -> set[str]:
    return {topic for topic in TOPICS if topic in text}


@pytest.mark.parametrize("name", SERVICES)
class TestWhenAServiceIntroducesItself:
    def test_it_consumes_the_topics_it_names(self, name: str) -> None:
        service = _declared(name)
        assert _topics(_line(name, "consumes")) == set(service.topics)

    def test_it_emits_to_the_topics_it_names(self, name: str) -> None:
        assert _topics(_line(name, "emits")) == set(_declared(name).written)

    def test_it_keeps_the_tables_it_names(self, name: str) -> None:
        words = set(re.findall(r"\w+", _line(name, "keeps")))
        assert {projection.table for projection in _declared(name).projections} - words == set()

    def test_it_says_what_it_never_does(self, name: str) -> None:
        assert len(_line(name, "never")) > 10


@pytest.mark.parametrize("name", SERVICES)
class TestWhenAServiceIsDeclared:
    def test_its_name_is_its_folders_and_its_topic_is_its_own(self, name: str) -> None:
        service = _declared(name)
        assert service.name == name
        assert service.topic == f"{name}.events"

    def test_each_type_is_handled_once(self, name: str) -> None:
        types = [entry.type for entry in _declared(name).inputs]
        assert len(types) == len(set(types))

    def test_what_it_consumes_travels_on_a_topic_it_reads(self, name: str) -> None:
        service = _declared(name)
        read = {TOPIC_OF[kind] for kind in service.consumed if kind in TOPIC_OF}
        assert read == set(service.topics) - {service.intake, service.topic}

    def test_it_takes_each_command_that_stands_in_its_commands(self, name: str) -> None:
        found = importlib.import_module(f"services.{name}.domain.commands")
        classes = [kind for _, kind in inspect.getmembers(found, inspect.isclass) if kind.__module__ == found.__name__]
        types = [kind.TYPE for kind in classes if hasattr(kind, "TYPE")]
        assert len(types) == len(set(types)) > 0
        assert set(types) <= _declared(name).consumed

    def test_every_table_has_the_customer_among_its_columns(self, name: str) -> None:
        tables = _declared(name).projections
        assert [projection.table for projection in tables if "customer_id" not in projection.columns] == []
        assert len({projection.table for projection in tables}) == len(tables)


def test_no_service_makes_an_input_by_hand() -> None:
    calls = [
        (path, node) for path in modules("services") for node in ast.walk(tree(path)) if isinstance(node, ast.Call)
    ]
    by_hand = [str(path) for path, call in calls if isinstance(call.func, ast.Name) and call.func.id == "Incoming"]
    assert by_hand == []
