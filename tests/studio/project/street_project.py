"""The rows of the project that these tests share, and its canonical dump."""

import sqlite3

from studio.project import schema

LABELLED = 40


def fill_project(connection, count=LABELLED):
    """Samples 1…count with images, two captions each, boxes, a view and a recipe."""
    numbers = range(1, count + 1)
    rows = {
        schema.sources: [
            {
                "id": 1,
                "name": "cam-3",
                "root": "media",
                "format": "folders",
                "imported_at": 0.1 + 0.2,
            }
        ],
        schema.images: [
            {"id": n, "source_id": 1, "path": f"cam3/{n}.jpg", "sha256": f"{n:064x}", "width": 640}
            for n in numbers
        ],
        schema.samples: [
            {
                "id": n,
                "key": f"{1000 + n}",
                "image_id": n,
                "label_id": None if n % 7 == 0 else 1 + n % 2,
                "split": ("train", "validation", None)[n % 3],
                "reviewed": n % 2,
                "scene": f"scene {n // 4}" if n % 2 else None,
                "instruction": "Describe it." if n % 3 == 0 else "",
                "answer": f"A car, number {n}." if n % 2 and n % 7 else "",
            }
            for n in numbers
        ],
        schema.captions: [
            {
                "id": 2 * n + position,
                "sample_id": n,
                "position": position,
                "text": (f"A red car waits at crossing {n}.", f"雨天的道路 {n} – <b>wet</b>")[
                    position
                ],
                "origin": ("import", "human")[position],
                "written_at": 1 / 3,
            }
            for n in numbers
            for position in (0, 1)
        ],
        schema.caption_revisions: [
            {
                "caption_id": 2 * n,
                "revision": 0,
                "text": "older",
                "origin": "import",
                "written_at": 1e-320,
            }
            for n in numbers
        ],
        schema.boxes: [
            {
                "sample_id": n,
                "name": "car",
                "x": 0.1 * (n % 7),
                "y": 1 / 3,
                "width": 0.1,
                "height": 0.2,
                "origin": "human",
            }
            for n in numbers
        ],
        schema.views: [{"name": "Fog", "query": "caption:fog", "position": 0}],
        schema.recipes: [
            {"name": "Mine", "based_on": "example", "options": "{}", "changed_at": 5.0}
        ],
    }
    for table, values in rows.items():
        connection.execute(table.insert(), values)


def report_run(connection, run_id=7):
    """A finished run that predicts safe for samples divisible by 5, dangerous for others."""
    connection.execute(
        schema.runs.insert(),
        [
            {
                "id": run_id,
                "kind": "train",
                "name": f"run {run_id}",
                "folder": f"street.runs/{run_id}",
                "token": f"token-{run_id}",
                "job": "{}",
                "state": "finished",
                "created_at": 1.0,
            }
        ],
    )
    connection.execute(
        schema.predictions.insert(),
        [
            {
                "run_id": run_id,
                "sample_id": n,
                "split": "train",
                "step": 3,
                "label": "safe" if n % 5 == 0 else "dangerous",
                "confidence": 0.9,
                "given_confidence": n / LABELLED,
                "probabilities": '{"safe": 0.1, "dangerous": 0.9}',
            }
            for n in range(1, LABELLED + 1)
        ],
    )
    connection.execute(
        schema.suspects.insert(),
        [
            {
                "run_id": run_id,
                "sample_id": n,
                "rank": LABELLED + 1 - n,
                "score": -1.0,
                "confidence": 0.1,
                "variability": 0.2,
                "suggested": "safe",
                "reason": "never learned",
                "flagged": n > LABELLED - 4,
            }
            for n in range(1, LABELLED + 1)
        ],
    )


def suggest(connection):
    """Run 8 trained; 9 and 10 caption with its weights, 11 with a base model alone.

    Run 9 suggests for samples 1 to 6, run 10 for 5 to 8, where 7 is empty; run 11 for 8 alone.
    """
    kinds = {8: ("train", None), 9: ("caption", 8), 10: ("caption", 8), 11: ("caption", None)}
    for number, (kind, parent) in kinds.items():
        connection.execute(
            schema.runs.insert().values(
                id=number,
                kind=kind,
                name="street captions" if number == 8 else f"by {number}",
                parent_id=parent,
                folder=f"runs/{number}",
                token=f"token-{number}",
                job="{}",
                state="finished",
                created_at=1.0,
            )
        )
    texts = {9: range(1, 7), 10: range(5, 9), 11: (8,)}
    rows = [
        {
            "run_id": run,
            "split": "train",
            "step": 4,
            "sample_id": sample,
            "text": "" if (run, sample) == (10, 7) else f"A road, {sample} by {run} – 雨",
            "strict": "",
            "lenient": "",
        }
        for run, numbers in texts.items()
        for sample in numbers
    ]
    connection.execute(schema.answers.insert(), rows)


def dump(document):
    """Every row that an edit can touch, and what the search index finds, exactly."""
    return document.query(_dump)


def _dump(connection):
    tables = {
        table.name: connection.execute(table.select().order_by(table.c.id)).all()
        for table in schema.EDITED_TABLES
    }
    found = connection.exec_driver_sql(
        "SELECT rowid FROM captions_fts WHERE captions_fts MATCH '\"car\"' ORDER BY rowid"
    ).all()
    return tables, found


def check_file(path):
    """A closed project passes SQLite's own checks, those of the search index included."""
    raw = sqlite3.connect(path)
    try:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
        raw.execute("INSERT INTO captions_fts(captions_fts, rank) VALUES ('integrity-check', 1)")
    finally:
        raw.close()
