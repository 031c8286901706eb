"""What a device can do, what a training asks of it at least, and what the studio expects."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from workers.contract.folder import load_job
from workers.contract.job import TrainingJob
from workers.models import adapters, causal, loading, memory

# Dense bf16 with sums in fp32, FLOP a second as published by the maker; the first match counts.
PUBLISHED = {
    "H200": 989e12,
    "H100 PCIe": 756e12,
    "H100": 989e12,
    "A100": 312e12,
    "L40S": 362e12,
    "L4": 121e12,
    "RTX 4090": 165e12,
    "RTX 3090": 71e12,
}


def report_device() -> float:
    """Name the device; the FLOP a second that utilisation is a share of."""
    reached = measured_rate()
    if not torch.cuda.is_available():
        print(f"device: the processor, one thread; a matrix product reaches {reached / 1e9:.0f} G")
        return reached
    name = torch.cuda.get_device_name(0)
    published = next((rate for part, rate in PUBLISHED.items() if part in name), None)
    print(
        f"device: {name}; a bf16 matrix product reaches {reached / 1e12:.0f} TFLOP/s, published "
        + (f"{published / 1e12:.0f}" if published else "unknown: the measured one counts")
    )
    return published or reached


def measured_rate() -> float:
    """FLOP a second of a large matrix product here."""
    on_gpu = torch.cuda.is_available()
    device, size = ("cuda", 8192) if on_gpu else ("cpu", 512)
    one = torch.randn(size, size, device=device, dtype=torch.bfloat16 if on_gpu else torch.float32)
    torch.set_num_threads(torch.get_num_threads() if on_gpu else 1)
    best = 0.0
    for _ in range(5):
        started = time.perf_counter()
        for _ in range(4):
            one @ one
        if on_gpu:
            torch.cuda.synchronize()
        best = max(best, 4 * 2 * size**3 / (time.perf_counter() - started))
    return best


def empty_model(run: Path) -> tuple[Any, TrainingJob]:
    """The run's model as it would train, without weights."""
    job = load_job(run)
    assert isinstance(job, TrainingJob)
    with torch.device("meta"):
        model = causal.empty_language_model(loading.load_config(job.base_model))
        return adapters.prepare(model, job.options), job


def needed_work(run: Path, lengths: list[int], targets: int) -> float:
    """FLOP that one epoch cannot do without, whoever trains.

    Forward and backward through frozen weights take 4 a weight and token, through trained ones 6;
    the output layer counts for learnt tokens alone, attention for what lies before a token.
    """
    model, _ = empty_model(run)
    tokens, body, output = sum(lengths), 0, 0
    for name, parameter in model.named_parameters():
        if parameter.ndim < 2 or "embed_tokens" in name:
            continue
        share = (6 if parameter.requires_grad else 4) * parameter.numel()
        if adapters.is_output(name):
            output += share
        else:
            body += share
    config = model.config
    attention = 6 * config.num_hidden_layers * config.hidden_size
    return body * tokens + output * targets + attention * sum(length**2 for length in lengths)


def report_estimate(
    run: Path, lengths: list[int], targets: int, peak: float, wanted: float
) -> None:
    """The studio's estimate beside the peak: on a GPU of its tensors, else of the process."""
    model, job = empty_model(run)
    answer = max(1, round(targets / len(lengths)))
    middle, longest = (int(np.percentile(lengths, share)) for share in (50, 100))
    parts = memory.estimate(
        model,
        job.options,
        memory.measure_growth(model),
        memory.Lengths(middle, longest, answer),
        len(job.labels),
    )
    outside = {"low", "high", "free"} | ({"process"} if torch.cuda.is_available() else set())
    expected = sum(size for name, size in parts.items() if name not in outside)
    print(
        f"  estimated {expected / 2**20:,.0f} MiB, measured {peak / 2**20:,.0f} MiB: "
        f"{expected / peak - 1:+.0%} (wanted within {wanted:.0%})",
        flush=True,
    )
