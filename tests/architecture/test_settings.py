"""Is every setting explained to whoever runs this?"""

import re
from itertools import pairwise

from runtime.environment import PREFIX
from runtime.settings import Settings, variables
from tests.architecture.source import ROOT, modules

EXAMPLE = (ROOT / "deploy/.env.example").read_text().splitlines()

LISTED = [match[1] for line in EXAMPLE if (match := re.match(rf"(?:# )?({PREFIX}[A-Z0-9_]+)=", line))]


def _text_of(*folders: str) -> str:
    return "\n".join((ROOT / path).read_text() for path in modules(*folders))


class TestWhenSomebodyRunsThis:
    def test_every_setting_stands_in_the_example_once(self) -> None:
        assert sorted(set(variables()) - set(LISTED)) == []
        assert len(LISTED) == len(set(LISTED))

    def test_nothing_stands_there_that_nobody_reads(self) -> None:
        by_deploy = set(re.findall(rf"{PREFIX}[A-Z0-9_]+", _text_of("deploy", "operations", "benchmarks")))
        assert sorted(set(LISTED) - set(variables()) - by_deploy) == []

    def test_each_is_explained_above(self) -> None:
        unexplained = [
            line
            for above, line in pairwise(EXAMPLE)
            if re.match(rf"(?:# )?{PREFIX}[A-Z0-9_]+=", line) and not above.startswith("# ")
        ]
        assert unexplained == []

    def test_each_is_described_where_it_is_declared(self) -> None:
        assert [name for name, field in Settings.model_fields.items() if not field.description] == []

    def test_none_is_there_for_nothing(self) -> None:
        code = _text_of("runtime", "services", "operations")
        unread = {name for name in Settings.model_fields if not re.search(rf"(?:settings|self)\.{name}\b", code)}
        assert unread == set()
