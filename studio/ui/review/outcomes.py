"""What is said and done when a deck has no card to show: nothing to do, or all done."""

from dataclasses import dataclass

from pydantic import ValidationError

from studio.document import Document
from studio.project import queries
from studio.runs.controller import RunController
from studio.ui.review import reading
from studio.ui.review.deck import Deck
from workers.contract.job import TrainingJob


@dataclass(frozen=True)
class Ending:
    """A sentence with its buttons; `run_id` is the deck that the first one opens."""

    icon: str
    sentence: str
    first: str
    second: str = ""
    run_id: int | None = None


def ending(deck: Deck, run_name: str) -> Ending:
    """The end of a deck that had cards."""
    sentence = f"{len(deck.decided)} decided, {deck.changed} changed."
    if not deck.changed:
        return Ending("check-circle", sentence, f"Retrain {run_name}".strip(), "Back to samples")
    sentence += " Retrain to see what they are worth." if run_name else " Train to see their worth."
    first = f"Retrain {run_name[:1].lower()}{run_name[1:]}" if run_name else "Open Recipe"
    return Ending("check-circle", sentence, first, "Back to samples")


def nothing(document: Document, deck: Deck) -> Ending:
    """A deck without cards, with the next one that has work."""
    run_id = reading.newest_suspecting_run(document)
    if run_id is None or run_id == deck.run_id:
        return Ending("cards", "Nothing to review here.", "Back to samples")
    count = len(document.query(queries.sample_ids, "", "suspect", run_id))
    sentence = f"Nothing to review here. The next deck with work: Suspected labels, {count}."
    return Ending("cards", sentence, "Open that deck", "Back to samples", run_id)


def retrain(document: Document, controller: RunController, run_id: int | None) -> int | None:
    """A new run with the options of this one; None when there is none or it was no training."""
    if run_id is None:
        return None
    run = document.query(queries.run, run_id)
    try:
        job = TrainingJob.model_validate_json(run.job)
    except ValidationError:
        return None
    return int(controller.train(job.options, recipe=run.recipe))
