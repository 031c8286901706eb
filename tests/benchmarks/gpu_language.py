"""Training of Qwen1.5-1.8B's shape on a GPU beside `transformers.Trainer` and TRL, in one run.

`python -m tests.benchmarks.gpu_language` prints tokens a second, model FLOP utilisation and peak
memory of LoRA and QLoRA, and the peak beside the studio's estimate. The weights are random (3.4
GiB, written to a temporary folder), the recipe is “qwen-verdict”. With `--small` a tiny shape goes
through every part on the processor; its figures say nothing. TRL takes part where it is installed.
"""

import argparse
import contextlib
import dataclasses
import io
import json
import statistics
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from tests.benchmarks import device_figures
from tests.benchmarks.language_loops import (
    Timing,
    encode_alone,
    load_for_peer,
    make_captions,
    make_run,
    peer_arguments,
    peer_rows,
    time_ours,
    time_peer,
    time_trainer,
)
from workers.contract.catalogue import config_folder
from workers.contract.options import Precision
from workers.contract.recipes import find_recipe
from workers.data.prompts import IGNORED, AnswerSamples

BASE_MODEL, RECIPE = "qwen1.5-1.8b-chat", "qwen-verdict"
SMALL = {
    "hidden_size": 64,
    "intermediate_size": 172,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
    "vocab_size": 1024,
}
KINDS = {"none": "LoRA", "nf4": "QLoRA"}
OURS, TRAINER, TRL = "studio", "Trainer", "TRL"
ROUNDS, CAPTIONS, SMALL_CAPTIONS, WARM_EPOCHS, EPOCHS = 3, 512, 16, 1, 2
WANTED_SHARE = 0.15


@dataclasses.dataclass(frozen=True)
class Told:
    """What one arm's process said."""

    timing: Timing
    tokens: int
    lengths: list[int]
    targets: int


def main(words: list[str]) -> int:
    """Run every arm in turn and print the table; with --arm, be that arm."""
    given = parse(words)
    if given.arm:
        print(json.dumps(dataclasses.asdict(perform(given))))
        return 0
    if not given.small and not torch.cuda.is_available():
        print(
            "There is no CUDA device on this machine, so nothing was measured. "
            "--small goes through every part on the processor."
        )
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        model = write_random_model(Path(scratch) / "model", small=given.small)
        peak_rate = device_figures.report_device()
        for kind in KINDS:
            report(Path(scratch), model, kind, peak_rate, small=given.small)
    if given.small:
        print("These are figures of a tiny shape on the processor: they show that all parts work.")
    return 0


def parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="gpu_language", description=__doc__)
    parser.add_argument("--small", action="store_true", help="a tiny shape, on the processor too")
    parser.add_argument("--arm", default="", help=argparse.SUPPRESS)
    parser.add_argument("--kind", default="none", help=argparse.SUPPRESS)
    parser.add_argument("--model", default="", help=argparse.SUPPRESS)
    parser.add_argument("--place", default="", help=argparse.SUPPRESS)
    return parser.parse_args(words)


def write_random_model(place: Path, *, small: bool) -> Path:
    """The shipped shape with random weights in bf16 and a tokenizer of words."""
    from transformers import AutoConfig, AutoModelForCausalLM

    shipped = config_folder(BASE_MODEL)
    assert shipped is not None
    tokenizer = write_tokenizer(place)
    config = AutoConfig.from_pretrained(shipped)
    ends = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    config.update(ends | {"bos_token_id": None} | (SMALL if small else {}))
    if small:
        config.layer_types = config.layer_types[: config.num_hidden_layers]
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16).save_pretrained(place)
    return place


def write_tokenizer(place: Path) -> Any:
    """Pieces of bytes, learnt from what will be read: a word of the recipe is a token or two."""
    from tokenizers import ByteLevelBPETokenizer
    from transformers import PreTrainedTokenizerFast

    recipe = find_recipe(RECIPE)
    assert recipe is not None
    told = [recipe.options["prompt.instruction"], *(one.text for one in make_captions(CAPTIONS))]
    pieces = ByteLevelBPETokenizer()
    pieces.train_from_iterator(told, vocab_size=800, show_progress=False)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=pieces._tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>"
    )
    tokenizer.save_pretrained(place)
    return tokenizer


