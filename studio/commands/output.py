"""What a command says: text for people, or one JSON object last; bars and warnings beside it."""

import json
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from studio.errors import StudioError

BAR_WIDTH = 28
REDRAW_SECONDS = 0.1


class UsageError(StudioError):
    """An argument is wrong: the command did nothing."""


class Interrupted(Exception):
    """The user pressed Ctrl+C; the run was stopped with a checkpoint."""


@dataclass
class Output:
    """Standard output holds the result alone; everything that moves goes to standard error."""

    as_json: bool = False
    _drawn: str = ""
    _drawn_at: float = 0.0
    _lines: list[str] = field(default_factory=list)

    def line(self, text: str = "") -> None:
        """A line of the result, in words; left out when JSON was asked for."""
        if not self.as_json:
            self.clear()
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()

    def note(self, text: str) -> None:
        """A line beside the result."""
        self.clear()
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    def bar(self, stage: str, done: float, total: float, tail: str = "") -> None:
        """Redraw the bar of a stage; on what is no terminal, only its start and end are said."""
        if not sys.stderr.isatty():
            if stage not in self._lines:
                self._lines.append(stage)
                sys.stderr.write(f"{stage} …\n")
                sys.stderr.flush()
            return
        now = time.monotonic()
        if now - self._drawn_at < REDRAW_SECONDS and done < total:
            return
        share = min(1.0, done / total) if total else 0.0
        full = round(share * BAR_WIDTH)
        text = f"{stage:<12} {'━' * full}{'·' * (BAR_WIDTH - full)} {share:4.0%}  {tail}"
        self._draw(text)
        self._drawn_at = now

    def clear(self) -> None:
        """Take the bar away."""
        if self._drawn:
            self._draw("")

    def result(self, values: dict[str, Any]) -> None:
        """The one JSON object, if it was asked for."""
        self.clear()
        if self.as_json:
            sys.stdout.write(json.dumps(values, ensure_ascii=False) + "\n")
            sys.stdout.flush()

    def _draw(self, text: str) -> None:
        sys.stderr.write("\r" + text.ljust(len(self._drawn)) + ("" if text else "\r"))
        sys.stderr.flush()
        self._drawn = text
