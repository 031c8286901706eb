"""Run folders with tiny models, real workers on them, and what they told."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from workers.contract import folder
from workers.contract.catalogue import refer_to
from workers.contract.events import Event, Stepped
from workers.contract.job import EvaluationJob, TrainingJob
from workers.contract.journal import read_journal
from workers.contract.options import TrainingOptions, with_values
from workers.contract.snapshot import SnapshotSample, write_snapshot

REPOSITORY = Path(__file__).resolve().parents[3]
WORDS = ["car", "bus", "rain", "sun", "tree", "van", "light", "road", "child", "runs", "into"]
WORDS += ["the", "ahead", "is", "clear", "wet", "night"]
LABELS = ("dangerous", "safe")


def write_tiny_bert(
    place: Path,
    hidden: int = 32,
    *,
    poisoned: str = "",
    dropout: float = 0.1,
    layers: int = 2,
    positions: int = 64,
    words: int = 0,
) -> Path:
    """A random BERT with a word tokenizer that knows w0, w1 … besides; `poisoned` is infinite."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    vocabulary = {
        word: index
        for index, word in enumerate(
            [
                "[PAD]",
                "[UNK]",
                "[CLS]",
                "[SEP]",
                "[MASK]",
                "poison",
                "##s",
                *WORDS,
                *(f"w{n}" for n in range(words)),
            ]
        )
    }
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    ).save_pretrained(place)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=4,
        intermediate_size=2 * hidden,
        max_position_embeddings=positions,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
    )
    encoder = BertModel(config)
    if poisoned:
        with torch.no_grad():
            encoder.embeddings.word_embeddings.weight[vocabulary[poisoned]] = float("inf")
    encoder.save_pretrained(place)
    return place


def make_samples(count: int = 40, validation: int = 8) -> list[SnapshotSample]:
    """Captions whose label a model can learn; the last ones are for validation."""
    chance = random.Random(5)
    samples = []
    for index in range(count):
        danger = index % 2 == 0
        start = "child runs into the road" if danger else "the road ahead is clear"
        tail = " ".join(chance.choice(WORDS) for _ in range(chance.randint(1, 12)))
        samples.append(
            SnapshotSample(
                id=100 + index,
                key=f"sample-{index}",
                text=f"{start} {tail}",
                label=LABELS[0] if danger else LABELS[1],
                split="validation" if index >= count - validation else "train",
            )
        )
    return samples


FAST = {
    "micro_batch_size": 4,
    "epochs": 2,
    "max_length": 32,
    "adapter.rank": 2,
    "adapter.alpha": 4,
    "adapter.dropout": 0.1,
    "optimizer.learning_rate": 1e-3,
    "evaluation.baseline_seeds": 2,
    "threads": 1,
}


def write_run(place: Path, model: Path, samples=None, labels=LABELS, **options) -> Path:
    """Make a run folder; option names have two underscores for the dot."""
    place.mkdir()
    values = FAST | {key.replace("__", "."): value for key, value in options.items()}
    digest = write_snapshot(place, make_samples() if samples is None else samples)
    job = TrainingJob(
        token=place.name,
        base_model=refer_to(str(model)),
        options=with_values(TrainingOptions(), values | {"base_model": str(model)}),
        labels=labels,
        snapshot_sha256=digest,
    )
    folder.write_job(place, job)
    return place


def write_evaluation(place: Path, parent: Path, samples: list[SnapshotSample]) -> Path:
    """A folder with the job to evaluate a run's best checkpoint."""
    place.mkdir()
    digest = write_snapshot(place, samples)
    job = EvaluationJob(
        token="evaluation",
        parent=os.path.relpath(parent, place),
        snapshot_sha256=digest,
    )
    folder.write_job(place, job)
    return place


def start(place: Path, verb: str = "train") -> subprocess.Popen:
    """Start a real worker on a folder."""
    with (place / folder.LOG).open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", f"workers.{verb}", str(place)],
            cwd=REPOSITORY,
            stdout=log,
            stderr=log,
        )


def work(place: Path, verb: str = "train") -> int:
    """Run a real worker to its end; the exit code."""
    return start(place, verb).wait(timeout=120)


def work_here(place: Path, verb: str = "train") -> int:
    """The same in this process, which has the libraries loaded already."""
    import importlib

    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        return importlib.import_module(f"workers.{verb}").main([str(place)])
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def events_of(place: Path) -> list[Event]:
    """All events of a folder; the journal must be whole."""
    reading = read_journal(place / folder.JOURNAL)
    assert reading.damaged == 0
    return reading.events


def of_kind(place: Path, kind: type) -> list:
    """The events of one kind."""
    return [event for event in events_of(place) if isinstance(event, kind)]


def losses_of(place: Path) -> dict[int, tuple[str, str]]:
    """Loss and gradient norm of every step to the last bit; a step told twice must agree."""
    found: dict[int, tuple[str, str]] = {}
    for event in read_journal(place / folder.JOURNAL).events:
        if isinstance(event, Stepped):
            figures = (
                event.metrics["train/loss"].hex(),
                event.metrics["gradient_norm"].hex(),
            )
            assert found.setdefault(event.step, figures) == figures, f"step {event.step} differs"
    return found


def wait_for(place: Path, kind: type, process: subprocess.Popen | None = None, count=1) -> list:
    """Wait until that many events of a kind were told."""
    for _ in range(600):
        found = [
            event
            for event in read_journal(place / folder.JOURNAL).events
            if isinstance(event, kind)
        ]
        if len(found) >= count:
            return found
        assert process is None or process.poll() is None, (place / folder.LOG).read_text()
        time.sleep(0.05)
    raise AssertionError(f"no {kind.__name__} within 30 s")
