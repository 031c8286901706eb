"""Projects whose runs learn to answer in words, filled as workers of language models fill them."""

import hashlib
import json

from sqlalchemy import update

from studio.document import Document
from studio.project import schema
from studio.runs import prepare, queue
from studio.runs.controller import RunController
from tests.studio.ui.runs import filled
from workers.contract import events, folder
from workers.contract.journal import JournalWriter
from workers.contract.snapshot import read_snapshot

STEPS = 8


def give_answers(connection):
    samples = schema.samples
    connection.execute(update(samples).values(answer="夜黑风高，行人无踪", instruction=""))


def make_document(path, count=120):
    document = filled.make_document(path, count)
    document.edit("Answer", give_answers)
    return document


def make_options(place, **changes):
    return filled.make_options(
        place,
        **({"task": "answer", "prompt__answer": "text", "epochs": 3} | changes),
    )


def perplexity(split, ids, step, epoch, level):
    values = tuple(level * (1 + (one % 13) / 13) for one in ids)
    ordered = sorted(values)
    return events.PerplexityMeasured(
        step=step,
        epoch=epoch,
        split=split,
        mean=sum(values) / len(values),
        median=ordered[len(values) // 2],
        percentile_95=ordered[int(len(values) * 0.95)],
        pooled=level * 1.4,
        count=len(values),
        tokens=9 * len(values),
        sample_ids=tuple(ids),
        perplexities=values,
    )


def write_manifest(checkpoint):
    contents = {path.name: path.read_bytes() for path in checkpoint.iterdir()}
    files = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        for name, content in contents.items()
    }
    (checkpoint / "manifest.json").write_text(json.dumps({"format": 1, "files": files}))


def add_run(document, options, *, name="", start_from=None, rising=False):
    """A finished run that measured perplexity after each epoch."""
    run_id = prepare.prepare_training(
        document, options, recipe="qlora-instruct", name=name, start_from=start_from
    )
    document.record(queue.put, run_id)
    place = filled.run_folder(document, run_id)
    job = folder.load_job(place)
    split = [one for one in read_snapshot(place) if one.split == "validation"]
    train = [one for one in read_snapshot(place) if one.split == "train"]
    with JournalWriter(place / folder.JOURNAL) as journal:
        journal.append(events.Started(pid=1, start_time=0.0, token=job.token))
        total = STEPS * options.epochs
        journal.append(
            events.Prepared(
                total_steps=total,
                steps_per_epoch=STEPS,
                train_count=len(train),
                validation_count=len(split),
                trainable=460_800,
                total=134_975_808,
            )
        )
        for step in range(1, total + 1):
            metrics = {"train/loss": 3 / (1 + step / STEPS), "gradient_norm": 1.0, "memory": 2e9}
            journal.append(events.Stepped(step=step, epoch=step / STEPS, metrics=metrics))
            if step % STEPS == 0:
                epoch = step // STEPS
                level = 4.0 + 0.5 * epoch if rising else 6.0 / epoch
                ids = [one.id for one in split]
                journal.append(perplexity("validation", ids, step, epoch, level))
                filled.save(journal, place, step, epoch, best=epoch == 1 or not rising)
                write_manifest(folder.checkpoint_folder(place, step))
        journal.append(events.Finished(step=total))
    _finish(document, run_id)
    return run_id


def add_evaluation(document, run_id, *, level, **asked):
    """An arm of a run, measured with this perplexity."""
    key = prepare.prepare_evaluation(document, run_id, "best", ("validation",), **asked)
    document.record(queue.put, key)
    place = filled.run_folder(document, key)
    job = folder.load_job(place)
    ids = [one.id for one in read_snapshot(place) if one.split == "validation"]
    with JournalWriter(place / folder.JOURNAL) as journal:
        journal.append(events.Started(pid=1, start_time=0.0, token=job.token))
        journal.append(perplexity("validation", ids, 24, 3, level))
        journal.append(events.Finished(step=24))
    _finish(document, key)
    return key


def _finish(document: Document, run_id: int) -> None:
    document.record(queue.mark_started, run_id, tables=("runs",))
    controller = RunController(document)
    controller.wait(run_id, timeout=20)
    controller.close()
