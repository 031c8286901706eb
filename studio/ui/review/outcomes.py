"""What is said and done when a deck has no card to show: nothing to do, or all done."""

from dataclasses import dataclass

from pydantic import ValidationError

from studio.document import Document
from studio.project import queries
from studio.runs.controller import RunController
from studio.ui.review import reading
from studio.ui.review.deck import Deck
from workers.contract.job import TrainingJob

AGAIN, BACK = "Start again", "Back to samples"


@dataclass(frozen=True)
class Ending:
    """A sentence with its buttons; `run_id` is the deck that the first one opens."""

    icon: str
    sentence: str
    first: str
    second: str = ""
    run_id: int | None = None


def ending(deck: Deck) -> Ending:
    """The end of a deck that had cards."""
    if not deck.decided:
        return Ending("cards", "The deck is through. Nothing was decided.", AGAIN, BACK)
    sentence = f"{len(deck.decided)} decided, {deck.changed} changed."
    if deck.run_id is None:
        tail = " Train to see what they are worth." if deck.changed else ""
        return Ending("check-circle", sentence + tail, "Open Recipe", BACK)
    tail = " Retrain to see what they are worth." if deck.changed else ""
    return Ending("check-circle", sentence + tail, f"Retrain run {deck.run_id}", BACK)


def nothing(document: Document, deck: Deck) -> Ending:
    """A deck without cards, with the next one that has work."""
    run_id = reading.newest_suspecting_run(document)
    if run_id is None or run_id == deck.run_id:
        return Ending("cards", "Nothing to review here.", BACK)
    count = len(document.query(queries.sample_ids, "", "suspect", run_id))
    sentence = f"Nothing to review here. The next deck with work: Suspected labels, {count}."
    return Ending("cards", sentence, "Open that deck", BACK, run_id)


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
