"""Maps of a language model: for each token of the answer, what was read to write it."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workers.contract import shares
from workers.contract.events import Reason
from workers.contract.families import Layout
from workers.contract.options import AnswerKind
from workers.contract.snapshot import SnapshotSample
from workers.data import answer_rows, prompts
from workers.maps import beside, spans, towers
from workers.maps.reader import Reader, base_model, origin_of
from workers.maps.seen import Seen, see_picture
from workers.models import causal, loading, parts
from workers.models.sight import with_token_types
from workers.models.trouble import Trouble

if TYPE_CHECKING:
    import numpy as np
    import torch
    from torch import nn


@dataclass(frozen=True)
class Written:
    """Prompt and answer as the model gets them; `rows` are the places of the answer's tokens.

    `seen` is the picture of a model that sees.
    """

    ids: list[int]
    rows: list[int]
    cut: bool
    seen: Seen | None = None

    @property
    def inputs(self) -> dict[str, Any]:
        """What the model takes besides the ids."""
        return self.seen.inputs if self.seen else {}


@dataclass(frozen=True)
class Look:
    """What one model saw: [layer, head, row, token], and how likely it found each answer token.

    `rollout` is [row, token]; None where a layer reads what is no token of the text.
    """

    attention: "torch.Tensor"
    rollout: "torch.Tensor | None"
    probabilities: list[float]


def answer_of(reader: Reader, sample: SnapshotSample) -> str:
    """The words that the run learnt for a sample; empty when there are none."""
    return _row_of(reader, sample).answer


def _row_of(reader: Reader, sample: SnapshotSample) -> prompts.AnswerRow:
    prompt = reader.job.options.prompt
    assert prompt is not None
    return answer_rows.answer_row(sample, (), prompt)


def capture(
    reader: Reader, sample: SnapshotSample
) -> tuple[dict[str, "np.ndarray"], dict[str, Any]]:
    """The arrays `base` and `tuned`, [layer, head, row, token], and the provenance.

    `base_rollout` and `tuned_rollout` are [row, token]. A composed captioner's `tower` is besides
    [layer, head, 1, image token]: what its class token read. One pass over prompt and given answer:
    the row of an answer token is that of the place before it, where it is decided. All are bytes as
    `shares` makes them, the base model's before the tuned one reads.
    """
    written = write(reader, sample)
    with base_model(reader) as model:
        base = look(model, written.ids, written.rows, written.inputs)
    arrays, base_probabilities = _stored("base", base), base.probabilities
    del base
    tuned = look(reader.model, written.ids, written.rows, written.inputs)
    arrays |= _stored("tuned", tuned)
    if written.seen is not None and (of_tower := towers.look(reader, written.seen)) is not None:
        arrays["tower"] = shares.to_bytes(of_tower.numpy())
    return arrays, _provenance(reader, sample, written, base_probabilities, tuned.probabilities)


def _stored(name: str, seen: Look) -> dict[str, "np.ndarray"]:
    arrays = {name: shares.to_bytes(seen.attention.numpy())}
    if seen.rollout is not None:
        arrays[f"{name}_rollout"] = shares.to_bytes(seen.rollout.numpy())
    return arrays


def write(reader: Reader, sample: SnapshotSample) -> Written:
    """The sample as the run was trained on it."""
    job = reader.job
    model: Any = reader.model
    device = str(next(reader.model.parameters()).device)
    found = see_picture(reader.eye, sample, device) if reader.eye else None
    eos = causal.eos_of(model.config, reader.tokenizer)
    window = min(job.options.max_length, loading.longest_input(model))
    assert job.options.prompt is not None
    labels = job.labels if job.options.prompt.answer == AnswerKind.LABEL else ()
    made = prompts.encode(
        reader.tokenizer,
        eos,
        [_row_of(reader, sample)],
        labels,
        job.options,
        window,
        pictures=found.pictures if found else None,
    )
    ids = made.tokens[0].tolist()
    rows = list(range(made.prompts[0], len(ids)))
    if not rows:
        raise Trouble(
            Reason.BAD_SAMPLE, f"Sample {sample.key}: nothing of its answer fits the window."
        )
    return Written(ids, rows, sample.id in made.cut, found)


def look(
    model: "nn.Module", ids: list[int], rows: list[int], seen: Mapping[str, Any] | None = None
) -> Look:
    """Read prompt and answer in one pass without a cache, keeping the answer's rows alone.

    With what is `seen` of a picture, only the language model's attention is kept.
    """
    import torch

    from workers.models.capture import Capture, CaptureUnsupportedError
    from workers.models.rolling import Rollout

    if seen and parts.family_of(model).layout == Layout.CROSSED:
        attention, logits = beside.read(model, ids, [row - 1 for row in rows], seen)
        return Look(attention, None, _likelihoods(logits, ids, rows))
    device = next(model.parameters()).device
    deciding = torch.tensor(rows) - 1
    tokens = torch.tensor([ids], device=device)
    rollout = Rollout(deciding.tolist())
    is_wanted = _reads(model) if seen else lambda _: True
    capture = Capture(model, deciding.tolist(), is_wanted, kept_as=torch.float16, rollout=rollout)
    try:
        with torch.inference_mode(), capture:
            logits = model(
                use_cache=False,
                logits_to_keep=deciding.to(device),
                **with_token_types(model, {"input_ids": tokens, **(seen or {})}),
            ).logits[0]
            layers = list(capture.take().values())
    except CaptureUnsupportedError as error:
        raise Trouble(Reason.MODEL_NOT_SUPPORTED, str(error)) from error
    return Look(torch.cat(layers), rollout.take(), _likelihoods(logits, ids, rows))


def _likelihoods(logits: "torch.Tensor", ids: list[int], rows: list[int]) -> list[float]:
    """How likely each answer token was, from the logits [row, vocabulary] that decided it."""
    likely = logits.float().softmax(-1)
    return [float(likely[place, ids[row]]) for place, row in enumerate(rows)]


def _reads(model: "nn.Module") -> Callable[[str], bool]:
    """Whether a module is of the language model, by its name."""
    family = parts.family_of(model)
    return lambda name: parts.part_of(family, name) == "language"


def _provenance(
    reader: Reader,
    sample: SnapshotSample,
    written: Written,
    base: list[float],
    tuned: list[float],
) -> dict[str, Any]:
    picture = reader.eye.sight.token if reader.eye else None
    text, places = spans.text_and_spans(reader.tokenizer, written.ids, picture)
    known = {*reader.tokenizer.all_special_ids, picture}
    # The first token takes what is left over, whatever it says: it is set apart like a special one.
    special = [index == 0 or token in known for index, token in enumerate(written.ids)]
    return origin_of(reader, sample) | {
        "text": text,
        "text_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "caption_sha256": hashlib.sha256(sample.text.encode()).hexdigest(),
        "caption": spans.find_caption(text, sample.text),
        "tokens": reader.tokenizer.convert_ids_to_tokens(written.ids),
        "spans": places,
        "special": special,
        "rows": written.rows,
        "cut": written.cut,
        "labels": [],
        "base_probabilities": [],
        "tuned_probabilities": [],
        "base_token_probabilities": base,
        "tuned_token_probabilities": tuned,
        "geometry": written.seen.geometry.model_dump(mode="json") if written.seen else None,
        "image": [place for place, token in enumerate(written.ids) if token == picture],
    }
