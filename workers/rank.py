"""Rank suspected labels without training: `python -m workers.rank FOLDER`."""

import sys
from typing import TYPE_CHECKING

import numpy as np

from workers.contract.events import Finished, Reason, SamplesRanked, Stopped
from workers.contract.folder import Request
from workers.contract.job import RankingJob
from workers.data.batches import reading_batches
from workers.data.samples import LabelledSamples, Row, read_labelled
from workers.data.tokens import TokenisedSamples, tokenise
from workers.metrics.ranking import judge_out_of_fold, nearest
from workers.models import loading
from workers.models.trouble import Trouble
from workers.reporting import Ending, Report, run_job

if TYPE_CHECKING:
    from torch import nn

READING_BATCH = 32
SAMPLES_PER_EVENT = 40_000  # with five neighbours each and long labels, half a journal's line


def main(argv: list[str]) -> int:
    """Do the ranking job of a folder."""
    return run_job(argv, perform)


def perform(report: Report) -> Ending:
    """Embed every caption once, then let the others judge each label."""
    job = report.job
    if not isinstance(job, RankingJob):
        raise Trouble(Reason.BAD_OPTION, f"This folder holds a job to {job.kind}, not to rank.")
    rows = usable_rows(read_labelled(report.folder, job.labels, job.snapshot_sha256))
    report.say(f"Loading {job.base_model.title}.")
    device = loading.choose_device()
    model, tokenizer = loading.load_encoder(job.base_model, device=device)
    length = min(job.max_length, loading.longest_input(model))
    samples = tokenise(tokenizer, rows, length)
    embeddings = embed(report, model, samples, device)
    if embeddings is None:
        return Stopped(step=0)
    tell_ranking(report, job, samples, embeddings)
    return Finished()


def usable_rows(samples: LabelledSamples) -> list[Row]:
    """Every sample with a label and a caption, whatever its split; two labels at least."""
    if samples.problem:
        raise Trouble(Reason.BAD_SAMPLE, samples.problem)
    rows = [row for split in sorted(samples.rows) for row in samples.of(split)]
    if not rows:
        raise Trouble(Reason.BAD_SAMPLE, "No sample has a label and a caption.")
    if len({label for _, _, label in rows}) == 1:
        raise Trouble(
            Reason.ONE_LABEL,
            f"All {len(rows):,} samples have the same label: there is nothing to compare.",
        )
    return rows


def embed(
    report: Report, model: "nn.Module", samples: TokenisedSamples, device: str
) -> np.ndarray | None:
    """The mean of each caption's token vectors, of length 1; None when a stop was asked for."""
    import torch

    batches = reading_batches(samples.lengths, READING_BATCH)
    found: list[np.ndarray | None] = [None] * len(samples)
    for number, batch in enumerate(batches):
        if report.is_asked(Request.STOP):
            return None
        report.progress("Reading captions", number, len(batches))
        inputs = samples.batch(batch, device)
        with torch.inference_mode():
            hidden = model(**inputs).last_hidden_state
            mask = inputs.get("attention_mask", torch.ones_like(inputs["input_ids"]))[..., None]
            mean = (hidden * mask).sum(1) / mask.sum(1)
            vectors = torch.nn.functional.normalize(mean, dim=-1).float().cpu().numpy()
        for position, vector in zip(batch, vectors, strict=True):
            found[position] = vector
    return np.stack([vector for vector in found if vector is not None])


def tell_ranking(
    report: Report, job: RankingJob, samples: TokenisedSamples, embeddings: np.ndarray
) -> None:
    """Say what the other folds think of each label, and which captions lie nearest."""
    report.say("Judging each label by the others.")
    given = np.array(samples.labels)
    probabilities = judge_out_of_fold(embeddings, given, len(job.labels), job.seed)
    predicted = probabilities.argmax(axis=1)
    places, similarities = nearest(embeddings, job.neighbours)
    ids = np.array(samples.ids)
    for start in range(0, len(ids), SAMPLES_PER_EVENT):
        part = range(start, min(len(ids), start + SAMPLES_PER_EVENT))
        report.append(
            SamplesRanked(
                sample_ids=tuple(int(ids[at]) for at in part),
                confidences=tuple(float(probabilities[at, given[at]]) for at in part),
                predicted=tuple(job.labels[predicted[at]] for at in part),
                neighbour_ids=tuple(tuple(ids[places[at]].tolist()) for at in part),
                similarities=tuple(tuple(similarities[at].tolist()) for at in part),
            )
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
