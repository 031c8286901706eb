"""Which suggested captions nobody has decided on: what queries, rows and edits all ask."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, not_, or_, select

from studio.project.schema import answers, decisions, runs

_decided = exists().where(
    decisions.c.sample_id == answers.c.sample_id, decisions.c.run_id == answers.c.run_id
)
_is_open = and_(runs.c.kind == "caption", runs.c.trashed_at.is_(None), not_(_decided))


def undecided(*where: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Sample and run of each open suggestion, empty ones too; `where` may ask answers and runs."""
    chosen = select(answers.c.sample_id, answers.c.run_id)
    return chosen.join(runs, runs.c.id == answers.c.run_id).where(_is_open, *where)


def of_run(run_id: int) -> ColumnElement[bool]:
    """That the run wrote it, or that its weights did."""
    return or_(runs.c.id == run_id, runs.c.parent_id == run_id)
