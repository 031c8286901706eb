"""One training step of Qwen2-0.5B's shape with random weights: the peak of memory above the model.

`python -m tests.benchmarks.language_step ours` (or `Trainer`) prints {"bytes": …}.
"""

import json
import sys
import tempfile
from pathlib import Path

import torch
from transformers import Trainer, TrainingArguments, default_data_collator

from workers.contract.job import BaseModelReference, TrainingJob
from workers.contract.options import TrainingOptions, with_values
from workers.data.prompts import IGNORED, AnswerSamples
from workers.models import adapters
from workers.objectives.answers import Answers

ROWS, PROMPT_TOKENS, VOCABULARY = 4, 100, 151_936


def main(name: str) -> None:
    """Load, take a step, and print what it needed at most."""
    torch.set_num_threads(1)
    options = with_values(
        TrainingOptions(),
        {
            "task": "answer",
            "micro_batch_size": ROWS,
            "adapter.targets": ["q_proj", "v_proj"],
            "adapter.dropout": 0.0,
        },
    )
    model = adapters.prepare(make_model(), options).train()
    samples = make_samples()
    before = begin_watch()
    if name == "ours":
        step_ours(model, samples, options)
    else:
        step_trainer(model, samples)
    print(json.dumps({"bytes": resident("VmHWM") - before}))


def make_model() -> torch.nn.Module:
    """Qwen2-0.5B's shape."""
    from transformers import Qwen2Config, Qwen2ForCausalLM

    return Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=VOCABULARY,
            hidden_size=896,
            intermediate_size=4864,
            num_hidden_layers=24,
            num_attention_heads=14,
            num_key_value_heads=2,
            tie_word_embeddings=True,
        )
    )


def make_samples() -> AnswerSamples:
    """Prompts that are masked, with an answer of one token and an end."""
    chance = torch.Generator().manual_seed(0)
    length = PROMPT_TOKENS + 2
    tokens = [torch.randint(0, 1000, (length,), generator=chance) for _ in range(ROWS)]
    targets = []
    for row in tokens:
        targets.append(row.clone())
        targets[-1][:PROMPT_TOKENS] = IGNORED
    return AnswerSamples(
        ids=list(range(ROWS)),
        tokens=tokens,
        prompts=[PROMPT_TOKENS] * ROWS,
        targets=targets,
        label_tokens=[],
        labels=[-1] * ROWS,
        lengths=[length] * ROWS,
        cut=[],
        lost=[],
        pad=0,
    )


def step_ours(model: torch.nn.Module, samples: AnswerSamples, options: TrainingOptions) -> None:
    """The objective's own forward, backward and update."""
    job = TrainingJob(
        token="step",
        base_model=BaseModelReference(name="random"),
        options=options,
        labels=(),
        snapshot_sha256="",
    )
    positions = list(range(ROWS))
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad])
    one = Answers(job, "cpu").run(model, samples, positions)
    one.loss.backward()
    optimizer.step()


def step_trainer(model: torch.nn.Module, samples: AnswerSamples) -> None:
    """The same step by transformers' Trainer."""
    with tempfile.TemporaryDirectory() as scratch:
        Trainer(
            model=model,  # type: ignore[arg-type]
            args=TrainingArguments(
                output_dir=scratch,
                per_device_train_batch_size=ROWS,
                max_steps=1,
                save_strategy="no",
                report_to=[],
                disable_tqdm=True,
                use_cpu=True,
            ),
            train_dataset=[  # type: ignore[arg-type]
                {
                    "input_ids": tokens,
                    "labels": targets,
                    "attention_mask": torch.ones_like(tokens),
                }
                for tokens, targets in zip(samples.tokens, samples.targets, strict=True)
            ],
            data_collator=default_data_collator,
        ).train()


def begin_watch() -> int:
    """Forget the highest mark so far; bytes resident now."""
    Path("/proc/self/clear_refs").write_text("5")
    return resident("VmRSS")


def resident(row: str) -> int:
    """Bytes of a row of the process's status."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{row}:"))


if __name__ == "__main__":
    main(sys.argv[1])
