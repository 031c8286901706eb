"""Following a run from the command line: bars while it goes, and how it ended."""

import time
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from studio.commands.output import Interrupted, Output
from studio.document import Document
from studio.errors import StudioError
from studio.numbers import format_share
from studio.project.records import PerplexityRow
from studio.runs import keeping
from studio.runs.controller import RunController
from studio.runs.overfitting import overfitting
from studio.runs.perplexity import PerplexityVerdict, describe_perplexity
from studio.runs.run_record import RunRecord, load_record
from studio.runs.state import RunState
from studio.runs.verdict import describe, evaluation_of

WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.1, 1.0
# Looking costs the processor that the run needs: at most one part in so many of the time.
LOOKING_SHARE = 20


def follow(
    controller: RunController, run_id: int, out: Output, *, command: str = "python main.py"
) -> RunRecord:
    """Wait for a run's end. Ctrl+C stops it gracefully, once more at once.

    One that diverges is stopped, with a message that says how to go on from it.
    """
    document, diverged = controller.document, ""
    try:
        while True:
            began = time.monotonic()
            controller.poll()
            record = document.query(load_record, run_id)
            if record.state.is_over:
                out.clear()
                return replace(record, message=diverged or record.message)
            if record.has_diverged and not diverged:  # nobody is here to decide: it ends
                diverged = f"{record.message} {_fork_words(record)}"
                controller.stop(run_id)
            _show(record, out)
            _rest_after(time.monotonic() - began)
    except KeyboardInterrupt:
        _stop(controller, run_id, out)
        record = document.query(load_record, run_id)
        out.note(f"Run {run_id} stopped at step {record.step:,}.")
        if keeping.resumable_steps(document.folder / record.folder):
            out.note(f"Go on with: {command} resume {document.path} {run_id}")
        raise Interrupted from None


def _rest_after(looked_seconds: float) -> None:
    wait = max(WAIT_SECONDS, LOOKING_SHARE * looked_seconds)
    time.sleep(min(wait, LONGEST_WAIT_SECONDS))


def must_have_finished(document: Document, record: RunRecord) -> None:
    """Raise what the run said when it did not finish."""
    if record.state == RunState.FINISHED:
        return
    message = record.message or f"The run ended as “{record.state.value}”."
    raise StudioError(message, f"Its log: {document.folder / record.folder / 'worker.log'}")


def run_result(document: Document, record: RunRecord) -> dict[str, Any]:
    """What train, resume and evaluate answer as JSON."""
    return {
        "run": record.id,
        "name": record.name,
        "state": record.state.value,
        "message": record.message,
        "folder": record.folder,
        "step": record.step,
        "parent": record.parent_run_id,
        "validation": validation_of(document, record.id),
    }


def validation_of(document: Document, run_id: int) -> dict[str, Any] | None:
    """Accuracy beside the majority line, perplexity where there is one; None before both.

    A run of free-text answers has no accuracy: it is null there.
    """
    verdict = describe(document, run_id)
    measured = describe_perplexity(document, run_id)
    if verdict is None and measured is None:
        return None
    found: dict[str, Any] = {"accuracy": None}
    if verdict is not None:
        found = {
            "accuracy": verdict.accuracy,
            "correct": verdict.correct,
            "count": verdict.count,
            "majority": verdict.majority_share,
            "majority_label": verdict.majority_label,
            "loss": document.query(_loss, run_id),
            "low": verdict.low,
            "high": verdict.high,
            "untrained": verdict.untrained_accuracy,
            "sentence": verdict.sentence,
        }
    if measured is not None:
        found["perplexity"] = perplexity_values(measured)
        found.setdefault("count", measured.count)
        found.setdefault("loss", measured.loss)
        found.setdefault("sentence", measured.sentence)
    return found


def perplexity_values(row: PerplexityRow | PerplexityVerdict) -> dict[str, Any]:
    """The figures of a perplexity as JSON has them; null is not a finite number."""
    return {
        "mean": row.mean,
        "median": row.median,
        "percentile_95": row.percentile_95,
        "pooled": row.pooled,
    }


def say_verdict(document: Document, run_id: int, out: Output) -> None:
    """The figure, what it is worth, and what might help."""
    verdict, measured = describe(document, run_id), describe_perplexity(document, run_id)
    if verdict is None and measured is None:
        out.line("Nothing was measured.")
    if verdict is not None:
        out.line(f"{format_share(verdict.accuracy)}   {verdict.correct:,} of {verdict.count:,}")
        out.line(verdict.sentence)
    if measured is not None:
        out.line(measured.sentence)
    for advice in (verdict and verdict.advice, measured and measured.advice):
        if advice:
            out.line(advice)
    if (found := overfitting(document, run_id)) is not None:
        out.line(found.sentence)


def _fork_words(record: RunRecord) -> str:
    rate = record.training.options.optimizer.learning_rate / 10
    return (
        f"Go on with a lower one as a new run: train … --from {record.id} --keep-optimizer "
        f"--set optimizer.learning_rate={rate:g}"
    )


def _loss(connection: Connection, run_id: int) -> float | None:
    row = evaluation_of(connection, load_record(connection, run_id), "validation")
    return row["loss"] if row else None


def _show(record: RunRecord, out: Output) -> None:
    progress = record.summary.get("progress")
    if record.state == RunState.QUEUED:
        out.bar("Waiting", 0, 0)
    elif record.kind == "train" and record.total_steps and record.step:
        tail = f"step {record.step:,} of {record.total_steps:,} · epoch {record.epoch:.1f}"
        out.bar("Training", record.step, record.total_steps, tail)
    elif progress:
        done, total = progress["done"], progress["total"]
        out.bar(progress["stage"].capitalize(), done, total, f"{done:,} of {total:,}")
    else:
        out.bar("Loading", 0, 0, record.summary.get("last_said", ""))


def _stop(controller: RunController, run_id: int, out: Output) -> None:
    out.note("Stopping with a checkpoint; press Ctrl+C again to end it at once.")
    controller.stop(run_id)
    try:
        controller.wait(run_id)
    except KeyboardInterrupt:
        controller.stop(run_id)
        controller.wait(run_id)
