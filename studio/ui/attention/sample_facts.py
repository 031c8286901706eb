"""What the Attention page asks of the project: runs, samples, maps, and what a capture costs."""

import json
from dataclasses import dataclass

from studio.attention import maps, words
from studio.attention.maps import AttentionMap
from studio.attention.words import Word
from studio.document import Document
from studio.project import queries, run_queries
from studio.project.records import LabelRow, RunRow, SampleDetail, SampleRow
from studio.runs.state import RunState
from workers.contract import catalogue, shares
from workers.contract.job import TrainingJob
from workers.contract.options import AnswerKind, TrainingOptions

START_SECONDS = 7.0  # a worker loads torch and the model
TOKEN_SECONDS = 0.0025  # a token through base and tuned, on one processor core
LETTERS_A_TOKEN = 4
TEMPLATE_TOKENS = 60  # of a language model's prompt
PICTURE_TOKENS = 260  # of a captioner's picture, or thereabouts


@dataclass(frozen=True, eq=False)
class SampleView:
    """One sample as a run read it; `found` is None when nothing was captured yet."""

    detail: SampleDetail
    labels: list[LabelRow]
    found: AttentionMap | None
    words: list[Word]
    is_stale: bool
    captured_at: float


@dataclass(frozen=True)
class Cost:
    """About how long a capture takes and how much it adds to the project."""

    samples: int
    seconds: float
    bytes: int


def usable_runs(document: Document) -> list[RunRow]:
    """Trainings with a checkpoint to look into, newest first."""
    over = {RunState.FINISHED, RunState.STOPPED}
    rows = document.query(run_queries.run_rows, "train")
    return [row for row in rows if row.state in over and _has_checkpoint(document, row.id)]


def sample_ids(document: Document, query: str | None) -> list[int]:
    """The samples to step through: the query's, else the validation split, else all."""
    if query is not None:
        return list(document.query(queries.sample_ids, query))
    validation = list(document.query(queries.sample_ids, "split:validation"))
    return validation or list(document.query(queries.sample_ids, ""))


def captured_samples(document: Document, run_id: int) -> list[int]:
    """The samples with a map by this run, the newest first."""
    rows = document.query(run_queries.attention_maps, run_id)
    return list(dict.fromkeys(row.sample_id for row in rows))


def first_run(document: Document, known: list[int]) -> int | None:
    """The newest run that has a map, else the newest."""
    having = (one for one in known if captured_samples(document, one))
    return next(having, next(iter(known), None))


def first_to_show(
    document: Document, run_id: int | None, ids: list[int], shown: int | None, *, is_query: bool
) -> int | None:
    """The sample to begin with: the one shown, if it has a map, else one that has."""
    if run_id is None:
        return shown
    having = captured_samples(document, run_id)
    listed = [one for one in ids if one in set(having)]
    others = [] if is_query else having
    return shown if shown in having else next(iter(listed or others), shown)


def load_view(document: Document, run_id: int, sample_id: int) -> SampleView:
    """The sample with its newest map by this run."""
    detail = document.query(queries.sample_detail, sample_id)
    labels = document.query(queries.label_rows)
    rows = document.query(run_queries.attention_maps, run_id, sample_id)
    if not rows:
        return SampleView(detail, labels, None, [], is_stale=False, captured_at=0.0)
    found = maps.read_map(document.query(run_queries.blob, rows[0].blob_id))
    stale = maps.is_stale(found.provenance, detail.row.caption)
    return SampleView(
        detail, labels, found, words.words_of(found.provenance), stale, rows[0].captured_at
    )


def capture_cost(document: Document, run_id: int, ids: list[int]) -> Cost:
    """An estimate from the model's shape and the captions' lengths."""
    options = TrainingJob.model_validate_json(document.query(run_queries.run, run_id).job)
    layers, heads = _shape(options.base_model.name)
    samples = document.query(queries.sample_rows, ids)
    tokens = [_token_count(row.caption, options.options) for row in samples]
    rows = [
        _row_count(row, count, options.options) for row, count in zip(samples, tokens, strict=True)
    ]
    shapes = zip(tokens, rows, strict=True)
    captured = sum(2 * layers * heads * count * read for count, read in shapes)
    size = round(shares.BYTES_A_SHARE * captured)
    return Cost(len(ids), START_SECONDS + TOKEN_SECONDS * sum(tokens), size)


def _token_count(caption: str, options: TrainingOptions) -> int:
    template = 0 if options.prompt is None else TEMPLATE_TOKENS
    if options.vision is not None:
        template = PICTURE_TOKENS
    return min(options.max_length, 2 + template + len(caption) // LETTERS_A_TOKEN)


def _row_count(sample: SampleRow, tokens: int, options: TrainingOptions) -> int:
    """All tokens of a caption, or those of an answer and its end."""
    if options.prompt is None:
        return tokens
    answer = {
        AnswerKind.LABEL: sample.label or "",
        AnswerKind.CAPTION: sample.caption,
        AnswerKind.TEXT: sample.answer,
    }[options.prompt.answer]
    return min(tokens, 2 + len(answer) // LETTERS_A_TOKEN)


def _has_checkpoint(document: Document, run_id: int) -> bool:
    return any(not row.removed for row in document.query(run_queries.checkpoints, run_id))


def _shape(base_model: str) -> tuple[int, int]:
    folder = catalogue.config_folder(base_model)
    if folder is None:
        return 12, 12
    config = json.loads((folder / "config.json").read_text())
    return config.get("num_hidden_layers", 12), config.get("num_attention_heads", 12)
