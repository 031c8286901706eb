"""Projects of any size for the tests of Samples and Review, written row by row."""

import hashlib
import json

from PIL import Image

from studio.document import Document
from studio.project import schema

WORDS = (
    "A yellow taxi and two buses share a wet road",
    "一排楼房旁的空旷街道，人行道上没有行人，路面干燥",
    "Four people step off the kerb at a crossing",
    "A dark street with distant traffic",
    "A man rides a motorcycle through thick fog",
)
MARKUP = '<img src="file:///etc/passwd"> <table width=1000000> a <b>bold</b> car'


def write_images(folder, count=6):
    """Small pictures in different greys; their names and hashes."""
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for number in range(count):
        path = folder / f"{number}.png"
        Image.new("RGB", (96, 64), (40 * number % 255, 90, 140)).save(path)
        found.append((path.name, hashlib.sha256(path.read_bytes()).hexdigest()))
    return found


def fill(connection, count, images=(), source_format="imagefolder"):
    """Samples 1…count: labels by turns, every third reviewed, one caption each."""
    insert = connection.execute
    insert(
        schema.sources.insert(),
        [
            {
                "id": 1,
                "name": "cam",
                "root": "media",
                "format": source_format,
                "imported_at": 1.0,
            }
        ],
    )
    numbers = range(1, count + 1)
    rows = [
        {
            "id": at + 1,
            "source_id": 1,
            "path": name,
            "sha256": digest,
            "width": 96,
            "height": 64,
        }
        for at, (name, digest) in enumerate(images)
    ]
    if rows:
        insert(schema.images.insert(), rows)
    insert(
        schema.samples.insert(),
        [
            {
                "id": n,
                "key": f"{100000 + n}",
                "image_id": 1 + n % len(images) if images else None,
                "label_id": None if n % 10 == 0 else 1 + n % 2,
                "split": "validation" if n % 10 == 1 else "train",
                "reviewed": int(n % 3 == 0),
            }
            for n in numbers
        ],
    )
    insert(
        schema.captions.insert(),
        [
            {
                "id": n,
                "sample_id": n,
                "position": 0,
                "text": f"{WORDS[n % len(WORDS)]}, {n}." if n != 5 else MARKUP,
                "origin": ("import", "human")[n % 2],
                "written_at": 1.0,
            }
            for n in numbers
        ],
    )


def make_project(path, count, images=(), **named):
    """A new project with that many samples, open for writing."""
    document = Document.create(path)
    if count:
        document.record(fill, count, images, tables=(), **named)
    return document


def judge(connection, sample_ids, run_id=7):
    """A finished train run that thinks all these samples are safe, and suspects the dangerous."""
    connection.execute(
        schema.runs.insert(),
        [
            {
                "id": run_id,
                "kind": "train",
                "name": f"Run {run_id}",
                "folder": f"x.runs/{run_id}",
                "token": f"token-{run_id}",
                "job": "{}",
                "state": "finished",
                "created_at": 1.0,
            }
        ],
    )
    for rank, number in enumerate(sample_ids, start=1):
        sure = 0.05 + 0.9 * (rank / len(sample_ids))
        connection.execute(
            schema.predictions.insert(),
            [
                {
                    "run_id": run_id,
                    "sample_id": number,
                    "split": "train",
                    "step": 40,
                    "label": "safe",
                    "confidence": 1 - sure / 2,
                    "given_confidence": sure / 2,
                    "probabilities": json.dumps({"dangerous": sure / 2, "safe": 1 - sure / 2}),
                }
            ],
        )
        connection.execute(
            schema.suspects.insert(),
            [
                {
                    "run_id": run_id,
                    "sample_id": number,
                    "rank": rank,
                    "score": sure - 1,
                    "confidence": sure / 2,
                    "variability": 0.1,
                    "suggested": "safe",
                    "reason": "never learned",
                    "flagged": 1,
                }
            ],
        )
        epochs = [
            {
                "run_id": run_id,
                "phase": "training",
                "epoch": epoch,
                "sample_id": number,
                "split": "train",
                "step": 10 * epoch,
                "loss": 1.0,
                "confidence": max(0.02, 0.5 - 0.08 * epoch / rank),
                "margin": -0.5,
            }
            for epoch in range(1, 7)
        ]
        connection.execute(schema.measurements.insert(), epochs)
