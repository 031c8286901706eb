"""The verb that scores captions of a file beside references, without a project."""

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from studio.commands.output import Output
from studio.dataset.caption_files import (
    References,
    by_reference_ids,
    listed,
    must_be_among,
    read_names,
    read_predictions,
    read_references,
)
from studio.numbers import format_count, format_share
from workers.metrics.captions.containment import Correct, containment
from workers.metrics.captions.meteor import NAME as METEOR_NAME
from workers.metrics.captions.scoring import CaptionScores, score_captions
from workers.metrics.captions.tokens import TOKENIZER


def score(arguments: Namespace, out: Output) -> int:
    """CIDEr, BLEU, ROUGE-L and METEOR of the corpus, and of each image if asked."""
    references = read_references(arguments.references)
    predictions = by_reference_ids(read_predictions(arguments.predictions), references)
    named = _named(arguments, predictions, references)
    scores = score_captions(predictions, references.captions)
    used = sum(len(references.captions[one]) for one in scores.ids)
    left_out = len(references.captions) - len(scores.ids)
    out.line(f"{_counted(len(scores.ids), 'caption')} beside {_counted(used, 'reference')}")
    for name, value in scores.corpus.items():
        out.line(f"{METEOR_NAME if name == 'METEOR' else name:<20}{value:8.4f}")
    if named is not None:
        out.line(f"{'Named':<20}{named} ({format_share(named.share)})")
    if arguments.per_sample:
        _say_samples(scores, out)
    _note(scores, left_out, out)
    out.result(_values(scores, left_out, named, per_sample=arguments.per_sample))
    return 0


def _named(
    arguments: Namespace, predictions: Mapping[str, str], references: References
) -> Correct | None:
    """How many captions contain their name, where names were given."""
    if arguments.names is None:
        return None
    names = read_names(arguments.names)
    if not any(one in predictions for one in names):
        names = {references.ids_by_name.get(one, one): group for one, group in names.items()}
    must_be_among(names, predictions, "names", "prediction")
    captions = [predictions[one] for one in names]
    return containment(captions, names.values(), whole_words=arguments.whole_words)


def _say_samples(scores: CaptionScores, out: Output) -> None:
    """A row an image, its id last because it may be long."""
    out.line()
    out.line("".join(f"{name:>9}" for name in scores.samples) + "  image")
    for index, one in enumerate(scores.ids):
        row = "".join(f"{values[index]:9.4f}" for values in scores.samples.values())
        out.line(f"{row}  {one}")


def _note(scores: CaptionScores, left_out: int, out: Output) -> None:
    """What a reader of the numbers must know."""
    if scores.empty:
        out.note(
            f"No word, so scored 0: {_counted(len(scores.empty), 'caption')}, of images "
            f"{listed(scores.empty)}."
        )
    if scores.repeating:
        out.note(
            f"Saying the same again and again: {_counted(len(scores.repeating), 'caption')}, "
            f"of images {listed(scores.repeating)}."
        )
    if left_out:
        out.note(f"Not scored, without a prediction: {_counted(left_out, 'image')}.")
    if len(scores.ids) == 1:
        out.note("CIDEr of one image alone is 0: how rare words are is seen over several.")


def _values(
    scores: CaptionScores, left_out: int, named: Correct | None, *, per_sample: bool
) -> dict[str, Any]:
    values: dict[str, Any] = {
        **scores.corpus,
        "count": len(scores.ids),
        "empty": list(scores.empty),
        "repeating": list(scores.repeating),
        "without_prediction": left_out,
        "tokenizer": TOKENIZER,
        "METEOR_stages": ["exact", "stem"],
    }
    if named is not None:
        values["named"] = {"correct": named.correct, "count": named.count}
    if per_sample:
        values["samples"] = [
            {"id": one} | {name: float(row[index]) for name, row in scores.samples.items()}
            for index, one in enumerate(scores.ids)
        ]
    return values


def _counted(count: int, word: str) -> str:
    return f"{format_count(count)} {word}{'' if count == 1 else 's'}"
