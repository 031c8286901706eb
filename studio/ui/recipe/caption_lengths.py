"""How long the project's captions are in tokens, so that memory is estimated for them."""

from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from studio.project import queries
from studio.runs.inspector import Inspector, TokenAnswer
from workers.contract.options import TrainingOptions

SOME = 400  # captions; the median and the longest hundredth hardly move with more
TOPIC = "lengths"
NEAR = "minilm"  # counts for a base model whose own tokenizer is not on this computer yet


class CaptionLengths(QObject):
    """Asks the inspector once for each set of captions and each base model."""

    known = Signal()

    def __init__(self, inspector: Inspector, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.inspector = inspector
        self.counts: tuple[int, ...] = ()
        self._asked: tuple[str, tuple[str, ...]] | None = None
        self._counted = ""
        self._near = False
        inspector.tokens_answered.connect(self._take)

    def ask(self, captions: list[str], base_model: str) -> None:
        """Have them counted, unless that was asked already."""
        asked = (base_model, tuple(captions))
        if captions and asked != self._asked:
            self._asked = asked
            self._near = False
            self.inspector.ask_tokens(captions, base_model, TOPIC)

    def forget_asked(self) -> None:
        """Ask again the next time: the same model may answer otherwise now."""
        self._asked = None

    def of(self, options: TrainingOptions) -> tuple[int, int] | None:
        """The median, and what 99 of 100 captions do not exceed; None while unknown."""
        if not self.counts or self._counted != options.base_model:
            return None
        median, most = np.percentile(self.counts, (50, 99))
        return round(median), round(most)

    def _take(self, answer: TokenAnswer) -> None:
        if answer.topic != TOPIC or self._asked is None:
            return
        if answer.error and not self._near:
            self._near = True
            self.inspector.ask_tokens(list(self._asked[1]), NEAR, TOPIC)
            return
        self.counts, self._counted = answer.counts, self._asked[0]
        self.known.emit()


def some_captions(connection: Any) -> list[str]:
    """Captions of samples that train, from all over the split."""
    ids = queries.sample_ids(connection, "split:train")
    step = max(1, len(ids) // SOME)
    rows = queries.sample_rows(connection, list(ids[::step][:SOME]))
    return [row.caption for row in rows if row.caption]
