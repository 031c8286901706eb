"""The projects that the pictures show: the example, and language models that learn it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from studio.project import answer_edits, schema
from studio.runs import example

REPOSITORY = Path(__file__).resolve().parents[2]
SCENES = 56
INSTRUCTION = "Say in one short sentence what the driver should do."
ANSWERS = {
    "dangerous": (
        "Slow down now and be ready to stop.",
        "Brake, and give way until the road is clear.",
    ),
    "safe": (
        "Keep the speed and the distance.",
        "Drive on, and watch the road ahead.",
    ),
}
SMOLLM = ("--set", "base_model=smollm2", "--set", "max_length=192", "--set", "precision=fp32")
VERDICT = ("qwen-verdict", *SMOLLM, "--set", "epochs=1", "--set", "optimizer.learning_rate=2e-4")
WORDS = (
    "qlora-instruct",
    *SMOLLM,
    *("--set", "accumulation=1", "--set", "optimizer.learning_rate=3e-4"),
    *("--set", "generation.max_new_tokens=24", "--set", "generation.beams=1"),
)


def make_example(folder: Path) -> Path:
    """Run the whole job on the example."""
    return Path(_ask("demo", "--folder", str(folder / "made"))["project"])


def make_answers(folder: Path) -> Path:
    """A language model that answers the example: by label, by words, continued and measured."""
    path = folder / "answers" / "street-answers.studio"
    path.parent.mkdir(parents=True, exist_ok=True)
    document = example.create_example(path, count=SCENES)
    document.edit("Write the answers", _write_answers)
    sample_id = document.query(_one_sample)
    document.close()
    file = str(path)
    verdict = _ask("train", file, *VERDICT, "--name", "Verdict, 1 epoch")["run"]
    further = _ask("train", file, *VERDICT, "--from", str(verdict), "--name", "Verdict, 1 + 1")
    _measure(file, further["run"])
    words = _ask("train", file, *WORDS, "--name", "Advice, 1 epoch")["run"]
    again = _ask("train", file, *WORDS, "--from", str(words), "--name", "Advice, 1 + 1")["run"]
    last = _ask("train", file, *WORDS, "--from", str(again), "--name", "Advice, 1 + 1 + 1")["run"]
    _measure(file, last)
    maps = str(path.parent / "maps")
    _ask("attend", file, str(last), "--sample", str(sample_id), "--out", maps)
    return path


def _measure(file: str, run: int) -> None:
    """The three arms of a run: zero-shot, three-shot and tuned, each with its answers."""
    for arm in (("--untrained",), ("--untrained", "--shots", "3"), ()):
        _ask("evaluate", file, str(run), *arm, "--write")


def _ask(*words: str) -> dict[str, Any]:
    command = [sys.executable, "main.py", *words, "--json"]
    ran = subprocess.run(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(ran.stdout.strip().splitlines()[-1])


def _write_answers(connection: Connection) -> None:
    samples, labels = schema.samples, schema.labels
    chosen = select(samples.c.id, labels.c.name).join(labels, labels.c.id == samples.c.label_id)
    for place, row in enumerate(connection.execute(chosen).all()):
        texts = ANSWERS.get(row.name, ANSWERS["safe"])
        answer_edits.write_instruction(connection, row.id, INSTRUCTION)
        answer_edits.write_answer(connection, row.id, texts[place % len(texts)])


def _one_sample(connection: Connection) -> int:
    table = schema.samples
    found = select(table.c.id).where(table.c.split == "validation").order_by(table.c.id)
    return connection.execute(found).scalars().first() or 0
