"""Tokens a second and memory of language model training beside `transformers.Trainer`.

Same model, captions, batch, number format and masked prompts; rounds are interleaved, medians told.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import torch

from tests.benchmarks.language_loops import (
    Timing,
    encode_alone,
    make_captions,
    make_run,
    time_ours,
    time_trainer,
)
from tests.benchmarks.language_step import PROMPT_TOKENS, ROWS, VOCABULARY
from tests.workers.language.tiny_language_models import write_tiny_language_model
from workers.contract.catalogue import weights_folder
from workers.data.batches import epoch_batches

BATCH, ROUNDS, CAPTIONS, FEW = 8, 3, 48, 16
WANTED_LORA, WANTED_QLORA, WANTED_MEMORY = 1.6, 1.4, 0.65
WANTED_BUCKETED, WANTED_PACKED, WANTED_DIFFERENCE = 0.85, 0.95, 1e-4
# The proportions of Qwen1.5-1.8B: a fifth of the work for a token is its output layer's.
LAYERS = 4
SHAPE = {
    "hidden_size": 512,
    "intermediate_size": 1376,
    "num_attention_heads": 8,
    "num_key_value_heads": 8,
    "vocab_size": 6320,
}


def main() -> int:
    """Print the figures and each one wanted; 1 when one of them is missed."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        small = write_tiny_language_model(place / "small", "llama", LAYERS, **SHAPE)
        named = f"{LAYERS} layers of {SHAPE['hidden_size']}, vocabulary {SHAPE['vocab_size']:,}"
        reached = []
        for kind, wanted in (("none", WANTED_LORA), ("nf4", WANTED_QLORA)):
            reached.append(report_speed(place, small, named, kind, wanted, CAPTIONS))
            reached.append(report_losses(place, small, kind))
        if (real := weights_folder("smollm2")) is not None:
            reached.append(report_speed(place, real, "SmolLM2-135M", "none", WANTED_LORA, FEW))
        reached.append(report_padding(place, small))
    reached.append(report_memory())
    return 0 if all(reached) else 1


def report_speed(
    place: Path, model: Path, named: str, kind: str, wanted: float, captions: int
) -> bool:
    """Medians of interleaved rounds; a token is one of a sample's own, never a padded one."""
    told: dict[str, list[Timing]] = {"ours": [], "Trainer": []}
    tokens = 0
    for number in range(ROUNDS):
        run = make_run(
            place / f"{model.name}-{kind}-{number}",
            model,
            make_captions(captions),
            quantisation__kind=kind,
        )
        timing, encoded = time_ours(run)
        tokens = sum(encoded.lengths)
        told["ours"].append(timing)
        told["Trainer"].append(time_trainer(run, encoded))
    title = "QLoRA" if kind == "nf4" else "LoRA"
    print(f"{title}: {named}, {captions} captions, {tokens:,} tokens, batch {BATCH}, 1 thread")
    for name, timings in told.items():
        seconds = statistics.median(one.seconds for one in timings)
        processor = statistics.median(one.processor_seconds for one in timings)
        print(f"  {name}: {tokens / seconds:.0f} tokens/s, {processor:.2f} s of processor")
    pairs = list(zip(told["ours"], told["Trainer"], strict=True))
    clock = statistics.median(theirs.seconds / ours.seconds for ours, theirs in pairs)
    processor = statistics.median(
        theirs.processor_seconds / ours.processor_seconds for ours, theirs in pairs
    )
    print(
        f"  ours / Trainer: {clock:.2f} x by the clock, {processor:.2f} x by the processor "
        f"(wanted {wanted})",
        flush=True,
    )
    return processor >= wanted


def report_losses(place: Path, model: Path, kind: str) -> bool:
    """All captions in each step, so that their order does not matter; the second has an update."""
    run = make_run(
        place / f"losses-{kind}",
        model,
        make_captions(FEW),
        quantisation__kind=kind,
        accumulation=FEW // BATCH,
        epochs=2,
    )
    ours, encoded = time_ours(run)
    theirs = time_trainer(run, encoded, logs=True)
    largest = max(abs(a - b) for a, b in zip(ours.losses, theirs.losses, strict=True))
    print(
        f"  losses of two steps, {theirs.losses[0]:.4f} and {theirs.losses[1]:.4f}, differ by "
        f"{largest:.1e} in fp32 (wanted {WANTED_DIFFERENCE})",
        flush=True,
    )
    return len(ours.losses) == 2 and largest <= WANTED_DIFFERENCE


def report_padding(place: Path, model: Path) -> bool:
    """Padded places of one epoch by chance, in buckets, and packed."""
    samples = encode_alone(make_run(place / "padding", model, make_captions(2000)))
    own = sum(samples.lengths)

    def padding(*, bucketed: bool, packed: bool = False) -> int:
        batches = epoch_batches(samples.lengths, 42, 0, BATCH, bucketed)
        read = samples.packed_batch if packed else samples.batch
        return sum(read(batch, "cpu")["input_ids"].numel() for batch in batches) - own

    chance = padding(bucketed=False)
    print(f"padding: {own:,} tokens, {chance:,} padded by chance, batch {BATCH}")
    reached = True
    for name, left, wanted in (
        ("bucketing", padding(bucketed=True), WANTED_BUCKETED),
        ("packing", padding(bucketed=False, packed=True), WANTED_PACKED),
    ):
        print(f"  {name} saves {1 - left / chance:.1%} of it (wanted {wanted:.0%})", flush=True)
        reached = reached and 1 - left / chance >= wanted
    return reached


def report_memory() -> bool:
    """Peak of one step above the loaded model, each in a process of its own."""
    peaks = {name: step_memory(name) for name in ("ours", "Trainer")}
    print(
        f"memory: one step above the loaded model, {ROWS} captions with prompts of "
        f"{PROMPT_TOKENS} tokens, vocabulary {VOCABULARY:,}"
    )
    for name, peak in peaks.items():
        print(f"  {name}: {peak / 2**20:,.0f} MiB")
    ratio = peaks["ours"] / peaks["Trainer"]
    print(f"  ours / Trainer: {ratio:.2f} (wanted {WANTED_MEMORY})")
    return ratio <= WANTED_MEMORY


def step_memory(name: str) -> int:
    """Bytes that a fresh process found."""
    found = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.language_step", name],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(json.loads(found.stdout.splitlines()[-1])["bytes"])


if __name__ == "__main__":
    sys.exit(main())
