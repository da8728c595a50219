"""Bring a database to the schema this program works on; refuse one that is newer."""

from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from dispatcher.adapters.store_errors import SchemaTooNew

from .schema import REVISIONS


def migrating_engine(url: str) -> sa.Engine:
    """An engine on which a migration is one transaction: killed half-way, it has not begun.

    Python's driver would commit every CREATE TABLE by itself; so it is put into autocommit mode,
    and BEGIN is said by us.
    """
    engine = sa.create_engine(url, poolclass=sa.NullPool)

    @sa.event.listens_for(engine, "connect")
    def _autocommit(connection: Any, _record: object) -> None:
        connection.isolation_level = None

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def bring_up_to_date(engine: sa.Engine, place: str) -> bool:
    """Run what is missing of the one migration line. True when anything was run.

    Alembic is loaded only when there is something to do: a normal start does not pay for it.
    Raises `SchemaTooNew` before anything is touched.
    """
    with engine.connect() as connection:
        found = _revision(connection)
    if found == REVISIONS[-1]:
        return False
    if found is not None and found not in REVISIONS:
        raise SchemaTooNew(place, found, REVISIONS[-1])
    _upgrade(engine)
    return True


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(engine: sa.Engine) -> None:
    from alembic import command
    from alembic.config import Config

    with as_file(files("dispatcher.adapters.sql") / "migrations") as folder, engine.begin() as conn:
        config = Config()
        config.set_main_option("script_location", str(Path(folder)).replace("%", "%%"))
        config.attributes["connection"] = conn
        command.upgrade(config, "head")
