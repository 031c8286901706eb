"""The whole job on the example: train, find the wrong labels, fix, retrain, export, caption."""

import os
import subprocess
import sys
import time
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from studio.commands.demo_captions import caption_job
from studio.commands.following import follow, must_have_finished, say_verdict
from studio.commands.output import Output
from studio.commands.training import controller_of, write_maps
from studio.document import SUFFIX, Document
from studio.project import edits, schema
from studio.runs import base_models, example
from studio.runs.comparison import Comparison, compare
from studio.runs.controller import RunController
from studio.runs.run_record import RunRecord
from studio.runs.verdict import Verdict, describe
from workers.contract.recipes import find_recipe

RECIPE = "example"
REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAM = REPOSITORY / "main.py"
PROJECTS = REPOSITORY / "projects"


@dataclass(frozen=True)
class Found:
    """What a run doubts, by key, beside the labels that are wrong on purpose."""

    flagged: frozenset[str]
    disagreed: frozenset[str]
    planted: dict[str, str]
    planted_train: frozenset[str]

    @property
    def caught(self) -> set[str]:
        """The wrong labels among the suspects of the train split."""
        return set(self.flagged & self.planted.keys())

    @property
    def caught_validation(self) -> set[str]:
        """The wrong labels among the validation samples that the run answers differently."""
        return set(self.disagreed & self.planted.keys())


def demo(arguments: Namespace, out: Output) -> int:
    """Do the main job from an empty folder to an exported model, and say what came out."""
    began = time.monotonic()
    base_models.get_model("minilm", progress=out.bar)
    path = _free_path(arguments.folder or PROJECTS)
    document = example.create_example(path, progress=out.bar)
    controller = controller_of(document, out)
    try:
        result = _whole_job(document, controller, out)
    finally:
        controller.close()
        document.close()
    seconds = time.monotonic() - began
    out.line(f"\nThe whole job took {seconds:.0f} s. Open it with: python main.py {path}")
    out.result({"project": str(path), "seconds": seconds, **result})
    if arguments.window and has_screen():
        subprocess.Popen([sys.executable, str(PROGRAM), str(path)], start_new_session=True)
    return 0


def has_screen() -> bool:
    """Whether a window could be seen here."""
    on_desktop = sys.platform in ("win32", "darwin")
    return on_desktop or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _whole_job(document: Document, controller: RunController, out: Output) -> dict[str, Any]:
    say_what_it_is(document, out)
    out.line("\n1  Train the recipe “example”")
    first = _train(controller, "as labelled", out)
    before = describe(document, first.id)
    say_verdict(document, first.id, out)
    _evaluate(controller, first.id, out)
    out.line("\n2  Find the wrong labels, and correct them")
    found = document.query(_find_doubted, first.id, example.planted_errors(document))
    _say_found(found, out)
    _correct(document, found)
    out.line("\n3  Retrain")
    second = _train(controller, "labels fixed", out)
    comparison = compare(document, first.id, second.id)
    say_verdict(document, second.id, out)
    _say_comparison(comparison, out)
    out.line("\n4  See where it looked, and take it away")
    maps = _attend(controller, second.id, out)
    exported = _export(controller, second.id, out)
    accuracy = comparison.intervals[0]
    return {
        "runs": [first.id, second.id],
        "validation": [_figures(before), _figures(comparison.second)],
        "suspects": {
            "flagged": len(found.flagged),
            "planted": len(found.planted_train),
            "caught": len(found.caught),
            "corrected": len(found.caught | found.caught_validation),
        },
        "gain": {"accuracy": accuracy.difference, "low": accuracy.low, "high": accuracy.high},
        "maps": maps,
        "export": exported,
        "captions": caption_job(controller, out),
    }


def say_what_it_is(document: Document, out: Output) -> None:
    """That it is drawn, and that some labels are wrong on purpose."""
    total = document.query(_count_samples)
    wrong = len(example.planted_errors(document))
    out.line(
        f"Made {document.path}: {total} drawn scenes; the labels of {wrong} of them are wrong "
        "on purpose."
    )


def _train(controller: RunController, name: str, out: Output) -> RunRecord:
    recipe = find_recipe(RECIPE)
    assert recipe is not None
    run_id = controller.train(recipe.training_options(), recipe=RECIPE, name=name)
    record = follow(controller, run_id, out)
    must_have_finished(controller.document, record)
    return record


def _evaluate(controller: RunController, run_id: int, out: Output) -> None:
    """Measure the best checkpoint again, in a process of its own: the figure must be the same."""
    record = follow(controller, controller.evaluate(run_id), out)
    must_have_finished(controller.document, record)
    again, trained = describe(controller.document, record.id), describe(controller.document, run_id)
    if again and trained:
        same = "the same" if again.correct == trained.correct else f"then {trained.correct}"
        out.line(f"Measured again in a clean process: {again.correct} of {again.count}, {same}.")


