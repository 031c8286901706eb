"""Reads the curves of runs in the background, and only what is new since last time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, Signal

from studio.document import Document
from studio.project import queries
from studio.project.records import Curve
from studio.ui import background

Key = tuple[int, str]  # run, metric


@dataclass(frozen=True)
class News:
    """What a curve has gained; `anew` when what was known of it no longer holds."""

    key: Key
    curve: Curve
    anew: bool


class CurveFeed(QObject):
    """Keeps the curves that are followed; one reading at a time, however often it is asked."""

    arrived = Signal(object)  # list[News]

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._last: dict[Key, int] = {}
        self._busy = False
        self._again = False

    def follow(self, keys: Sequence[Key]) -> None:
        """Read these curves from now on, and forget others."""
        wanted = set(keys)
        self._last = {key: self._last.get(key, -1) for key in keys if key in wanted}
        self.refresh()

    def restart(self, run_id: int) -> None:
        """Read a run's curves from the start: it went back to a checkpoint."""
        self._last = {key: -1 if key[0] == run_id else at for key, at in self._last.items()}

    def last_step(self, key: Key) -> int:
        """The step of the newest point that has arrived, −1 before the first."""
        return self._last.get(key, -1)

    def refresh(self) -> None:
        """Read what is new; `arrived` follows, if there is anything."""
        if self._busy:
            self._again = True
            return
        if not self._last:
            return
        self._busy = True
        wanted = dict(self._last)
        background.run(read_news, self._document, wanted, done=self._take, owner=self)

    def _take(self, found: list[News]) -> None:
        self._busy = False
        current = []
        for news in found:
            if news.key in self._last and (self._last[news.key] < 0) == news.anew:
                current.append(news)
                self._last[news.key] = int(news.curve.steps[-1])
        if current:
            self.arrived.emit(current)
        if self._again:
            self._again = False
            self.refresh()


def read_news(document: Document, wanted: dict[Key, int]) -> list[News]:
    """The points behind the known ones, curve by curve."""
    found = []
    for key, last in wanted.items():
        curve = document.query(queries.curve, key[0], key[1], after_step=last)
        if len(curve.steps):
            found.append(News(key, curve, anew=last < 0))
    return found


def points_of(curve: Curve) -> tuple[np.ndarray, np.ndarray]:
    """Epochs and values as a plot takes them."""
    return curve.epochs.astype(np.float64), curve.values.astype(np.float64)
