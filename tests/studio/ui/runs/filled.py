"""Real projects whose runs were filled by journals, as workers write them, through ingest."""

import math
import time

import numpy as np
from sqlalchemy import select, update

from studio.document import Document
from studio.project import schema
from studio.runs import prepare, queue
from studio.runs.controller import RunController
from workers.contract import events, folder
from workers.contract.events import Phase
from workers.contract.journal import JournalWriter
from workers.contract.options import TrainingOptions, with_values
from workers.contract.snapshot import read_snapshot

CAPTIONS = (
    "A motorcycle comes through thick fog towards us",
    "An empty crossing, the signal is green",
    "一个骑自行车的人从右边进入我们的车道，路面湿滑，光线很暗",
    "A dark street with a signal out of order",
    "A person steps off the kerb <b>in front</b> of the <img src=x> car",
    "A parked bus on a square with trees",
)
STEPS = 12


def add_scenes(connection, count=120, images=None):
    labels = dict(
        connection.execute(select(schema.labels.c.name, schema.labels.c.id)).tuples().all()
    )
    source = None
    if images:
        source = connection.execute(
            schema.sources.insert().values(
                name="drawn", root=str(images[0].parent.name), format="folder", imported_at=0.0
            )
        ).inserted_primary_key[0]
    for number in range(count):
        image_id = None
        if images and number < len(images):
            image_id = connection.execute(
                schema.images.insert().values(
                    source_id=source,
                    path=images[number].name,
                    sha256=f"{number:064x}",
                    width=320,
                    height=200,
                )
            ).inserted_primary_key[0]
        key = connection.execute(
            schema.samples.insert().values(
                key=f"s{number}",
                image_id=image_id,
                label_id=labels["dangerous" if number % 3 == 0 else "safe"],
                split="validation" if number % 4 == 0 else "train",
            )
        ).inserted_primary_key[0]
        text = f"{CAPTIONS[number % len(CAPTIONS)]}, scene {number}"
        connection.execute(
            schema.captions.insert().values(
                sample_id=key, text=text, origin="import", written_at=time.time()
            )
        )


def make_document(path, count=120, images=None):
    document = Document.create(path)
    document.edit("Add samples", add_scenes, count, images)
    return document


def make_options(folder_path, **changes):
    model = folder_path / "minilm"
    model.mkdir(exist_ok=True)
    (model / "config.json").write_text("{}")
    (model / "model.safetensors").write_bytes(b"")
    values = {"base_model": str(model), "epochs": 6} | {
        name.replace("__", "."): value for name, value in changes.items()
    }
    return with_values(TrainingOptions(), values)


def add_run(document, options, *, name="", recipe="bert-lora", epochs=None, end="finished", seed=0):
    """A run whose worker said all this and ended; `end` may be running, failed, paused, lost."""
    run_id = prepare.prepare_training(document, options, recipe=recipe, name=name)
    document.record(queue.put, run_id)
    place = run_folder(document, run_id)
    with JournalWriter(place / folder.JOURNAL) as journal:
        speak(journal, place, run_id, options, epochs or options.epochs, end, seed)
    document.record(queue.mark_started, run_id, tables=("runs",))
    controller = RunController(document)
    if end == "running":
        from studio.runs.ingest import ingest

        ingest(document, run_id)
    elif end == "paused":
        from studio.runs.ingest import ingest
        from studio.runs.state import RunState

        ingest(document, run_id)
        document.record(queue.set_state, run_id, RunState.PAUSED, "")
    else:
        controller.wait(run_id, timeout=20)
    controller.close()
    return run_id


def run_folder(document, run_id):
    with_folder = select(schema.runs.c.folder).where(schema.runs.c.id == run_id)
    return document.folder / document.query(lambda connection: connection.scalar(with_folder))


def speak(journal, place, run_id, options, epochs, end, seed):
    random = np.random.default_rng(seed)
    samples = list(read_snapshot(place))
    job = folder.load_job(place)
    train = [one for one in samples if one.split == "train"]
    validation = [one for one in samples if one.split == "validation"]
    steps_per_epoch = STEPS
    journal.append(
        events.Started(pid=1, start_time=0.0, token=job.token, versions={"torch": "2.13.0"})
    )
    journal.append(events.Said(message="Loading MiniLM…"))
    if end == "failed":
        journal.append(
            events.Failed(
                reason=events.Reason.OUT_OF_MEMORY,
                message="Out of GPU memory at step 1: needed about 12.6 GB, 11.2 were free.",
                traceback="Traceback (most recent call last):\n  …\ntorch.OutOfMemoryError",
            )
        )
        return
    journal.append(
        events.Prepared(
            total_steps=steps_per_epoch * options.epochs,
            steps_per_epoch=steps_per_epoch,
            train_count=len(train),
            validation_count=len(validation),
            trainable=75266,
            total=22713986,
        )
    )
    journal.append(events.BaselineMeasured(accuracies=(0.4, 0.55, 0.5), losses=(0.7, 0.7, 0.7)))
    journal.append(
        events.Said(message="11 of 90 captions are longer than 256 tokens and will be cut.")
    )
    for epoch in range(1, epochs + 1):
        for number in range(1, steps_per_epoch + 1):
            say_step(journal, (epoch - 1) * steps_per_epoch + number, steps_per_epoch, random)
        evaluate(journal, epoch, steps_per_epoch, train, validation, job, random)
        save(journal, place, epoch * steps_per_epoch, epoch, best=epoch <= 3)
    step = epochs * steps_per_epoch
    if end == "finished":
        journal.append(events.Finished(step=step))
    elif end == "stopped":
        journal.append(events.Stopped(step=step))
    elif end == "paused":
        journal.append(
            events.Paused(
                step=step,
                reason=events.Reason.DIVERGED,
                micro_batch=3,
                sample_ids=(3, 5, 7),
                message=f"Paused at step {step}: the loss is not a number.",
            )
        )


