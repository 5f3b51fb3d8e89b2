"""How is a life exported that four services lived in memory? From their topics, as from a broker's."""

from datetime import date
from pathlib import Path
from typing import Any

from operations.export.batch import Batch
from operations.export.folder import Folder
from operations.export.rows import row_of
from operations.report.query import opened
from schemas.topics import ANALYSED
from tests.lives.four_services import FourServices
from tests.unit.operations.export.literals import Record, stretch


def export(services: FourServices, root: Path) -> Path:
    """Export what stands in the topics."""
    with Folder(root).held() as folder:
        batch = Batch(folder)
        for (topic, number), records in services.log.records.items():
            if topic in ANALYSED and records:
                held = [
                    Record(topic, number, each.offset, each.value, each.key, _ms(each.appended_at), each.headers)
                    for each in records
                ]
                batch.begin(topic, number, 0)
                batch.add(row for each in held if (row := row_of(each)) is not None)
                batch.moved(topic, stretch(*held))
        batch.commit(services.clock.now())
    return root


def seen(root: Path, sql: str, as_of: date = date(2026, 1, 15)) -> list[dict[str, Any]]:
    """Ask an export; each row by its columns' names."""
    with opened(root, as_of) as asked:
        found = asked.execute(sql)
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _ms(instant: Any) -> int:
    return int(instant.timestamp() * 1000)
