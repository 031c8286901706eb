"""The demo's second part: the example's captioner learns its captions, and shows where it looks."""

import re
from collections.abc import Sequence
from typing import Any

from studio.attention import maps, pointing, words
from studio.attention.look import Look, Side
from studio.attention.phrases import NamedArea, named_like
from studio.attention.pointing import PhrasePointing, Tally
from studio.attention.reduce import Over, Reduction
from studio.commands.following import follow, must_have_finished
from studio.commands.measuring import say_captions
from studio.commands.output import Output
from studio.document import Document
from studio.project import queries, run_queries
from studio.project.records import BoxRow
from studio.runs.arms import arms
from studio.runs.controller import RunController
from workers.contract.pointing_head import PointingHead, pointing_head
from workers.contract.recipes import find_recipe

RECIPE = "example-captions"
SPLIT = "validation"
MOST_MAPS = 60
_WORD = re.compile(r"[\w-]+")
VEHICLES, PEOPLE = ("car", "truck", "bus"), ("pedestrian", "child", "cyclist")


def caption_job(controller: RunController, out: Output) -> dict[str, Any]:
    """Train the captioner, score what it writes beside what it wrote before, and see where each
    phrase looked.
    """
    recipe = find_recipe(RECIPE)
    assert recipe is not None
    out.line("\n5  Teach the example's own captioner its captions")
    run_id = controller.train(recipe.training_options(), recipe=RECIPE, name="captions")
    _finish(controller, run_id, out)
    for untrained in (True, False):
        measured = controller.evaluate(run_id, untrained=untrained, writes=True)
        _finish(controller, measured, out)
    known = arms(controller.document, run_id, SPLIT)
    say_captions(known, out)
    out.line("\n6  See where it looked for what it names")
    head = pointing_head(recipe.training_options().base_model)
    assert head is not None
    _finish(controller, controller.attend(run_id, _samples_to_see(controller.document)), out)
    tallies = _tally(_measure(controller.document, run_id, head))
    _say_pointing(tallies, head, out)
    return {
        "run": run_id,
        "scores": {arm.name: dict(arm.captions) for arm in known if arm.captions},
        "pointing": [vars(one) | {"ratio": one.ratio} for one in tallies],
    }


def _finish(controller: RunController, run_id: int, out: Output) -> None:
    must_have_finished(controller.document, follow(controller, run_id, out))


def _samples_to_see(document: Document) -> list[int]:
    """Some whose captions name what is drawn, then all that nothing was learnt from."""
    unseen = document.query(queries.sample_ids, f"split:{SPLIT}")
    learnt = document.query(queries.sample_ids, "split:train")
    boxes = document.query(queries.boxes_of, learnt)
    naming = [
        row.id
        for row in document.query(queries.sample_rows, learnt)
        if named_like(" ".join(_WORD.findall(row.caption)), _areas(boxes.get(row.id, [])))
    ]
    return [*naming[: max(0, MOST_MAPS - len(unseen))], *unseen]


def _areas(boxes: Sequence[BoxRow]) -> list[NamedArea]:
    return [NamedArea(box.name, (box.x, box.y, box.width, box.height)) for box in boxes]


def _measure(document: Document, run_id: int, head: PointingHead) -> list[PhrasePointing]:
    """Every phrase of the captured captions that names a box, through the head that points best."""
    look = Look(reduction=Reduction(Over.LAYER, head.layer, head.head), side=Side.TUNED)
    rows = document.query(run_queries.attention_maps, run_id)
    boxes = document.query(queries.boxes_of, [row.sample_id for row in rows])
    found: list[PhrasePointing] = []
    for row in rows:
        one = maps.read_map(document.query(run_queries.blob, row.blob_id))
        read, areas = words.words_of(one.provenance), _areas(boxes.get(row.sample_id, []))
        found += pointing.measure_sample(one, read, areas, look)
    return found


def _tally(measured: Sequence[PhrasePointing]) -> list[Tally]:
    """All phrases together, then those of vehicles and those of people."""
    groups = {"vehicles": VEHICLES, "people": PEOPLE}
    by_group = [
        pointing.tally(name, [one.at for one in measured if one.name in names])
        for name, names in groups.items()
    ]
    return [pointing.tallies(measured)[0], *by_group]


def _say_pointing(tallies: Sequence[Tally], head: PointingHead, out: Output) -> None:
    heads = "mean of its heads" if head.head is None else f"head {head.head + 1}"
    out.line(
        f"{tallies[0].words} phrases such as “a red car” name what is drawn. How much layer "
        f"{head.layer + 1}, {heads}, looked there (chosen on other scenes):"
    )
    out.line(f"{'':<10} {'phrases':>8} {'in the box':>11} {'chance':>8} {'times':>6} {'hits':>12}")
    for one in tallies:
        out.line(
            f"{one.name:<10} {one.words:>8} {one.share:>11.3f} {one.chance:>8.3f} "
            f"{one.ratio:>6.1f} {f'{one.hits} of {one.words}':>12}"
        )
