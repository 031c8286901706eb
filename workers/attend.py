"""Attention maps of captions: the same tokens read by the base weights and by the tuned ones."""

import contextlib
import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workers import reporting
from workers.contract import folder
from workers.contract.events import Finished, MapCaptured, Reason, Stopped
from workers.contract.folder import MAPS, Request
from workers.contract.job import AttentionJob, TrainingJob
from workers.contract.options import Method
from workers.contract.snapshot import SnapshotSample, read_snapshot
from workers.models import checkpoints, loading
from workers.models.trouble import Trouble

if TYPE_CHECKING:
    import torch
    from torch import nn
    from transformers import PreTrainedTokenizerBase

FORMAT = 1


@dataclass(frozen=True)
class Reader:
    """The tuned model with what says exactly which one it is."""

    model: "nn.Module"
    tokenizer: "PreTrainedTokenizerBase"
    job: TrainingJob
    step: int
    adapter_sha256: str


@dataclass(frozen=True)
class Look:
    """What one model saw: probabilities [layer, head, token, token] and its logits."""

    attention: "torch.Tensor"
    logits: list[float]
    probabilities: list[float]


def attend(report: reporting.Report) -> reporting.Ending:
    """Write maps/<sample>.safetensors for each sample; a stop keeps what is done."""
    job = report.job
    assert isinstance(job, AttentionJob)
    samples = list(read_snapshot(report.folder))
    reader = load_reader(Path(job.parent), job.checkpoint)
    (report.folder / MAPS).mkdir(exist_ok=True)
    report.say(f"Samples to capture: {len(samples)}; checkpoint of step {reader.step}.")
    for done, sample in enumerate(samples, start=1):
        if report.is_asked(Request.STOP):
            return Stopped(step=done - 1)
        path = f"{MAPS}/{sample.id}.safetensors"
        content = capture_sample(reader, sample)
        folder.replace_file(report.folder / path, content)
        digest = hashlib.sha256(content).hexdigest()
        report.append(MapCaptured(sample_id=sample.id, path=path, sha256=digest))
        report.progress("attention", done, len(samples))
    return Finished()


def load_reader(run_folder: Path, checkpoint: str) -> Reader:
    """The model of a run's checkpoint."""
    model, tokenizer, job = loading.load_trained(run_folder, checkpoint)
    step = folder.chosen_step(run_folder, checkpoint)
    weights = folder.checkpoint_folder(run_folder, step) / checkpoints.WEIGHTS
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    return Reader(model, tokenizer, job, step, digest)


def capture_sample(reader: Reader, sample: SnapshotSample) -> bytes:
    """The map file of one sample: arrays `base` and `tuned` in half precision, and provenance."""
    from safetensors.torch import save

    encoding = _encode(reader, sample.text)
    inputs = {name: values for name, values in encoding.items() if name in _MODEL_INPUTS}
    with base_model(reader) as model:
        base = _look(model, inputs)
    tuned = _look(reader.model, inputs)
    provenance = _provenance(reader, sample, encoding, base, tuned)
    arrays = {
        name: look.attention.half().contiguous()
        for name, look in (("base", base), ("tuned", tuned))
    }
    return save(arrays, {"provenance": json.dumps(provenance, ensure_ascii=False, sort_keys=True)})


_MODEL_INPUTS = ("input_ids", "attention_mask", "token_type_ids")


@contextlib.contextmanager
def base_model(reader: Reader) -> Iterator["nn.Module"]:
    """The model before training: the adapter switched off, or the base weights loaded anew.

    Its head is the untrained one that training began with.
    """
    if reader.job.options.method == Method.LORA:
        model: Any = reader.model
        with model.disable_adapter():
            yield model
        return
    job = reader.job
    model, _ = loading.load_classifier(job.base_model, job.labels, job.options)
    yield model.eval()


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
    job = reader.job
    ids = encoding["input_ids"][0]
    return {
        "format": FORMAT,
        "base_model": job.base_model.hub_id or job.base_model.name,
        "revision": job.base_model.revision,
        "adapter_sha256": reader.adapter_sha256,
        "run_token": job.token,
        "step": reader.step,
        "method": job.options.method.value,
        "sample_id": sample.id,
        "text": sample.text,
        "text_sha256": hashlib.sha256(sample.text.encode()).hexdigest(),
        "image_sha256": sample.image_sha256,
        "tokens": reader.tokenizer.convert_ids_to_tokens(ids.tolist()),
        "spans": encoding["offset_mapping"][0].tolist(),
        "special": [bool(flag) for flag in encoding["special_tokens_mask"][0]],
        "cut": _is_cut(reader, sample.text, len(ids)),
        "labels": list(job.labels),
        "label": sample.label,
        "base_head": "untrained",
        "base_logits": base.logits,
        "base_probabilities": base.probabilities,
        "tuned_logits": tuned.logits,
        "tuned_probabilities": tuned.probabilities,
        "reduction": "none",
        "geometry": None,
    }


def _is_cut(reader: Reader, text: str, length: int) -> bool:
    at_limit = length >= reader.job.options.max_length
    return at_limit and len(reader.tokenizer(text)["input_ids"]) > length


def main(argv: list[str]) -> int:
    """Do the job in the folder that is named."""
    return reporting.run_job(argv, attend)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
