"""Finds what is wrong inside a project, in pairs of (find, repair); a repair is an edit."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DatabaseError

from studio.errors import StudioError
from studio.project import kept_files
from studio.project.schema import (
    captions,
    images,
    neighbours,
    predictions,
    runs,
    samples,
    sources,
    suspects,
)
from studio.project.store import project_folder


@dataclass(frozen=True)
class CheckProblem:
    """Something wrong, how often, and whether `repair` can mend it."""

    name: str
    message: str
    count: int
    repairable: bool


@dataclass(frozen=True)
class Check:
    """`find` counts what is wrong; `repair` mends it; `message` has a place for the count."""

    name: str
    message: str
    single: str  # the message when it is one
    find: Callable[[Connection], int]
    repair: Callable[[Connection], int] | None = None


class OpenProject(Protocol):
    """What checking needs of a document."""

    @property
    def writable(self) -> bool: ...

    def query(self, function: Callable[..., Any], /) -> Any: ...

    def record(self, function: Callable[..., Any], /) -> Any: ...


def check_project(document: OpenProject) -> list[CheckProblem]:
    """Everything that is wrong; an empty list is good news."""
    found = list(document.query(find_problems))
    if document.writable:  # SQLite checks the search index by a statement that writes
        found += [_problem(SEARCH_INDEX, count) for count in [document.record(SEARCH_INDEX.find)]]
    return [problem for problem in found if problem.count]


def find_problems(connection: Connection) -> list[CheckProblem]:
    """What the checks that only read have found."""
    return [_problem(check, check.find(connection)) for check in CHECKS]


def repair(connection: Connection, name: str) -> int:
    """Mend one kind of problem, by `Document.edit`; the number of things mended."""
    for check in (*CHECKS, SEARCH_INDEX):
        if check.name == name and check.repair is not None:
            return check.repair(connection)
    raise StudioError(f"There is no repair for “{name}”.")


def _problem(check: Check, count: int) -> CheckProblem:
    message = check.single if count == 1 else check.message.format(count=f"{count:,}")
    return CheckProblem(check.name, message, count, check.repair is not None)


def _count(connection: Connection, *where: Any, table: Any) -> int:
    return int(connection.scalar(select(func.count()).select_from(table).where(*where)) or 0)


def _find_misplaced(connection: Connection) -> int:
    return len(_misplaced(connection))


def _misplaced(connection: Connection) -> list[tuple[int, int]]:
    """Captions that are not where their order says, with their right positions."""
    columns = captions.c
    place = func.row_number().over(
        partition_by=columns.sample_id, order_by=(columns.position, columns.id)
    )
    numbered = select(columns.id, columns.position, (place - 1).label("place")).subquery()
    query = select(numbered.c.id, numbered.c.place).where(numbered.c.position != numbered.c.place)
    return [(row[0], row[1]) for row in connection.execute(query)]


def _renumber(connection: Connection) -> int:
    wrong = _misplaced(connection)
    for caption_id, place in wrong:
        here = captions.c.id == caption_id
        connection.execute(update(captions).where(here).values(position=place))
    return len(wrong)


def _find_without_caption(connection: Connection) -> int:
    written = exists().where(captions.c.sample_id == samples.c.id, captions.c.text != "")
    return _count(connection, ~written, samples.c.image_id.is_(None), table=samples)


def _find_missing_images(connection: Connection) -> int:
    folder = project_folder(connection)
    query = select(sources.c.root, images.c.path).join(sources, sources.c.id == images.c.source_id)
    return sum(not Path(folder, root, path).is_file() for root, path in connection.execute(query))


def _find_missing_run_folders(connection: Connection) -> int:
    folder = project_folder(connection)
    query = select(runs.c.folder).where(runs.c.trashed_at.is_(None))
    return sum(not Path(folder, each).is_dir() for each in connection.scalars(query))


def _find_left_over(connection: Connection) -> int:
    return sum(_count(connection, _gone(table), table=table) for table in OF_SAMPLES)


def _remove_left_over(connection: Connection) -> int:
    statements = [delete(table).where(_gone(table)) for table in OF_SAMPLES]
    return sum(connection.execute(statement).rowcount for statement in statements)


def _gone(table: Any) -> Any:
    return ~exists().where(samples.c.id == table.c.sample_id)


def _find_dangling(connection: Connection) -> int:
    return len(connection.exec_driver_sql("PRAGMA foreign_key_check").all())


def _find_stale_index(connection: Connection) -> int:
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(
                "INSERT INTO captions_fts(captions_fts, rank) VALUES ('integrity-check', 1)"
            )
    except DatabaseError:
        return 1
    return 0


def _rebuild_index(connection: Connection) -> int:
    connection.exec_driver_sql("INSERT INTO captions_fts(captions_fts) VALUES ('rebuild')")
    return 1


OF_SAMPLES = (predictions, suspects, neighbours)
CHECKS = (
    Check(
        "caption order",
        "{count} captions are out of order, so some samples have none to train on.",
        "1 caption is out of order, so its sample has none to train on.",
        _find_misplaced,
        _renumber,
    ),
    Check(
        "no caption",
        "{count} samples have neither a caption nor an image.",
        "1 sample has neither a caption nor an image.",
        _find_without_caption,
    ),
    Check(
        "missing images",
        "{count} images are not where they were. Find their folder on the Data page.",
        "1 image is not where it was. Find its folder on the Data page.",
        _find_missing_images,
    ),
    Check(
        "missing runs",
        "{count} runs have lost their folder: their curves stay, they cannot be resumed.",
        "1 run has lost its folder: its curves stay, it cannot be resumed.",
        _find_missing_run_folders,
    ),
    Check(
        "damaged files",
        "{count} stored files are damaged, but their runs' folders still have them whole.",
        "1 stored file is damaged, but its run's folder still has it whole.",
        kept_files.find_remade,
        kept_files.read_again,
    ),
    Check(
        "changed files",
        "{count} stored files are damaged: weights, maps or journals kept here are not used.",
        "1 stored file is damaged: weights, a map or a journal kept here is not used.",
        kept_files.find_lost,
    ),
    Check(
        "left-over results",
        "{count} predictions belong to samples that were deleted.",
        "1 prediction belongs to a sample that was deleted.",
        _find_left_over,
        _remove_left_over,
    ),
    Check(
        "dangling rows",
        "{count} rows point at rows that are not there.",
        "1 row points at a row that is not there.",
        _find_dangling,
    ),
)
SEARCH_INDEX = Check(
    "search index",
    "The search index does not match the captions.",
    "The search index does not match the captions.",
    _find_stale_index,
    _rebuild_index,
)
