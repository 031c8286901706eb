"""Words that go with an exported model: what it is, what it was trained on, how good it is."""

import json
from collections import Counter

from sqlalchemy import Connection, select

from studio.document import Document
from studio.numbers import format_share
from studio.project import schema
from studio.runs.lineage import lineage, sentence
from studio.runs.perplexity import describe_perplexity, format_perplexity
from studio.runs.run_record import RunRecord, load_record
from studio.runs.verdict import describe
from workers.contract.job import TrainingJob
from workers.contract.options import option_values


def card_of(document: Document, run_id: int) -> str:
    """A model card in Markdown: data counts, options, metrics, base revision, licence."""
    record = document.query(load_record, run_id)
    job = record.training
    counts = document.query(_sample_counts, run_id)
    parts = [
        _head(document, record, job),
        _data_part(counts),
        _measures_part(document, run_id),
        _options_part(job),
    ]
    return "\n\n".join(parts) + "\n"


def _head(document: Document, record: RunRecord, job: TrainingJob) -> str:
    base = job.base_model
    prepared = record.summary.get("prepared", {})
    front = ["---", f"license: {base.licence.lower() or 'other'}"]
    if base.hub_id:
        front.append(f"base_model: {base.hub_id}")
    tag = "text-generation" if record.is_language_model else "text-classification"
    front += [f"pipeline_tag: {tag}", "library_name: peft", "---"]
    revision = base.revision or prepared.get("base_revision") or "not stated"
    lines = [
        f"# {record.name} of {document.name}",
        "",
        _what_it_does(record, job),
        "",
        f"- Base model: {base.hub_id or base.name}, revision {revision}, licence "
        f"{base.licence or 'not stated'}",
        f"- Trained: {prepared.get('trainable', 0):,} of {prepared.get('total', 0):,} parameters",
        f"- Recipe: {job.recipe or 'none'}; random seed {job.options.seed}; {record.step:,} steps",
    ]
    if words := sentence(lineage(document, record.id)):
        lines.append(f"- Continued: {words}")
    return "\n".join([*front, "", *lines])


def _what_it_does(record: RunRecord, job: TrainingJob) -> str:
    if record.answers_freely:
        return "Answers an instruction in words."
    return f"Answers {' or '.join(job.labels)} to a caption of a traffic scene."


def _data_part(counts: dict[str, Counter[str]]) -> str:
    lines = ["## Data", ""]
    for split, by_label in counts.items():
        shares = ", ".join(f"{label} {count:,}" for label, count in sorted(by_label.items()))
        lines.append(f"- {split}: {by_label.total():,} samples ({shares})")
    return "\n".join(lines)


def _measures_part(document: Document, run_id: int) -> str:
    verdict, measured = describe(document, run_id), describe_perplexity(document, run_id)
    if verdict is None and measured is None:
        return "## Measured\n\nNothing was measured."
    lines = ["## Measured", ""]
    if verdict is not None:
        majority = format_share(verdict.majority_share)
        lines += [
            f"- Validation accuracy: {format_share(verdict.accuracy)}, {verdict.correct:,} of "
            f"{verdict.count:,}; 95 % interval {format_share(verdict.low)} to "
            f"{format_share(verdict.high)}",
            f"- Always answering “{verdict.majority_label}”: {majority}",
            f"- {verdict.sentence}",
        ]
    if measured is not None:
        lines += [
            f"- {measured.sentence}",
            f"- Over all {measured.tokens:,} answer tokens: "
            f"{format_perplexity(measured.pooled)}; 95th percentile "
            f"{format_perplexity(measured.percentile_95)}",
        ]
    return "\n".join(lines)


def _options_part(job: TrainingJob) -> str:
    rows = [
        f"| {name} | {json.dumps(value) if isinstance(value, list) else value} |"
        for name, value in option_values(job.options).items()
    ]
    return "\n".join(["## Options", "", "| option | value |", "|---|---|", *rows])


def _sample_counts(connection: Connection, run_id: int) -> dict[str, Counter[str]]:
    table = schema.run_samples
    counts: dict[str, Counter[str]] = {}
    rows = connection.execute(select(table.c.split, table.c.label).where(table.c.run_id == run_id))
    for split, label in rows:
        counts.setdefault(split, Counter())[label or "unlabelled"] += 1
    return counts
