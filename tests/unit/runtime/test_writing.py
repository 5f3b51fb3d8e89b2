"""May the writes of a batch travel as one statement?"""

import pytest

from runtime.postgres.rows import ddl_of
from runtime.postgres.writing import together
from runtime.service import Service
from services.billing import declaration as billing
from services.notifications import declaration as notifications
from services.orders import declaration as orders
from services.provisioning import declaration as provisioning


class TestWhenWritesAreJoined:
    def test_the_parameters_of_each_are_numbered_on(self) -> None:
        writes = ("DELETE FROM a WHERE id = $1", "UPDATE b SET x = $2 WHERE y = $1", "INSERT INTO c VALUES ($1, $10)")
        assert together(writes).splitlines() == [
            "WITH write_1 AS (",
            "DELETE FROM a WHERE id = $1",
            "),",
            "write_2 AS (",
            "UPDATE b SET x = $3 WHERE y = $2",
            ")",
            "INSERT INTO c VALUES ($4, $13)",
        ]

    def test_one_alone_stays_as_it_is(self) -> None:
        assert together(("DELETE FROM a WHERE id = $1",)) == "DELETE FROM a WHERE id = $1"


class TestWhatAServiceMayDeclare:
    @pytest.mark.parametrize(
        "service",
        [each.declare() for each in (orders, billing, provisioning, notifications)],
        ids=lambda each: each.name,
    )
    def test_no_table_has_a_second_key_that_one_write_could_free_and_another_take(self, service: Service) -> None:
        assert [ddl for ddl in ddl_of(service) if "UNIQUE" in ddl.upper()] == []
