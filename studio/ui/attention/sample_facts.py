"""What the Attention page asks of the project: runs, samples, maps, and what a capture costs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from studio.attention import look as looking
from studio.attention import maps, words
from studio.attention.maps import AttentionMap
from studio.attention.phrases import NamedArea, find_phrases
from studio.attention.words import Word
from studio.document import Document
from studio.project import map_queries, queries, run_queries
from studio.project.records import (
    AttentionRow,
    BoxRow,
    LabelRow,
    MapCheckRow,
    RunRow,
    SampleDetail,
    SampleRow,
)
from studio.runs.map_checking import CheckWish
from studio.runs.state import RunState
from workers.contract import catalogue, shares
from workers.contract.hiding import MapCheck
from workers.contract.job import TrainingJob
from workers.contract.options import AnswerKind, TrainingOptions
from workers.contract.pointing_head import PointingHead, pointing_head

START_SECONDS = 7.0  # a worker loads torch and the model
TOKEN_SECONDS = 0.0025  # a token through base and tuned, on one processor core
CHECK_TOKEN_SECONDS = 0.003  # a token through one model and its tower, picture included
LETTERS_A_TOKEN = 4
TEMPLATE_TOKENS = 60  # of a language model's prompt
PICTURE_TOKENS = 260  # of a captioner's picture, or thereabouts
VALIDATION = "split:validation"


@dataclass(frozen=True, eq=False)
class SampleView:
    """One sample as a run read it; `found` is None when nothing was captured yet.

    `along` are the newest maps of the same words at each checkpoint, oldest first, `found` among
    them; `kept_steps` are the checkpoints that could have one.
    `pointing_head` is that of the run's base model, where it is known.
    """

    detail: SampleDetail
    labels: list[LabelRow]
    found: AttentionMap | None
    words: list[Word]
    is_stale: bool
    captured_at: float
    checks: tuple[MapCheckRow, ...] = ()
    along: tuple[AttentionMap, ...] = ()
    kept_steps: tuple[int, ...] = ()
    pointing_head: PointingHead | None = None

    @property
    def missing_steps(self) -> tuple[int, ...]:
        """Checkpoints that this sample has no map of."""
        known = {one.provenance.step for one in self.along}
        return tuple(step for step in self.kept_steps if step not in known)

    def is_read_like(self, other: "SampleView | None") -> bool:
        """Whether the layers and heads of another view mean the same in this one."""
        if other is None or other.found is None or self.found is None:
            return False
        same_head = other.pointing_head == self.pointing_head
        return same_head and other.found.layers == self.found.layers


@dataclass(frozen=True)
class Cost:
    """About how long a capture takes and how much it adds to the project."""

    samples: int
    seconds: float
    bytes: int


@dataclass(frozen=True)
class CheckCost:
    """About how long a check of maps takes: so many edited pictures go through the model."""

    samples: int
    words: int
    pictures: int
    seconds: float


def usable_runs(document: Document) -> list[RunRow]:
    """Trainings with a checkpoint to look into, newest first."""
    over = {RunState.FINISHED, RunState.STOPPED}
    rows = document.query(run_queries.run_rows, "train")
    return [row for row in rows if row.state in over and _has_checkpoint(document, row.id)]


def sample_ids(document: Document, query: str | None) -> list[int]:
    """The samples to step through."""
    return list(document.query(queries.sample_ids, shown_query(document, query)))


def shown_query(document: Document, query: str | None) -> str:
    """The query itself, else the validation split, else all samples."""
    if query is not None:
        return query
    return VALIDATION if document.query(queries.count, VALIDATION) else ""


def shown_step(document: Document, run_id: int, step: int | None) -> int:
    """The checkpoint that is looked at: the chosen one, else the best, else that of the newest map.

    0 where there is none.
    """
    captured = document.query(map_queries.steps_captured, run_id)
    kept = document.query(run_queries.checkpoints, run_id)
    best = [one.step for one in kept if one.best and one.step in captured]
    return next(iter([step] if step is not None else [*best, *captured]), 0)


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


def load_view(
    document: Document, run_id: int, sample_id: int, step: int | None = None
) -> SampleView:
    """The sample with its newest map by this run: at a step, else at the best checkpoint, else at
    any.
    """
    detail = document.query(queries.sample_detail, sample_id)
    labels = document.query(queries.label_rows)
    rows = document.query(run_queries.attention_maps, run_id, sample_id)
    if not rows:
        return SampleView(detail, labels, None, [], is_stale=False, captured_at=0.0)
    kept = [one for one in document.query(run_queries.checkpoints, run_id) if not one.removed]
    best = next((one.step for one in kept if one.best), None)
    newest = {_step_of(row): row for row in reversed(rows)}
    row = newest.get(-1 if step is None else step) or newest.get(best or -1) or rows[0]
    found = _read(document, row)
    others = {
        number: found if other is row else _read(document, other)
        for number, other in sorted(newest.items())
    }
    same = (one for one in others.values() if one.provenance.tokens == found.provenance.tokens)
    return SampleView(
        detail,
        labels,
        found,
        words.words_of(found.provenance),
        is_stale=maps.is_stale(found.provenance, detail.row.caption),
        captured_at=row.captured_at,
        checks=tuple(document.query(map_queries.map_checks_of, run_id, [sample_id])),
        along=tuple(same),
        kept_steps=tuple(one.step for one in kept),
        pointing_head=pointing_head(found.provenance.base_model),
    )


def has_same_words(was: SampleView | None, view: SampleView) -> bool:
    """Whether a look at one fits the other: the same sample's same words."""
    if was is None or was.found is None or view.found is None:
        return False
    same_sample = was.detail.row.id == view.detail.row.id
    return same_sample and was.found.provenance.tokens == view.found.provenance.tokens


def _step_of(row: AttentionRow) -> int:
    step = row.provenance.get("step")
    return step if isinstance(step, int) else 0


def _read(document: Document, row: AttentionRow) -> AttentionMap:
    return maps.read_map(document.query(run_queries.blob, row.blob_id))


def named_areas(boxes: Sequence[BoxRow]) -> list[NamedArea]:
    """A sample's boxes as attention is measured in them."""
    return [NamedArea(box.name, (box.x, box.y, box.width, box.height)) for box in boxes]


def first_words(view: SampleView) -> tuple[int, int | None]:
    """What to look at first: a phrase that names a box, from its first word to its last; else the
    first word that has a reading.
    """
    assert view.found is not None
    named = find_phrases(view.words, named_areas(view.detail.boxes))
    if view.found.provenance.is_of_picture and named:
        return named[0].first, named[0].last
    return looking.readers(view.found, view.words)[0], None


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


def check_cost(wish: CheckWish) -> CheckCost:
    """An estimate from the number of pictures that are read."""
    words = sum(len(one.words) for one in wish.samples)
    orders = MapCheck.model_fields["orders"].default
    pictures = len(wish.samples) * (2 + (wish.steps - 1) * orders) + 2 * (wish.steps - 1) * words
    seconds = START_SECONDS + pictures * PICTURE_TOKENS * CHECK_TOKEN_SECONDS
    return CheckCost(len(wish.samples), words, pictures, seconds)


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
    language = config.get("text_config", config)
    return language.get("num_hidden_layers", 12), language.get("num_attention_heads", 12)
