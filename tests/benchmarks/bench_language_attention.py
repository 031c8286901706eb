"""Attention of a language model's answer at 1,024 tokens: memory, size and exactness.

Each way runs in a process of its own after the model is loaded: plain generation of the answer,
one pass that captures the answer's rows, and eager attention that keeps every row.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import save

from studio.attention.maps import read_map
from workers.contract import shares
from workers.contract.catalogue import weights_folder
from workers.maps import answers

LENGTH, ANSWER = 1024, 32
MIB = 2**20
# What a map's provenance must have; its values do not matter here.
BLANK: dict[str, Any] = dict.fromkeys(
    (
        "base_model",
        "revision",
        "adapter_sha256",
        "run_token",
        "method",
        "text",
        "text_sha256",
        "reduction",
    ),
    "",
) | {
    "format": 2,
    "step": 0,
    "sample_id": 0,
    "cut": False,
    "labels": [],
    "label": None,
    "base_probabilities": [],
    "tuned_probabilities": [],
}
WAYS = ("generate", "capture", "eager")
MOST_MEMORY, LEAST_SMALLER, MOST_DIFFERENCE = 1.15, 100, 5e-4


def main() -> int:
    """Print the figures; 1 when one of them misses what is wanted."""
    place = weights_folder("smollm2")
    if place is None:
        print("SmolLM2 is not on this computer: python main.py models get smollm2")
        return 1
    print(f"SmolLM2-135M in fp32, {LENGTH} tokens of which {ANSWER} are the answer, one thread")
    found = {way: measure(way) for way in (*WAYS, "compare")}
    for way in WAYS:
        one = found[way]
        print(
            f"{way:<9} peak {one['peak'] / MIB:7,.0f} MiB, above the loaded model "
            f"{(one['peak'] - one['loaded']) / MIB:6,.0f} MiB, {one['seconds']:5.1f} s"
        )
    memory = found["capture"]["peak"] / found["generate"]["peak"]
    eager, compared = found["eager"]["stored"], found["compare"]
    smaller = eager / compared["file"]
    print(f"peak of capture / generation  {memory:.2f}  (wanted <= {MOST_MEMORY})")
    print(f"peak of eager / generation    {found['eager']['peak'] / found['generate']['peak']:.2f}")
    print(
        f"stored: eager of one model {eager / MIB:,.0f} MiB, of its map "
        f"{compared['file'] / MIB:.1f} MiB, 1/{smaller:.0f} (wanted 1/{LEAST_SMALLER}); "
        f"base and tuned together 1/{smaller / 2:.0f}"
    )
    print(
        f"difference to eager, as kept {compared['difference']:.1e}  (wanted <= {MOST_DIFFERENCE})"
    )
    reached = (
        memory <= MOST_MEMORY
        and smaller >= LEAST_SMALLER
        and compared["difference"] <= MOST_DIFFERENCE
    )
    return 0 if reached else 1


def measure(way: str) -> dict[str, float]:
    """One way in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.bench_language_attention", way],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def perform(way: str) -> dict[str, float]:
    """What a fresh process does: load, forget the peak of loading, work, tell the new peak."""
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(1)
    model: Any = AutoModelForCausalLM.from_pretrained(
        weights_folder("smollm2"),
        dtype=torch.float32,
        attn_implementation="eager" if way == "eager" else "sdpa",
    ).eval()
    torch.manual_seed(0)
    ids = torch.randint(100, 49_000, (LENGTH,)).tolist()
    answers.look(model, ids[:8], [6, 7]) if way == "capture" else model(torch.tensor([ids[:8]]))
    loaded = forget_peak()
    began = time.perf_counter()
    told = {"generate": generate, "capture": capture, "eager": eager, "compare": compare}[way](
        model, ids
    )
    return told | {"loaded": loaded, "peak": peak(), "seconds": time.perf_counter() - began}


def generate(model: Any, ids: list[int]) -> dict[str, float]:
    """The answer token by token with a cache, as anyone generates."""
    prompt = torch.tensor([ids[: LENGTH - ANSWER]])
    with torch.inference_mode():
        model.generate(
            input_ids=prompt,
            attention_mask=torch.ones_like(prompt),
            max_new_tokens=ANSWER,
            min_new_tokens=ANSWER,
            do_sample=False,
        )
    return {}


def capture(model: Any, ids: list[int]) -> dict[str, float]:
    """The answer's rows, beside SDPA."""
    seen = answers.look(model, ids, list(range(LENGTH - ANSWER, LENGTH)))
    return {"stored": seen.attention.numel() * seen.attention.element_size()}


def eager(model: Any, ids: list[int]) -> dict[str, float]:
    """Every row of every head, as output_attentions gives them."""
    with torch.inference_mode():
        maps = model(torch.tensor([ids]), output_attentions=True, use_cache=False).attentions
    return {"stored": sum(one.numel() * one.element_size() for one in maps)}


def compare(model: Any, ids: list[int]) -> dict[str, float]:
    """The largest difference of a share as the project keeps it, and the sizes of one map."""
    rows = list(range(LENGTH - ANSWER, LENGTH))
    seen = answers.look(model, ids, rows)
    model.set_attn_implementation("eager")
    with torch.inference_mode():
        maps = model(torch.tensor([ids]), output_attentions=True, use_cache=False).attentions
    expected = torch.cat(maps)[:, :, [row - 1 for row in rows]]
    tokens = ["a"] * LENGTH
    provenance = BLANK | {"tokens": tokens, "spans": [[0, 1]] * LENGTH, "rows": rows}
    provenance["special"] = [False] * LENGTH
    stored = shares.to_bytes(seen.attention.numpy())
    content = save({"base": stored, "tuned": stored}, {"provenance": json.dumps(provenance)})
    kept = read_map(content).tuned.astype(np.float32)
    return {"difference": float(np.abs(kept - expected.numpy()).max()), "file": len(content) / 2}


def forget_peak() -> float:
    """Let the peak begin at what is used now, and say how much that is."""
    Path("/proc/self/clear_refs").write_text("5")
    return status("VmRSS")


def peak() -> float:
    """The most memory since then, in bytes."""
    return status("VmHWM")


def status(name: str) -> float:
    """A figure of this process in bytes; Linux only."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(float(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(perform(sys.argv[1])))
        sys.exit(0)
    sys.exit(main())
