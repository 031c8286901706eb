"""A run folder as training leaves it, with known weights, so that nothing has to be trained."""

import hashlib
import subprocess
import sys
import uuid
from pathlib import Path

from tests.workers.moved_weights import save_moved
from workers.contract import catalogue, folder
from workers.contract.job import TrainingJob
from workers.contract.journal import read_journal
from workers.contract.options import with_values
from workers.contract.recipes import find_recipe
from workers.contract.snapshot import SnapshotSample, write_snapshot
from workers.models import loading

ROOT = Path(__file__).resolve().parents[3]
LABELS = ("dangerous", "safe")
TEXTS = (
    "A cyclist crosses right in front of us.",
    "Cars wait at a red light, far away, in the rain.",
    "一名行人在雨中横穿马路。",
    "An empty road <b>at night</b> & fog.",
)


def make_run(place: Path, changes: dict | None = None) -> Path:
    """A finished run at step 4, its trained weights moved by a seeded noise."""
    options = with_values(find_recipe("example").training_options(), changes or {})
    place.mkdir(parents=True)
    job = TrainingJob(
        token=uuid.uuid4().hex,
        base_model=catalogue.refer_to(options.base_model),
        options=options,
        labels=LABELS,
        snapshot_sha256=write_snapshot(place, samples()),
    )
    folder.write_job(place, job)
    model, _ = loading.load_classifier(job.base_model, LABELS, options)
    save_moved(place, model, options, 0.02)
    return place


def samples() -> list[SnapshotSample]:
    return [
        SnapshotSample(id=10 + index, key=f"s{index}", text=text, label=LABELS[index % 2])
        for index, text in enumerate(TEXTS)
    ]


def make_job(place: Path, kind: type, parent: Path, **values):
    place.mkdir(parents=True)
    digest = write_snapshot(place, samples())
    job = kind(token=uuid.uuid4().hex, parent=str(parent), snapshot_sha256=digest, **values)
    folder.write_job(place, job)
    return job


def start_worker(verb: str, place: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", f"workers.{verb}", str(place)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=(place / folder.LOG).open("wb"),
    )


def run_worker(verb: str, place: Path) -> tuple[int, list]:
    code = start_worker(verb, place).wait(300)
    reading = read_journal(place / folder.JOURNAL)
    assert reading.damaged == 0
    return code, reading.events


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
