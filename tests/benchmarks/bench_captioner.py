"""Samples a second of our captioner with kept features beside `transformers.Trainer` without.

The same model, pictures, captions, batches and updates: DINOv2-small with SmolLM2, and with a
decoder of eight random layers. Without the weights on this computer it says so.
"""

import dataclasses
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from tests.workers.seeing.captioner_runs import write_captioner_run
from tests.workers.seeing.tiny_eyes import draw_samples
from workers import preparing, reporting, train
from workers.contract import catalogue
from workers.contract.events import Finished, Stepped
from workers.contract.journal import read_journal
from workers.data.prompts import IGNORED
from workers.data.samples import TRAIN
from workers.training_state import Training

SAMPLES, BATCH, EPOCHS, LAYERS = 16, 4, 2, 8
CAPTION = "A long green and white bus drives down a wet city street past people who wait"
SAVED = 0.9
WANTED = {"SmolLM2": 1.5, "eight layers": 2.0}


@dataclasses.dataclass(frozen=True)
class Timing:
    """Processor seconds of the last epoch, of its pictures alone, and the losses of all steps."""

    seconds: float
    losses: list[float]
    pictures: float = 0.0


class Plain(nn.Module):
    """The captioner as Trainer wants it: pixels in, all logits, a mean loss out."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, labels: torch.Tensor, **inputs: Any) -> dict[str, torch.Tensor]:
        logits = self.model(**inputs, use_cache=False).logits
        loss = cross_entropy(
            logits[:, :-1].reshape(-1, logits.shape[-1]),
            labels[:, 1:].reshape(-1),
            ignore_index=IGNORED,
        )
        return {"loss": loss}


def main() -> None:
    """Print seconds, ratios and the largest difference of the losses."""
    torch.set_num_threads(1)
    tower, decoder = (catalogue.weights_folder(name) for name in ("dinov2-small", "smollm2"))
    if tower is None or decoder is None:
        print("dinov2-small or smollm2 is not on this computer: nothing was measured")
        return
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        os.environ["TRAFFIC_STUDIO_MODELS"] = str(place / "cache" / "models")
        small = shorten(decoder, place / "decoder")
        for name, words in (("SmolLM2", decoder), ("eight layers", small)):
            report(name, measure(place / name.replace(" ", "-"), tower, words))


def shorten(decoder: Path, target: Path) -> Path:
    """The same decoder with eight layers and random weights."""
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    config = AutoConfig.from_pretrained(decoder, num_hidden_layers=LAYERS)
    AutoModelForCausalLM.from_config(config).save_pretrained(target)
    AutoTokenizer.from_pretrained(decoder).save_pretrained(target)
    return target


def measure(place: Path, tower: Path, decoder: Path) -> dict[str, Timing]:
    """Our loop with kept features, the same without them, and Trainer."""
    drawn = [
        one.model_copy(update={"text": CAPTION, "split": "train"})
        for one in draw_samples(place, SAMPLES, 0)
    ]
    found = {}
    for name, keeps in (("kept", True), ("anew", False), ("trainer", False)):
        run = write_captioner_run(
            place,
            tower,
            decoder,
            drawn,
            name=name,
            vision__keeps_features=keeps,
            max_length=320,
            micro_batch_size=BATCH,
            epochs=EPOCHS,
            optimizer__learning_rate=1e-4,
            checkpoints__every_epochs=0,
        )
        found[name] = time_loop(run, by_trainer=name == "trainer")
    return found


def time_loop(run: Path, *, by_trainer: bool) -> Timing:
    """The epochs of a run by our loop, or its model and data by Trainer."""
    told: list[Timing] = []

    def perform(report: reporting.Report) -> reporting.Ending:
        training = preparing.set_up(report, report.job)  # type: ignore[arg-type]
        told.append(time_trainer(run, training) if by_trainer else time_ours(run, training))
        return Finished(step=training.progress.step)

    assert reporting.run_job([str(run)], perform) == 0
    return told[0]


def time_ours(run: Path, training: Training) -> Timing:
    """Our loop; features are kept before the first step."""
    started = time.process_time()
    while not train.is_over(training):
        started = time.process_time()
        train.train_epoch(training)
    seconds = time.process_time() - started
    pictures = training.splits[TRAIN].pictures
    assert pictures is not None
    with torch.inference_mode():
        began = time.process_time()
        for place in range(len(pictures.rows)):
            shown = pictures.inputs([place], "cpu")
            if "pixel_values" in shown:
                training.model.get_base_model().see(shown["pixel_values"])  # type: ignore[operator]
    seen = time.process_time() - began
    steps = [one for one in read_journal(run / "events.jsonl").events if isinstance(one, Stepped)]
    return Timing(seconds, [one.metrics["train/loss"] for one in steps], seen)


def time_trainer(run: Path, training: Training) -> Timing:
    """Trainer on the same samples, padded in the same way, pixels at each step."""
    from transformers import Trainer, TrainingArguments

    samples = training.splits[TRAIN]

    def collate(rows: list[dict[str, int]]) -> dict[str, Any]:
        places = [row["place"] for row in rows]
        return samples.batch(places, "cpu") | {"labels": samples.target_batch(places, "cpu")}

    arguments = TrainingArguments(
        output_dir=str(run / "trainer"),
        per_device_train_batch_size=BATCH,
        num_train_epochs=1,
        learning_rate=1e-4,
        logging_strategy="no",
        save_strategy="no",
        remove_unused_columns=False,
        report_to=[],
        disable_tqdm=True,
        use_cpu=True,
    )
    rows: Any = [{"place": place} for place in range(len(samples))]
    trainer = Trainer(
        model=Plain(training.model), args=arguments, train_dataset=rows, data_collator=collate
    )
    started = time.process_time()
    result = trainer.train()
    return Timing(time.process_time() - started, [result.training_loss])


def report(name: str, found: dict[str, Timing]) -> None:
    """One line a loop, then the ratios beside those wanted."""
    print(f"{name}: {SAMPLES} pictures, batch {BATCH}, LoRA and projector, 1 thread")
    for loop, timing in found.items():
        print(f"  {loop}: {SAMPLES / timing.seconds:.2f} samples/s of processor time")
    kept, anew, trainer = (found[loop] for loop in ("kept", "anew", "trainer"))
    apart = max(abs(one - other) for one, other in zip(kept.losses, anew.losses, strict=True))
    saved = (anew.seconds - kept.seconds) / anew.pictures
    again = kept.pictures / anew.pictures
    print(f"  of the {anew.pictures:.2f} s that seeing takes an epoch, {1 - again:.0%} is not done")
    print(f"  again, and an epoch is shorter by {saved:.0%} of them (wanted {SAVED:.0%})")
    print(f"  kept / anew: {anew.seconds / kept.seconds:.2f} x, losses at most {apart:.1e} apart")
    print(f"  kept / trainer: {trainer.seconds / kept.seconds:.2f} x (wanted {WANTED[name]})")


if __name__ == "__main__":
    main()
