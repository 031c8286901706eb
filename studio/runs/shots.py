"""Shots: the samples that stand before each prompt of a few-shot evaluation."""

from collections.abc import Sequence

from studio.document import Document
from studio.errors import StudioError
from studio.runs.run_record import load_record
from studio.runs.samples import TrainingSet, load_training_set
from workers.contract.sample import SnapshotSample

MOST = 32


def last_shots(document: Document, run_id: int, count: int) -> tuple[int, ...]:
    """The last samples of the train split, in their order: the shots of seed S2 are the last 3."""
    training = document.query(load_record, run_id).training
    chosen = document.query(load_training_set, training.options)
    train = [one.id for one in chosen.samples if one.split == "train"]
    if not 0 < count <= MOST:
        raise StudioError(f"{count} shots make no sense: say 1 to {MOST}.")
    if len(train) < count:
        raise StudioError(f"The train split has {len(train):,} samples, not {count:,} for shots.")
    return tuple(train[-count:])


def find_shots(chosen: TrainingSet, shots: Sequence[int]) -> tuple[SnapshotSample, ...]:
    """The samples of these ids in the order asked for; StudioError for one that cannot be shown."""
    if len(shots) > MOST:
        raise StudioError(f"{len(shots)} shots are too many: {MOST} at most.")
    known = {one.id: one for one in chosen.samples}
    missing = [shot for shot in shots if shot not in known]
    if missing:
        raise StudioError(
            f"Sample {missing[0]} has no caption, answer or split, so it cannot be a shot."
        )
    return tuple(known[shot] for shot in dict.fromkeys(shots))
