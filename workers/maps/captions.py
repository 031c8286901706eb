"""Maps of a classifier: a caption's tokens, all reading all, with the labels' probabilities."""

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workers.contract import shares
from workers.contract.events import Reason
from workers.contract.snapshot import SnapshotSample
from workers.maps.reader import Reader, base_model, origin_of
from workers.models.trouble import Trouble

if TYPE_CHECKING:
    import numpy as np
    import torch
    from torch import nn

_MODEL_INPUTS = ("input_ids", "attention_mask", "token_type_ids")


@dataclass(frozen=True)
class Look:
    """What one model saw: probabilities [layer, head, token, token] and its logits."""

    attention: "torch.Tensor"
    logits: list[float]
    probabilities: list[float]


def capture(
    reader: Reader, sample: SnapshotSample
) -> tuple[dict[str, "np.ndarray"], dict[str, Any]]:
    """The arrays `base` and `tuned`, [layer, head, token, token], as bytes, and the provenance."""
    encoding = _encode(reader, sample.text)
    inputs = {name: values for name, values in encoding.items() if name in _MODEL_INPUTS}
    with base_model(reader) as model:
        base = _look(model, inputs)
    tuned = _look(reader.model, inputs)
    sides = {"base": base, "tuned": tuned}
    arrays = {name: shares.to_bytes(side.attention.numpy()) for name, side in sides.items()}
    return arrays, _provenance(reader, sample, encoding, base, tuned)


def _encode(reader: Reader, text: str) -> Any:
    tokenizer = reader.tokenizer
    if not tokenizer.is_fast:
        kind = type(tokenizer).__name__
        raise Trouble(Reason.MODEL_NOT_SUPPORTED, f"{kind} does not say where its tokens lie.")
    return tokenizer(
        text,
        truncation=True,
        max_length=reader.job.options.max_length,
        return_offsets_mapping=True,
        return_special_tokens_mask=True,
        return_tensors="pt",
    )


def _look(model: "nn.Module", inputs: dict[str, "torch.Tensor"]) -> Look:
    import torch

    from workers.models.capture import Capture, CaptureUnsupportedError

    device = next(model.parameters()).device
    try:
        with torch.inference_mode(), Capture(model) as capture:
            logits = model(**{name: part.to(device) for name, part in inputs.items()}).logits[0]
            layers = list(capture.take().values())
    except CaptureUnsupportedError as error:
        raise Trouble(Reason.MODEL_NOT_SUPPORTED, str(error)) from error
    logits = logits.float().cpu()
    return Look(torch.cat(layers), logits.tolist(), logits.softmax(-1).tolist())


def _provenance(
    reader: Reader, sample: SnapshotSample, encoding: Any, base: Look, tuned: Look
) -> dict[str, Any]:
    ids = encoding["input_ids"][0]
    return origin_of(reader, sample) | {
        "text": sample.text,
        "text_sha256": hashlib.sha256(sample.text.encode()).hexdigest(),
        "tokens": reader.tokenizer.convert_ids_to_tokens(ids.tolist()),
        "spans": encoding["offset_mapping"][0].tolist(),
        "special": [bool(flag) for flag in encoding["special_tokens_mask"][0]],
        "cut": _is_cut(reader, sample.text, len(ids)),
        "labels": list(reader.job.labels),
        "base_head": "untrained",
        "base_logits": base.logits,
        "base_probabilities": base.probabilities,
        "tuned_logits": tuned.logits,
        "tuned_probabilities": tuned.probabilities,
    }


def _is_cut(reader: Reader, text: str, length: int) -> bool:
    at_limit = length >= reader.job.options.max_length
    return at_limit and len(reader.tokenizer(text)["input_ids"]) > length
