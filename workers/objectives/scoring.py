"""Scoring written captions: beside those by people, and beside their pictures."""

from collections.abc import Mapping, Sequence
from functools import partial
from math import isfinite, nan
from statistics import fmean

from workers.contract.events import CaptionsScored
from workers.data.prompts import AnswerSamples
from workers.metrics import clip_score
from workers.metrics.captions.scoring import CaptionScores, score_captions
from workers.models.sight import open_picture
from workers.objectives.answers import Answers
from workers.objectives.objective import Moment
from workers.reporting import Report

CLIP_SCORE = "CLIPScore"

Scores = dict[str, tuple[float, ...]]


def score_written(
    report: Report,
    objective: Answers,
    samples: AnswerSamples,
    texts: Sequence[str],
    moment: Moment,
) -> Scores:
    """Say what all captions scored, and give each one's scores by metric, parallel to the texts.

    A caption without a reference, or of a picture that was lost, has none: not a number.
    """
    lost = samples.pictures.lost if samples.pictures else set[int]()
    seen = [at for at in range(len(texts)) if at not in lost]
    told = [at for at in seen if samples.references[at]]
    if not told:
        report.say("No sample has a caption by a person: only pictures can be compared with.")
    beside = score_captions(
        {str(at): texts[at] for at in told}, {str(at): samples.references[at] for at in told}
    )
    near = _near_pictures(report, objective, samples, texts, seen)
    if told or near:
        report.append(_said(samples, texts, beside, near, moment))
    each = {name: values.tolist() for name, values in beside.samples.items()}
    return _spread(each, told, len(texts)) | _spread(near, seen, len(texts))


def _said(
    samples: AnswerSamples,
    texts: Sequence[str],
    beside: CaptionScores,
    near: Mapping[str, Sequence[float]],
    moment: Moment,
) -> CaptionsScored:
    metrics = dict(beside.corpus) if beside.ids else {}
    known = {name: [one for one in values if isfinite(one)] for name, values in near.items()}
    return CaptionsScored(
        **moment._asdict(),
        metrics=metrics | {name: fmean(values) for name, values in known.items() if values},
        count=len(beside.ids),
        unreferenced=len(texts) - len(beside.ids),
        empty=tuple(samples.ids[int(at)] for at in beside.empty),
        repeating=tuple(samples.ids[int(at)] for at in beside.repeating),
    )


def _near_pictures(
    report: Report,
    objective: Answers,
    samples: AnswerSamples,
    texts: Sequence[str],
    places: Sequence[int],
) -> dict[str, list[float]]:
    """CLIPScore of the texts at these places, where a CLIP model was named."""
    vision, pictures = objective.job.options.vision, samples.pictures
    if vision is None or pictures is None or not vision.clip_model:
        return {}
    report.say("Scoring captions beside their pictures.")
    scorer = clip_score.load_scorer(
        vision.clip_model, prefix=vision.clip_prefix, device=objective.device
    )
    rows = [pictures.rows[at] for at in places]
    opened = [(row.sha256, partial(open_picture, row.path)) for row in rows]
    return {CLIP_SCORE: scorer.score(opened, [texts[at] for at in places])}


def _spread(found: Mapping[str, Sequence[float]], places: Sequence[int], count: int) -> Scores:
    """Values of some places among all of them."""
    spread = {}
    for name, values in found.items():
        each = [nan] * count
        for at, value in zip(places, values, strict=True):
            each[at] = float(value)
        spread[name] = tuple(each)
    return spread
