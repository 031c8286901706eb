"""The project's samples as the template sees them, and the question about them to the inspector."""

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from studio.runs.inspector import Inspector, TemplateAnswer, TemplateSample
from studio.runs.samples import load_training_set
from workers.contract.options import AnswerKind, TrainingOptions

# More would make the question slow to write; counts then say that they are of the first ones.
MOST_SAMPLES, MOST_CHARACTERS = 2000, 1_000_000
DECIDING = {"base_model", "revision", "max_length", "prompt", "task"}


@dataclass(frozen=True)
class TemplateSet:
    """Samples that would train, of `total` in all; labels in the order of the project."""

    samples: tuple[TemplateSample, ...] = ()
    labels: tuple[str, ...] = ()
    total: int = 0
    keys: tuple[str, ...] = ()

    def key_of(self, sample_id: int | None) -> str:
        """What the project calls a sample."""
        ids = [sample.id for sample in self.samples]
        return self.keys[ids.index(sample_id)] if sample_id in ids else ""


class TemplatePreview(QObject):
    """Asks about the samples when what decides the prompt has changed."""

    known = Signal(object)  # TemplateAnswer

    def __init__(self, inspector: Inspector, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.inspector = inspector
        self.samples = TemplateSet()
        self.answer: TemplateAnswer | None = None
        self.chosen: int | None = None
        self._asked: object = None
        inspector.template_answered.connect(self._take)

    def ask(self, options: TrainingOptions) -> None:
        """Have the prompts made, unless that was asked already."""
        if options.prompt is None or not self.samples.samples:
            self._asked, self.answer = None, None
            return
        asked = options.model_dump_json(include=DECIDING), self.samples, self.chosen
        if asked != self._asked:
            self._asked = asked
            samples, labels = self.samples.samples, self.samples.labels
            self.inspector.ask_template(options, samples, labels, self.chosen)

    def forget_asked(self) -> None:
        """Ask again the next time: the same model may answer otherwise now."""
        self._asked = None

    def step(self, way: int) -> None:
        """Choose the next sample, or the one before."""
        ids = [sample.id for sample in self.samples.samples]
        now = self.answer.chosen if self.answer else None
        if ids:
            place = ids.index(now) + way if now in ids else 0
            self.chosen = ids[place % len(ids)]

    def choose_cut(self) -> None:
        """Choose the next sample that would be cut."""
        cut = self.answer.cut if self.answer else ()
        now = self.answer.chosen if self.answer else None
        if cut:
            place = cut.index(now) + 1 if now in cut else 0
            self.chosen = cut[place % len(cut)]

    def place(self) -> tuple[int, int]:
        """Which of how many is shown, from 1; 0 where none is."""
        ids = [sample.id for sample in self.samples.samples]
        now = self.answer.chosen if self.answer else None
        return (ids.index(now) + 1 if now in ids else 0), len(ids)

    def _take(self, answer: TemplateAnswer) -> None:
        self.answer = answer
        self.known.emit(answer)


def load_template_set(connection: Any, options: TrainingOptions) -> TemplateSet:
    """What would train, as far as one question holds it; nothing for a classifier."""
    if options.prompt is None:
        return TemplateSet()
    chosen = load_training_set(connection, options)
    place = {label: index for index, label in enumerate(chosen.labels)}
    rows: list[TemplateSample] = []
    keys, characters = [], 0
    for one in chosen.samples:
        characters += len(one.text) + len(one.answer)
        if len(rows) == MOST_SAMPLES or characters > MOST_CHARACTERS:
            break
        label = place.get(one.label or "")
        answer = one.text if options.prompt.answer == AnswerKind.CAPTION else one.answer
        rows.append(TemplateSample(one.id, one.text, one.instruction, answer, label))
        keys.append(one.key)
    return TemplateSet(tuple(rows), chosen.labels, len(chosen.samples), tuple(keys))
