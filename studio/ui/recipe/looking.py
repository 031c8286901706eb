"""What the page looks up away from its thread: problems, counts, captions, samples, starts."""

from dataclasses import dataclass

from studio.document import Document
from studio.runs.problems import Problem, problems_of
from studio.ui.recipe.caption_lengths import some_captions
from studio.ui.recipe.starting import StartLook, look_at_starts
from studio.ui.recipe.template_samples import TemplateSet, load_template_set
from workers.contract.options import TrainingOptions


@dataclass(frozen=True)
class Found:
    """All that the project says about some options."""

    problems: list[Problem]
    captions: list[str]
    samples: TemplateSet
    starts: StartLook


def look(document: Document, options: TrainingOptions, start: int | None) -> Found:
    """What is wrong, some captions, the template's samples, the runs."""
    return Found(
        problems_of(document, options),
        document.query(some_captions),
        document.query(load_template_set, options),
        look_at_starts(document, options, start),
    )
