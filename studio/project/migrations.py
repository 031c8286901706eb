"""Brings projects of older versions to the present one: a copy is put aside first, then one rename.

A migration is a function of alembic's Operations, found under the version that it starts from. It
works on a copy. The rows then move into a new file that the present schema made, so a migrated
project is the same, byte for byte of its schema, as a new one; the old file is replaced by it.
"""

import os
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import create_engine
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from studio.errors import StudioError
from studio.project.creation import create_schema
from studio.project.safety import limit
from studio.project.schema import VERSION, metadata

Migration = Callable[[Operations], None]


def add_answers(operations: Operations) -> None:
    """Instruction and answer of a sample, what language models were measured by and wrote."""
    for name in ("instruction", "answer"):
        operations.execute(f"ALTER TABLE samples ADD COLUMN {name} TEXT NOT NULL DEFAULT ''")
    operations.execute(  # a sample that was deleted comes back with all its columns
        "UPDATE history_changes SET old = json_set(old, '$.instruction', '', '$.answer', '') "
        "WHERE table_name = 'samples' AND operation = 'D' AND json_valid(old)"
    )
    operations.execute(
        "CREATE TABLE perplexities (run_id INTEGER, split TEXT, step INTEGER, epoch INTEGER, "
        "mean REAL, median REAL, percentile_95 REAL, pooled REAL, count INTEGER, tokens INTEGER, "
        "worst TEXT)"
    )
    operations.execute(
        "CREATE TABLE answers (run_id INTEGER, split TEXT, step INTEGER, sample_id INTEGER, "
        "text TEXT, strict TEXT, lenient TEXT)"
    )


def add_caption_scores(operations: Operations) -> None:
    """What a written caption scored beside its references."""
    operations.execute("ALTER TABLE answers ADD COLUMN scores TEXT NOT NULL DEFAULT ''")


def add_decisions(operations: Operations) -> None:
    """What people decided on captions that runs suggested."""
    operations.execute(
        "CREATE TABLE decisions (id INTEGER PRIMARY KEY, sample_id INTEGER, run_id INTEGER, "
        "verdict TEXT, decided_at REAL)"
    )


def add_map_checks(operations: Operations) -> None:
    """How likely words stayed while what a map read was hidden."""
    operations.execute(
        "CREATE TABLE map_checks (run_id INTEGER, sample_id INTEGER, map_sha256 TEXT, look TEXT, "
        "words TEXT, checked_at REAL)"
    )


MIGRATIONS: Mapping[int, Migration] = {
    1: add_answers,
    2: add_caption_scores,
    3: add_decisions,
    4: add_map_checks,
}


def migrate(
    path: Path, backups: Path, version: int, migrations: Mapping[int, Migration] = MIGRATIONS
) -> Path:
    """Replace a project of an older version by its migrated self; where the old one is kept.

    The caller holds the writer's lock, and no connection to the file is open.
    """
    missing = [number for number in range(version, VERSION) if number not in migrations]
    if missing:
        raise StudioError(
            f"{path.name} has format {version}, which this version of Traffic Studio cannot read.",
            "It was not changed.",
        )
    backups.mkdir(exist_ok=True)
    kept = backups / f"{path.stem}-format-{version}.studio"
    old = path.with_name(f".{path.name}.{os.getpid()}.old")
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        _copy(path, kept)
        _copy(path, old)
        _change_schema(old, [migrations[number] for number in range(version, VERSION)])
        _move_rows(old, new)
        new.replace(path)
    except (OSError, sqlite3.Error, DBAPIError) as error:
        raise StudioError(f"{path.name} could not be brought up to date: {error}.") from error
    finally:
        old.unlink(missing_ok=True)
        new.unlink(missing_ok=True)
    return kept


def _copy(path: Path, copy: Path) -> None:
    copy.unlink(missing_ok=True)
    raw = sqlite3.connect(path)
    try:
        limit(raw)
        raw.execute("VACUUM INTO ?", (str(copy),))
    finally:
        raw.close()
    _sync(copy)


def _change_schema(file: Path, migrations: list[Migration]) -> None:
    engine = create_engine(f"sqlite:///{file}", poolclass=NullPool)
    with engine.begin() as connection:
        operations = Operations(MigrationContext.configure(connection))
        for migration in migrations:
            migration(operations)
    engine.dispose()


def _move_rows(old: Path, new: Path) -> None:
    new.unlink(missing_ok=True)
    engine = create_engine(f"sqlite:///{new}", poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA synchronous = FULL")
        create_schema(connection)
        connection.commit()
        connection.exec_driver_sql("ATTACH DATABASE ? AS older", (str(old),))
        _copy_tables(connection)
        connection.commit()
        said = connection.exec_driver_sql("PRAGMA main.quick_check(1)").scalar_one()
        broken = connection.exec_driver_sql("PRAGMA main.foreign_key_check").first()
    engine.dispose()
    if said != "ok" or broken is not None:
        raise StudioError("The migrated project did not pass its check.", "Nothing was changed.")
    _sync(new)


def _copy_tables(connection: Connection) -> None:
    for table in metadata.sorted_tables:
        names = ", ".join(f'"{column.name}"' for column in table.c)
        olds = ", ".join(f'o."{column.name}"' for column in table.c)  # unqualified: maybe a text
        copied = f"INSERT INTO main.{table.name} ({names}) SELECT {olds} FROM older.{table.name} o"  # noqa: S608 - names of our own metadata
        connection.exec_driver_sql(copied)
    connection.exec_driver_sql("INSERT INTO captions_fts(captions_fts) VALUES ('rebuild')")


def _sync(file: Path) -> None:
    descriptor = os.open(file, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