def make_arm_run(place: Path, model: Path, kind: str, *, small: bool) -> Path:
    """The seed's recipe in bf16 without dropout."""
    recipe = find_recipe(RECIPE)
    assert recipe is not None
    given = {name.replace(".", "__"): value for name, value in recipe.options.items()}
    given |= {
        "precision": Precision.BF16.value,
        "adapter__dropout": 0.0,
        "epochs": EPOCHS,
        "quantisation__kind": kind,
    }
    del given["base_model"]
    return make_run(place, model, make_captions(SMALL_CAPTIONS if small else CAPTIONS), **given)


def perform(given: argparse.Namespace) -> Told:
    """One arm, in a fresh process."""
    torch.set_num_threads(1 if given.small else torch.get_num_threads())
    place = Path(given.place)
    run = make_arm_run(place, Path(given.model), given.kind, small=given.small)
    if given.arm == OURS:
        timing, samples = time_ours(run, warm_epochs=WARM_EPOCHS)
    else:
        samples = encode_alone(run)
        time_one = time_trainer if given.arm == TRAINER else time_trl
        timing = time_one(run, samples, warm_epochs=WARM_EPOCHS)
    targets = sum(int((row != IGNORED).sum()) for row in samples.targets)
    return Told(timing, sum(samples.lengths), samples.lengths, targets)


def time_trl(run: Path, samples: AnswerSamples, *, warm_epochs: int = 0) -> Timing:
    """TRL's SFTTrainer with its defaults, fed the same tokens and targets."""
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer  # pyright: ignore[reportMissingImports]

    model, tokenizer, job = load_for_peer(run)
    trainer: Any = SFTTrainer(
        model=model,
        args=SFTConfig(**peer_arguments(run, job.options, logs=False)),
        train_dataset=Dataset.from_list(peer_rows(samples)),
        processing_class=tokenizer,
    )
    return time_peer(trainer, warm_epochs)


def report(place: Path, model: Path, kind: str, peak_rate: float, *, small: bool) -> None:
    """Interleaved rounds of all arms, their medians, and the estimate beside the peak."""
    arms = [OURS, TRAINER, *([TRL] if find_spec("trl") else [])]
    rounds: dict[str, list[Told]] = {arm: [] for arm in arms}
    for number in range(1 if small else ROUNDS):
        for arm in arms:
            rounds[arm].append(
                run_arm(arm, kind, model, place / f"{arm}-{kind}-{number}", small=small)
            )
    first = rounds[OURS][0]
    work = device_figures.needed_work(place / f"{OURS}-{kind}-0", first.lengths, first.targets)
    print(f"{KINDS[kind]}: {first.tokens:,} tokens an epoch, {first.targets:,} of them learnt")
    speeds = {}
    for arm, told in rounds.items():
        seconds = statistics.median(one.timing.seconds for one in told)
        peak = statistics.median(one.timing.peak for one in told)
        speeds[arm] = first.tokens / seconds
        print(
            f"  {arm:<8} {speeds[arm]:>9,.0f} tokens/s   {work / seconds / peak_rate:6.1%} of the "
            f"device's FLOP   peak {peak / 2**20:>8,.0f} MiB"
        )
    for arm in arms[1:]:
        print(f"  {OURS} / {arm}: {speeds[OURS] / speeds[arm]:.2f} x the tokens/s")
    device_figures.report_estimate(
        place / f"{OURS}-{kind}-0",
        first.lengths,
        first.targets,
        statistics.median(one.timing.peak for one in rounds[OURS]),
        WANTED_SHARE,
    )


def run_arm(arm: str, kind: str, model: Path, place: Path, *, small: bool) -> Told:
    """What the arm said from a process of its own; small ones share this process to save time."""
    words = ["--arm", arm, "--kind", kind, "--model", str(model), "--place", str(place)]
    if small:
        with contextlib.redirect_stdout(io.StringIO()) as heard:
            main([*words, "--small"])
        output = heard.getvalue()
    else:
        command = [sys.executable, "-m", "tests.benchmarks.gpu_language", *words]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        if found.returncode:
            raise RuntimeError(f"{arm} failed:\n{found.stderr[-2000:]}")
        output = found.stdout
    said = json.loads(output.splitlines()[-1])
    return Told(**(said | {"timing": Timing(**said["timing"])}))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