def _find_doubted(connection: Connection, run_id: int, planted: dict[str, str]) -> Found:
    samples, suspects, predictions = schema.samples, schema.suspects, schema.predictions
    flagged = connection.scalars(
        select(samples.c.key)
        .join(suspects, suspects.c.sample_id == samples.c.id)
        .where(suspects.c.run_id == run_id, suspects.c.flagged == 1)
    )
    disagreed = connection.scalars(
        select(samples.c.key)
        .join(predictions, predictions.c.sample_id == samples.c.id)
        .join(schema.labels, schema.labels.c.id == samples.c.label_id)
        .where(
            predictions.c.run_id == run_id,
            predictions.c.split == "validation",
            predictions.c.label != schema.labels.c.name,
        )
    )
    train = connection.scalars(select(samples.c.key).where(samples.c.split == "train"))
    return Found(
        frozenset(flagged), frozenset(disagreed), planted, frozenset(train) & planted.keys()
    )


def _say_found(found: Found, out: Output) -> None:
    out.line(f"{len(found.flagged)} labels of the train split look wrong to it.")
    out.line(
        f"{len(found.caught)} of the {len(found.planted_train)} that are wrong are among them. "
        "They are corrected; the others are right and stay."
    )
    out.line(
        f"Of the {len(found.disagreed)} validation samples that it answers differently, "
        f"{len(found.caught_validation)} are labelled wrong. They are corrected too."
    )


def _correct(document: Document, found: Found) -> None:
    """Correct the doubted labels that are wrong, as a person who looks at each would."""
    samples, labels = document.query(_ids_of_samples_and_labels)
    by_label: dict[str, list[int]] = {}
    for key in sorted(found.caught | found.caught_validation):
        by_label.setdefault(found.planted[key], []).append(samples[key])
    for label, chosen in by_label.items():
        title = f"Relabel {len(chosen)} samples {label}"
        document.edit(title, edits.set_label, chosen, labels[label])


def _ids_of_samples_and_labels(connection: Connection) -> tuple[dict[str, int], dict[str, int]]:
    samples = connection.execute(select(schema.samples.c.key, schema.samples.c.id)).all()
    labels = connection.execute(select(schema.labels.c.name, schema.labels.c.id)).all()
    return {row.key: row.id for row in samples}, {row.name: row.id for row in labels}


def _say_comparison(comparison: Comparison, out: Output) -> None:
    accuracy = comparison.intervals[0]
    points = accuracy.difference * 100
    out.line(
        f"Against the first run, by the corrected labels: {points:+.1f} points, "
        f"interval {accuracy.low * 100:+.0f} to {accuracy.high * 100:+.0f}; "
        f"{len(comparison.won)} won, {len(comparison.lost)} lost."
    )
    out.line(comparison.sentence)


def _attend(controller: RunController, run_id: int, out: Output) -> list[dict[str, Any]]:
    document = controller.document
    sample_id = document.query(_one_sample, run_id)
    record = follow(controller, controller.attend(run_id, [sample_id]), out)
    must_have_finished(controller.document, record)
    folder = document.folder / f"{document.name}.maps"
    folder.mkdir(parents=True, exist_ok=True)
    maps = document.query(write_maps, run_id, [sample_id], folder)
    for one in maps:
        out.line(f"Attention map of {one['sample']}: {one['path']}")
    return maps


def _export(controller: RunController, run_id: int, out: Output) -> dict[str, Any]:
    document = controller.document
    destination = document.folder / f"{document.name}.adapter"
    record = follow(controller, controller.export(run_id, destination), out)
    must_have_finished(controller.document, record)
    exported = record.summary["exported"]
    out.line(
        f"Loaded in a clean process. Largest difference {exported['max_logit_difference']:.2g} "
        f"over {exported['samples']} samples. Adapter, model card and predict.py: "
        f"{exported['path']}"
    )
    return exported


def _one_sample(connection: Connection, run_id: int) -> int:
    """The validation sample that the run is surest of."""
    table = schema.predictions
    sample_id = connection.scalar(
        select(table.c.sample_id)
        .where(table.c.run_id == run_id)
        .order_by(table.c.confidence.desc())
        .limit(1)
    )
    assert sample_id is not None
    return sample_id


def _count_samples(connection: Connection) -> int:
    return len(connection.scalars(select(schema.samples.c.id)).all())


def _figures(verdict: Verdict | None) -> dict[str, Any] | None:
    if verdict is None:
        return None
    return {
        "accuracy": verdict.accuracy,
        "correct": verdict.correct,
        "count": verdict.count,
        "majority": verdict.majority_share,
        "sentence": verdict.sentence,
    }


def _free_path(folder: Path) -> Path:
    """The first name in the folder that no project has yet."""
    folder.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        name = "example" if number == 1 else f"example-{number}"
        path = folder / f"{name}{SUFFIX}"
        if not path.exists() and not example.images_folder(path).exists():
            return path
        number += 1
