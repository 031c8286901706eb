"""The verb that measures: a checkpoint, or the base model, with or without shots."""

from argparse import Namespace
from typing import Any

from studio.commands.arguments import checkpoint_of, open_project, run_of, sample_ids_of
from studio.commands.following import (
    follow,
    must_have_finished,
    perplexity_values,
    run_result,
    say_verdict,
)
from studio.commands.output import Output
from studio.commands.training import controller_of
from studio.document import Document
from studio.numbers import format_count, format_share
from studio.project import queries
from studio.runs.arms import Arm, arms, majority_line
from studio.runs.caption_metrics import METRICS, format_score, title_of
from studio.runs.perplexity import format_perplexity
from studio.runs.shots import last_shots


def evaluate(arguments: Namespace, out: Output) -> int:
    """Measure a checkpoint on the samples as they are now."""
    with open_project(arguments.file) as document:
        run_of(document, arguments.run)
        checkpoint = checkpoint_of(document, arguments.run, arguments.checkpoint)
        shots = _shots_of(arguments, document)
        controller = controller_of(document, out)
        splits = tuple(arguments.split or ["validation"])
        job_id = controller.evaluate(
            arguments.run,
            checkpoint,
            splits,
            untrained=arguments.untrained,
            shots=shots,
            writes=arguments.write,
        )
        record = follow(controller, job_id, out)
        must_have_finished(document, record)
        by_split = _measured(document, job_id)
        for split, row in by_split.items():
            out.line(_line(split, row))
        if "validation" in splits:
            say_verdict(document, job_id, out)
        known = arms(document, arguments.run, splits[0])
        _say_arms(known, out)
        say_captions(known, out)
        result = run_result(document, record)
        result["validation"] = result["validation"] or by_split.get("validation")
        result |= {"trained_run": arguments.run, "splits": by_split, "shots": list(shots)}
        result["arms"] = [arm_values(arm) for arm in known]
        out.result(result)
    return 0


def arm_values(arm: Arm) -> dict[str, Any]:
    """An arm as JSON has it; what was not measured is null."""
    row, written = arm.evaluation, arm.written
    return {
        "run": arm.run_id,
        "name": arm.name,
        "state": arm.state,
        "untrained": arm.untrained,
        "shots": list(arm.shots),
        "count": row.count if row else arm.perplexity.count if arm.perplexity else None,
        "accuracy": arm.accuracy,
        "majority": row.majority_count / row.count if row and row.count else None,
        "perplexity": perplexity_values(arm.perplexity) if arm.perplexity else None,
        "written": vars(written) if written else None,
        "captions": dict(arm.captions),
    }


def say_captions(known: tuple[Arm, ...], out: Output) -> None:
    """What each arm's captions scored, by the metrics that were measured."""
    metrics = [one for one in METRICS if any(one in arm.captions for arm in known)]
    if not metrics:
        return
    out.line()
    out.line(f"{'':<18} " + " ".join(f"{title_of(metric):>10}" for metric in metrics))
    for arm in known:
        if arm.captions:
            scores = (format_score(arm.captions.get(metric)) for metric in metrics)
            out.line(f"{arm.name:<18} " + " ".join(f"{score:>10}" for score in scores))


def _shots_of(arguments: Namespace, document: Document) -> tuple[int, ...]:
    if arguments.shot_ids:
        names = [name.strip() for name in arguments.shot_ids.split(",") if name.strip()]
        return tuple(sample_ids_of(document, names))
    if arguments.shots is not None:
        return last_shots(document, arguments.run, arguments.shots)
    return ()


def _measured(document: Document, run_id: int) -> dict[str, dict[str, Any]]:
    """What an evaluation measured, by split; accuracy is null for free-text answers."""
    found: dict[str, dict[str, Any]] = {}
    for row in document.query(queries.evaluations, run_id, None):
        found[row.split] = {
            "accuracy": row.accuracy,
            "correct": row.correct,
            "count": row.count,
            "majority": row.majority_count / row.count,
            "majority_label": row.majority_label,
            "loss": row.loss,
            "metrics": row.metrics,
        }
    for row in document.query(queries.perplexities, run_id):
        empty = {"accuracy": None, "count": row.count}
        found.setdefault(row.split, empty)["perplexity"] = perplexity_values(row)
    return found


def _line(split: str, row: dict[str, Any]) -> str:
    parts = [f"{split:<11}"]
    if row["accuracy"] is not None:
        parts.append(
            f"{format_share(row['accuracy'])}   {row['correct']:,} of {row['count']:,}   "
            f"always “{row['majority_label']}”: {format_share(row['majority'])}"
        )
    if "perplexity" in row:
        parts.append(f"perplexity {format_perplexity(row['perplexity']['mean'])}")
    return " ".join(parts)


def _say_arms(known: tuple[Arm, ...], out: Output) -> None:
    """The table of arms, where there is more than one of a language model."""
    if len(known) < 2 or not any(arm.perplexity for arm in known):
        return
    out.line()
    heads = ("perplexity", "median", "95th", "pooled")
    heading = " ".join(f"{head:>10}" for head in heads)
    out.line(f"{'':<18} {'samples':>8} {heading} {'right':>8}")
    for arm in known:
        row, right = arm.perplexity, arm.accuracy
        figures = (row.mean, row.median, row.percentile_95, row.pooled) if row else ()
        columns = " ".join(f"{format_perplexity(value):>10}" for value in figures) or " " * 43
        count = format_count(row.count) if row else ""
        share = "" if right is None else format_share(right)
        out.line(f"{arm.name:<18} {count:>8} {columns} {share:>8}")
    majority = majority_line(known)
    if majority is not None:
        out.line(f"{f'always “{majority.label}”':<18} {'':>52} {format_share(majority.share):>8}")
