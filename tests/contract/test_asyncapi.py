"""Does AsyncAPI's own parser accept what we publish? It is Node's: installed once per lock, under .run/."""

import copy
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from deploy.local.layout import ROOT
from publishing.readers import readers_of
from schemas.topics import INTAKE_BODIES, REJECTIONS, TYPES, WRITTEN_BY
from tests.npm import installed

HERE = Path(__file__).parent / "asyncapi"
LOCK = HERE / "package-lock.json"
DOCUMENT = ROOT / "schemas/asyncapi.yaml"
PUBLISHED: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
TYPE = "orders.OrderHeld.v1"


@pytest.fixture(scope="module")
def parser() -> Path:
    """Install the parser as locked; return where its program lies."""
    folder = installed(HERE)
    shutil.copy(HERE / "check.mjs", folder)
    return folder / "check.mjs"


@pytest.fixture(scope="module")
def verdicts(parser: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Let the parser judge the document, and ones that are spoilt."""
    folder = tmp_path_factory.mktemp("schemas")
    shutil.copytree(ROOT / "schemas/json", folder / "json")
    files = [DOCUMENT]
    for name, spoil in SPOILT.items():
        document = _small()
        spoil(document)
        files.append(folder / f"{name}.yaml")
        files[-1].write_text(yaml.safe_dump(document), encoding="utf-8")
    done = subprocess.run(["node", parser, *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def _small() -> dict[str, Any]:
    """Cut the document down to one topic and type, so that it is judged quickly."""
    document = copy.deepcopy(PUBLISHED)
    channel = document["channels"]["orders.events"]
    channel["messages"] = {TYPE: channel["messages"][TYPE]}
    send = document["operations"]["orders.send.orders.events"]
    send["messages"] = [{"$ref": f"#/channels/orders.events/messages/{TYPE}"}]
    document["channels"] = {"orders.events": channel}
    document["operations"] = {"orders.send.orders.events": send}
    document["components"]["messages"] = {TYPE: document["components"]["messages"][TYPE]}
    return document


def _message(document: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = document["components"]["messages"][TYPE]
    return message


SPOILT: dict[str, Any] = {
    "dangling": lambda document: _message(document)["payload"]["schema"]["properties"]["data"].update(
        {"$ref": "json/orders.OrderForgotten.v1.json"}
    ),
    "keyword": lambda document: document["channels"]["orders.events"].update({"adress": "orders.events"}),
}


@pytest.mark.timeout(300)
class TestAsyncApisOwnParser:
    def test_accepts_the_document_with_nothing_to_say(self, verdicts: list[dict[str, Any]]) -> None:
        assert (verdicts[0]["accepted"], verdicts[0]["said"]) == (True, [])

    def test_finds_every_topic_and_type_in_it(self, verdicts: list[dict[str, Any]]) -> None:
        assert set(verdicts[0]["channels"]) == set(WRITTEN_BY)
        assert set(verdicts[0]["messages"]) == {*TYPES, *REJECTIONS, *INTAKE_BODIES}

    @pytest.mark.parametrize("spoilt", sorted(SPOILT))
    def test_would_see_what_is_wrong(self, spoilt: str, verdicts: list[dict[str, Any]]) -> None:
        verdict = verdicts[1 + list(SPOILT).index(spoilt)]
        assert not verdict["accepted"]
        assert len(verdict["said"]) == 1


class TestTheLock:
    def test_pins_one_parser_and_names_no_registry(self) -> None:
        locked = json.loads(LOCK.read_text(encoding="utf-8"))
        pinned = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]
        assert locked["packages"]["node_modules/@asyncapi/parser"]["version"] == pinned["@asyncapi/parser"]
        packages = [package for place, package in locked["packages"].items() if place]
        assert all(package["integrity"] and "resolved" not in package for package in packages)


class TestEveryMessage:
    """The parser looks into no example whose schema is JSON Schema 2020-12: we do."""

    @pytest.mark.parametrize("event_type", sorted({*TYPES, *REJECTIONS, *INTAKE_BODIES}))
    def test_shows_its_golden_example_which_fits_the_envelope_and_its_schema(self, event_type: str) -> None:
        (example,) = PUBLISHED["components"]["messages"][event_type]["examples"]
        record = json.loads((ROOT / f"schemas/examples/{event_type}.json").read_text(encoding="utf-8"))
        assert example["payload"] == record
        Draft202012Validator(PUBLISHED["components"]["schemas"]["Attributes"]["schema"]).validate(record)
        data = json.loads((ROOT / f"schemas/json/{event_type}.json").read_text(encoding="utf-8"))
        Draft202012Validator(data).validate(record["data"])


class TestWhoReceivesWhat:
    def _messages(self, operation: str) -> set[str]:
        return {each["$ref"].rpartition("/")[2] for each in PUBLISHED["operations"][operation]["messages"]}

    def test_a_service_receives_the_types_that_it_acts_on(self) -> None:
        received = self._messages("orders.receive.billing.events")
        assert received == {name for name in TYPES if name.startswith("billing.") and "orders" in readers_of(name)}

    def test_an_old_version_is_received_and_no_longer_sent(self) -> None:
        assert "billing.PricingRefused.v1" in self._messages("orders.receive.billing.events")
        assert "billing.PricingRefused.v1" not in self._messages("billing.send.billing.events")
        assert "billing.PricingRefused.v2" in self._messages("billing.send.billing.events")
