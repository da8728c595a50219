"""The migrations lead to the schema the program works on, and no further."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

import dispatcher.adapters.sql.migrate as migrate
from dispatcher.adapters.sql.schema import REVISIONS, metadata


def migrated(path: Path) -> sa.Engine:
    engine = migrate.migrating_engine(f"sqlite:///{path}")
    assert migrate.bring_up_to_date(engine, str(path))
    return engine


def test_the_migrations_make_exactly_the_schema(tmp_path: Path) -> None:
    with migrated(tmp_path / "a.db").connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    plain = sa.create_engine(f"sqlite:///{tmp_path / 'b.db'}", poolclass=sa.NullPool)
    metadata.create_all(plain)
    assert declared(tmp_path / "a.db") == declared(tmp_path / "b.db")


def declared(path: Path) -> set[str]:
    """Every table and index as SQLite keeps it, spacing apart."""
    engine = sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool)
    query = "SELECT sql FROM sqlite_master WHERE sql NOT NULL AND tbl_name <> 'alembic_version'"
    with engine.connect() as connection:
        found = connection.execute(sa.text(query)).scalars()
        return {" ".join(text.split()) for text in found}


def test_there_is_one_line_and_the_program_knows_all_of_it() -> None:
    config = Config()
    folder = Path(migrate.__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder))
    script = ScriptDirectory.from_config(config)
    line = [revision.revision for revision in script.walk_revisions()]
    assert tuple(reversed(line)) == REVISIONS
    assert script.get_heads() == [REVISIONS[-1]]


def test_a_database_that_is_up_to_date_is_left_alone(tmp_path: Path) -> None:
    engine = migrated(tmp_path / "a.db")
    before = (tmp_path / "a.db").read_bytes()
    assert not migrate.bring_up_to_date(engine, "a.db")
    assert (tmp_path / "a.db").read_bytes() == before


def test_the_same_schema_is_valid_for_postgresql() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    for table in metadata.sorted_tables:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=dialect))
        for index in table.indexes:
            assert "CREATE INDEX" in str(CreateIndex(index).compile(dialect=dialect))


def test_a_migration_is_one_transaction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut short anywhere, nothing of it is there, and it can be run again."""
    path = tmp_path / "a.db"
    engine = migrate.migrating_engine(f"sqlite:///{path}")
    with monkeypatch.context() as patch:
        patch.setattr("alembic.op.create_index", lambda *args, **kwargs: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            migrate.bring_up_to_date(engine, "a.db")
    assert declared(path) == set()
    assert migrate.bring_up_to_date(engine, "a.db")
