"""What the Attention page asks of all maps of a query: where they point, and what checks said."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.attention import hiding, maps, pointing, words
from studio.attention import look as looking
from studio.attention.hiding import JudgedAll
from studio.attention.look import Look
from studio.attention.maps import AttentionMap
from studio.attention.pointing import PhrasePointing, Tally
from studio.document import Document
from studio.project import map_queries, queries, run_queries
from studio.project.records import CapturedMap
from studio.runs.map_checking import CheckWish
from studio.ui.attention import sample_facts
from workers.contract.hiding import CheckedWord, HiddenSample

HEADINGS = ("class", "words", "share", "chance", "ratio", "hits", "chance of a hit")

# Told how many of how many maps are read; answers whether to go on.
Tell = Callable[[int, int], bool]


@dataclass(frozen=True, eq=False)
class OverQuery:
    """All phrases of a query's maps that name boxes, and what stands in the way of there being any.

    The maps are those of the checkpoint of `step`. `look` is what they were measured under; `unfit`
    of them lack it, such as a rollout. `checked` are the words whose maps were checked so.
    """

    look: Look
    step: int
    samples: int
    captured: int
    boxes: int
    measured: tuple[PhrasePointing, ...]
    unfit: int = 0
    checked: tuple[CheckedWord, ...] = ()

    @property
    def judged(self) -> JudgedAll | None:
        """What the checks come to."""
        return hiding.judge_all(self.checked)


@dataclass(frozen=True)
class Asked:
    """Which maps are meant: those of a query's samples by a run, at a checkpoint, under a look.

    Without a step the best checkpoint is meant.
    """

    run_id: int
    query: str | None
    step: int | None
    look: Look


def read_over_query(document: Document, asked: Asked, tell: Tell) -> OverQuery | None:
    """Every map of the query's samples by this run, one after the other; None when told to end."""
    run_id, look = asked.run_id, asked.look
    shown = sample_facts.shown_query(document, asked.query)
    step = sample_facts.shown_step(document, run_id, asked.step)
    captured = document.query(map_queries.captured_maps, run_id, step, shown)
    measured: list[PhrasePointing] = []
    unfit = 0
    for done, one in enumerate(captured):
        if not tell(done, len(captured)):
            return None
        found = maps.read_map(document.query(run_queries.blob, one.blob_id))
        if looking.fits(look, found):
            measured += _measure(found, one, look)
        else:
            unfit += 1
    return OverQuery(
        look=look,
        step=step,
        samples=document.query(queries.count, shown),
        captured=len(captured),
        boxes=document.query(map_queries.count_boxes, shown),
        measured=tuple(measured),
        unfit=unfit,
        checked=_checked(document, run_id, captured, look),
    )


def wish_for_query(document: Document, asked: Asked, tell: Tell) -> CheckWish | None:
    """A check of all content words of the query's maps; None when told to end.

    Maps of changed captions, without a proven geometry, or that lack what the look asks for are
    left out.
    """
    shown = sample_facts.shown_query(document, asked.query)
    step = sample_facts.shown_step(document, asked.run_id, asked.step)
    captured = document.query(map_queries.captured_maps, asked.run_id, step, shown)
    plans: list[HiddenSample] = []
    for done, one in enumerate(captured):
        if not tell(done, len(captured)):
            return None
        found = maps.read_map(document.query(run_queries.blob, one.blob_id))
        if maps.is_stale(found.provenance, one.caption) or not looking.fits(asked.look, found):
            continue
        read = words.words_of(found.provenance)
        planned = hiding.plan_sample(found, read, hiding.looks_at_content(read, asked.look))
        if planned is not None:
            plans.append(planned)
    return make_wish(asked.run_id, step, asked.look, plans)


def make_wish(run_id: int, step: int, look: Look, samples: Sequence[HiddenSample]) -> CheckWish:
    """The check of these plans under a look."""
    return CheckWish(
        run_id=run_id,
        step=step,
        look=hiding.name_of(look),
        steps=hiding.STEPS,
        samples=tuple(samples),
        of_base=hiding.side_of(look) == looking.Side.BASE,
    )


def save_tallies(path: Path, tallies: Sequence[Tally]) -> None:
    """Write the table as CSV."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        for one in tallies:
            figures = (one.share, one.chance, one.ratio)
            shares = (f"{figure:.6f}" for figure in figures)
            writer.writerow((one.name, one.words, *shares, one.hits, f"{one.hit_chance:.6f}"))


def _measure(found: AttentionMap, one: CapturedMap, look: Look) -> list[PhrasePointing]:
    boxes = sample_facts.named_areas(one.boxes)
    return pointing.measure_sample(found, words.words_of(found.provenance), boxes, look)


def _checked(
    document: Document, run_id: int, captured: Sequence[CapturedMap], look: Look
) -> tuple[CheckedWord, ...]:
    """The newest checks of these very maps under this look, a word of a map once."""
    known = {one.sha256 for one in captured}
    name, found = hiding.name_of(look), dict[tuple[str, tuple[int, ...]], CheckedWord]()
    for row in document.query(map_queries.map_checks_of, run_id):
        if row.map_sha256 in known and row.look == name:
            for word in row.words:
                found.setdefault((row.map_sha256, word.rows), word)
    return tuple(found.values())