def say_step(journal, step, steps_per_epoch, random):
    fall = math.exp(-step / (4 * steps_per_epoch))
    journal.append(
        events.Stepped(
            step=step,
            epoch=step / steps_per_epoch,
            metrics={
                "train/loss": 0.1 + 0.6 * fall + float(random.normal(0, 0.05)),
                "learning_rate": 2e-4,
                "gradient_norm": float(random.gamma(2, 0.4)),
                "samples_per_second": 60 + float(random.normal(0, 4)),
                "memory": 9.1e8 + 4e6 * step,
            },
        )
    )


def evaluate(journal, epoch, steps_per_epoch, train, validation, job, random):
    step = epoch * steps_per_epoch
    for phase, split, samples in (
        (Phase.TRAINING, "train", train),
        (Phase.EVALUATION, "validation", validation),
    ):
        shares = [share_of(one, epoch, random) for one in samples]
        at = [job.labels.index(one.label) for one in samples]
        journal.append(
            events.SamplesMeasured(
                phase=phase,
                split=split,
                step=step,
                epoch=epoch,
                sample_ids=tuple(one.id for one in samples),
                losses=tuple(-math.log(share) for share in shares),
                confidences=tuple(shares),
                margins=tuple(math.log(share / (1 - share)) for share in shares),
                probabilities=tuple(
                    tuple(
                        share if place == index else (1 - share) / (len(job.labels) - 1)
                        for place in range(len(job.labels))
                    )
                    for share, index in zip(shares, at, strict=True)
                ),
            )
        )
    count = len(job.labels)
    confusion = np.zeros((count, count), int)
    for share, index in zip(shares, at, strict=True):
        confusion[index, index if share > 0.5 else (index + 1) % count] += 1
    truths = confusion.sum(axis=1)
    correct = int(np.trace(confusion))
    journal.append(
        events.Evaluated(
            step=step,
            epoch=epoch,
            split="validation",
            loss=0.52 + 0.012 * (epoch - 3) ** 2,
            accuracy=correct / len(validation),
            correct=correct,
            count=len(validation),
            majority_label=job.labels[int(truths.argmax())],
            majority_count=int(truths.max()),
            confusion=tuple(tuple(int(n) for n in row) for row in confusion),
            metrics={"f1/macro": 0.5 + 0.04 * epoch, "f1/dangerous": 0.4 + 0.05 * epoch},
        )
    )


def share_of(sample, epoch, random):
    if sample.id % 11 == 0:
        return float(np.clip(random.normal(0.15, 0.06), 0.02, 0.4))
    return float(np.clip(random.normal(0.5 + 0.07 * epoch, 0.14), 0.05, 0.98))


def save(journal, place, step, epoch, *, best):
    checkpoint = folder.checkpoint_folder(place, step)
    checkpoint.mkdir(parents=True, exist_ok=True)
    (checkpoint / "adapter.safetensors").write_bytes(b"weights %d" % step)
    (checkpoint / "state.json").write_text("{}")
    if best:
        folder.write_best(place, step, 0.5)
    journal.append(
        events.CheckpointSaved(
            step=step,
            epoch=epoch,
            folder=f"checkpoints/{checkpoint.name}",
            bytes=310_000,
            best=best,
        )
    )


def set_label(document, sample_id, name):
    """Relabel one sample the short way."""

    def relabel(connection):
        label = select(schema.labels.c.id).where(schema.labels.c.name == name)
        connection.execute(
            update(schema.samples)
            .where(schema.samples.c.id == sample_id)
            .values(label_id=label.scalar_subquery())
        )

    document.edit("Label", relabel)


def move_validation(connection):
    """Train and validation change places, so that nothing is validated twice."""
    samples = schema.samples
    connection.execute(update(samples).where(samples.c.split == "validation").values(split="test"))
    connection.execute(
        update(samples)
        .where(samples.c.split == "train", samples.c.id % 2 == 0)
        .values(split="validation")
    )
