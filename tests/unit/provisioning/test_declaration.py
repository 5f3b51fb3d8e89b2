import services.provisioning
from schemas.topics import NOTIFICATIONS_EVENTS, ORDERS_EVENTS
from services.provisioning.declaration import SERVICE, declare


class TestTheDeclaration:
    def test_the_four_lines_say_what_it_declares(self) -> None:
        lines = services.provisioning.__doc__ or ""
        assert set(SERVICE.neighbours) == {ORDERS_EVENTS, NOTIFICATIONS_EVENTS}
        assert all(topic in lines for topic in (*SERVICE.neighbours, SERVICE.topic, str(SERVICE.handovers_to)))
        assert all(projection.table in lines for projection in SERVICE.projections)

    def test_every_table_is_made_by_its_file(self) -> None:
        for projection in SERVICE.projections:
            assert f"CREATE TABLE {projection.table}" in projection.ddl
            assert all(f"    {column} " in projection.ddl for column in projection.columns)

    def test_a_replay_prepares_nothing(self) -> None:
        assert all(entry.prepare is None for entry in declare().inputs)
