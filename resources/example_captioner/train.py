"""Trains the example's captioner from nothing on drawn scenes, on one thread of a processor.

`python -m resources.example_captioner.train POOL FOLDER` after the pool was drawn. First the tower
alone learns what each patch shows; then all learn to write captions, and the tower goes on with
both. What a patch shows is told by a linear head that is thrown away.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from resources.example_captioner.model import DEVIATION, MEAN, make_model, write_model
from resources.example_captioner.pool import KINDS, Pool, read_pool
from resources.example_captioner.shape import PATCHES, WIDTH
from resources.example_captioner.words import EOS, IMAGE, PAD, PROMPT, make_tokenizer

BATCH = 8
LEARNING_RATE, WEIGHT_DECAY, BETAS = 1e-3, 0.05, (0.9, 0.98)
WARMUP, DECAY = 60, 600  # steps of a rising and of a falling learning rate
FINISH = "finish"  # a file that lets a stage end after one more decay, as if planned so
CLIP = 1.0
PLAIN_SHARE = 0.6  # of the captions; the others are worded as the example's own
SHOWN_WEIGHT = 4.0  # of a patch that shows something, beside one that does not
PATCH_LOSS_WEIGHT = 1.0
IGNORED = -100
SECONDS_BETWEEN_LINES, SECONDS_BETWEEN_MODELS = 30.0, 300.0


@dataclass
class Batch:
    """Pixels [sample, 3, row, column], what is shown, and text with its targets."""

    pixels: torch.Tensor
    shown: torch.Tensor
    ids: torch.Tensor
    targets: torch.Tensor


class Text:
    """Prompts and captions as ids."""

    def __init__(self) -> None:
        tokenizer = make_tokenizer()
        self.tokenizer = tokenizer
        image = tokenizer.convert_tokens_to_ids(IMAGE)
        self.pad = tokenizer.convert_tokens_to_ids(PAD)
        self.end = tokenizer.convert_tokens_to_ids(EOS)
        prompt = tokenizer(PROMPT)["input_ids"]
        place = prompt.index(image)
        self.prompt: list[int] = [*prompt[:place], *[image] * PATCHES, *prompt[place + 1 :]]

    def rows(self, captions: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """Ids and targets, [sample, token], of prompt, caption and end, filled up on the right."""
        answers = [self.tokenizer(one, add_special_tokens=False)["input_ids"] for one in captions]
        longest = max(map(len, answers)) + 1
        ids, targets = [], []
        for answer in answers:
            written = [*answer, self.end]
            empty = longest - len(written)
            ids.append([*self.prompt, *written, *[self.pad] * empty])
            targets.append([IGNORED] * len(self.prompt) + written + [IGNORED] * empty)
        return torch.tensor(ids), torch.tensor(targets)


def batches(pool: Pool, text: Text, seed: int) -> Iterator[Batch]:
    """Scenes in random order, all before any comes again, with a caption drawn for each."""
    random = np.random.default_rng(seed)
    while True:
        order = random.permutation(len(pool.captions))
        for start in range(0, len(order) - BATCH + 1, BATCH):
            chosen = np.sort(order[start : start + BATCH])
            ids, targets = text.rows([_draw_caption(pool.captions[at], random) for at in chosen])
            pixels = torch.from_numpy(pool.pixels[chosen]).permute(0, 3, 1, 2).float()
            shown = torch.from_numpy(pool.shown[chosen]).float()
            yield Batch((pixels / 255 - MEAN) / DEVIATION, shown, ids, targets)


def _draw_caption(captions: list[str], random: np.random.Generator) -> str:
    plain, *free = captions
    return plain if random.random() < PLAIN_SHARE else free[random.integers(len(free))]


def patch_loss(told: torch.Tensor, shown: torch.Tensor) -> torch.Tensor:
    """How wrong the head is about what patches show."""
    weight = torch.tensor(SHOWN_WEIGHT)
    return functional.binary_cross_entropy_with_logits(told, shown, pos_weight=weight)


class Training:
    """The model, its passing head, and the two losses."""

    def __init__(self, seed: int) -> None:
        self.model = make_model(seed)
        self.head = nn.Linear(WIDTH, len(KINDS))
        self.tower: Any = self.model.model.vision_tower
        self.text = Text()
        self.seen = torch.empty(0)
        self.tower.register_forward_hook(self._keep)

    def _keep(self, _module: nn.Module, _given: Any, made: Any) -> None:
        self.seen = made.last_hidden_state[:, 1:]

    def look(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """No caption's loss, and the patches' after the tower alone."""
        self.tower(pixel_values=batch.pixels)
        return torch.zeros(()), patch_loss(self.head(self.seen), batch.shown)

    def describe(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """The captions' loss a token, and the patches'."""
        start = len(self.text.prompt) - 1
        # No mask: what is filled up stands on the right, where no token before it looks.
        logits = self.model(
            input_ids=batch.ids,
            pixel_values=batch.pixels,
            use_cache=False,
            logits_to_keep=batch.ids.shape[1] - start,
        ).logits
        wanted = batch.targets[:, start + 1 :]
        loss = functional.cross_entropy(logits[:, :-1].flatten(0, 1), wanted.flatten())
        return loss, patch_loss(self.head(self.seen), batch.shown)


@dataclass(frozen=True)
class Stage:
    """So many steps, what is trained in them, and by which two losses."""

    name: str
    steps: int
    parameters: list[nn.Parameter]
    losses: Callable[[Batch], tuple[torch.Tensor, torch.Tensor]]


def run_stage(
    stage: Stage,
    found: Iterator[Batch],
    keep: Callable[[str], None],
    is_to_finish: Callable[[], bool],
) -> None:
    """Train; a line each half minute, a model each five minutes."""
    optimizer = torch.optim.AdamW(
        stage.parameters, lr=LEARNING_RATE, betas=BETAS, weight_decay=WEIGHT_DECAY
    )
    said = kept = time.monotonic()
    sums, count, step, last = np.zeros(2), 0, 0, stage.steps
    while step < last:
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * share_of_rate(step, last)
        caption, patches = stage.losses(next(found))
        (caption + PATCH_LOSS_WEIGHT * patches).backward()
        nn.utils.clip_grad_norm_(stage.parameters, CLIP)
        optimizer.step()
        optimizer.zero_grad()
        sums += caption.item(), patches.item()
        step, count = step + 1, count + 1
        now = time.monotonic()
        if now - said >= SECONDS_BETWEEN_LINES or step == last:
            say(stage.name, step, last, sums / count)
            said, sums, count = now, np.zeros(2), 0
            if is_to_finish():
                last = min(last, step + DECAY)
        if now - kept >= SECONDS_BETWEEN_MODELS:
            keep(f"{stage.name}-{step}")
            kept = now


def say(name: str, step: int, last: int, means: np.ndarray) -> None:
    """One line of the log; the means are of the steps since the line before."""
    line = f"{name} {step}/{last}, processor {time.process_time():.0f} s: "
    print(f"{line}captions {means[0]:.4f} patches {means[1]:.4f}", flush=True)  # noqa: T201


def share_of_rate(step: int, last: int) -> float:
    """Of the full learning rate: up over the first steps, and down to zero over the last."""
    return min((step + 1) / WARMUP, 1.0, (last - step) / DECAY)


def train(pool: Pool, folder: Path, *, seed: int, tower_steps: int, steps: int) -> None:
    """Both stages; the finished model lies in `folder`/last, earlier ones beside it."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    training = Training(seed)
    found = batches(pool, training.text, seed)

    def keep(name: str) -> None:
        write_model(training.model, folder / name)

    def is_to_finish() -> bool:
        return (folder / FINISH).exists()

    looked = [*training.tower.parameters(), *training.head.parameters()]
    run_stage(Stage("tower", tower_steps, looked, training.look), found, keep, lambda: False)
    everything = [*training.model.parameters(), *training.head.parameters()]
    run_stage(Stage("captions", steps, everything, training.describe), found, keep, is_to_finish)
    keep("last")


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pool", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tower-steps", type=int, default=2200)
    parser.add_argument("--steps", type=int, default=6000)
    given = parser.parse_args()
    pool = read_pool(given.pool)
    steps = {"tower_steps": given.tower_steps, "steps": given.steps}
    train(pool, given.folder, seed=given.seed, **steps)


if __name__ == "__main__":
    _main()
