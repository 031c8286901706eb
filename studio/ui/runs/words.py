"""The words of the Runs page: what a run is doing, how long it takes, what its curve says."""

import math
import time

from studio.numbers import format_duration, format_of, format_share
from studio.project.records import EvaluationRow, PerplexityRow, RunRow
from studio.runs.perplexity import format_perplexity

# Time left is a guess until so many steps have been timed.
STEPS_TO_TRUST = 5
# What a run did while the program was closed is read at once, and says nothing of its pace.
CATCH_UP_SECONDS = 3.0
# From the start of a run to its first loss, as measured on two processor cores.
START_SECONDS = {"minilm": 6.0}
CHIPS = {
    "queued": "neutral",
    "running": "accent",
    "paused": "warn",
    "stopped": "neutral",
    "finished": "done",
    "failed": "error",
    "lost": "error",
}
LIVE = ("running", "paused")


class Pace:
    """How fast runs go, from what was seen of them lately."""

    def __init__(self) -> None:
        self._seen: dict[int, list[tuple[float, int]]] = {}
        self._met: dict[int, float] = {}  # runs that were under way when first seen, and when

    def watch(self, row: RunRow, now: float | None = None) -> None:
        """Note where a run is; only the last minute counts."""
        moment = time.monotonic() if now is None else now
        if row.id not in self._seen:
            self._met[row.id] = moment if row.step else -math.inf
        seen = self._seen.setdefault(row.id, [])
        if row.state != "running" or (seen and row.step < seen[-1][1]):
            seen.clear()
        if seen and moment - self._met[row.id] < CATCH_UP_SECONDS:
            seen.clear()
        if row.state == "running" and (not seen or seen[-1][1] != row.step):
            seen.append((moment, row.step))
        while len(seen) > 2 and moment - seen[0][0] > 60:
            seen.pop(0)

    def seconds_left(self, row: RunRow) -> float | None:
        """Seconds to the last step; None until it can be told."""
        seen = self._seen.get(row.id, [])
        if len(seen) < 2 or seen[-1][1] - seen[0][1] < STEPS_TO_TRUST or not row.total_steps:
            return None
        rate = (seen[-1][0] - seen[0][0]) / (seen[-1][1] - seen[0][1])
        return rate * (row.total_steps - row.step)


def epochs_of(row: RunRow, epochs: int) -> str:
    """epoch 14 of 20."""
    return f"epoch {format_of(min(int(row.epoch) + 1, epochs), epochs)}"


def progress_words(row: RunRow, epochs: int, seconds_left: float | None) -> str:
    """The second line of a running run's card."""
    if row.state == "paused":
        return f"paused at step {row.step:,}"
    if not row.step:
        return "starting"
    left = f" · {format_duration(seconds_left)} left" if seconds_left is not None else ""
    return epochs_of(row, epochs) + left


def verdict_words(best: EvaluationRow | None, perplexity: PerplexityRow | None) -> str:
    """What came out in a few words: accuracy, or perplexity where no label is right."""
    if best is not None:
        return f"{format_share(best.accuracy)} · {format_of(best.correct, best.count)}"
    return f"perplexity {format_perplexity(perplexity.mean)}" if perplexity is not None else ""


def finished_words(row: RunRow, verdict: str, epochs: int) -> str:
    """The second line of a run that is over: its verdict, or why there is none."""
    if row.state == "failed":
        return row.message or "failed"
    if row.state == "lost":
        return f"ended without a word at step {row.step:,}"
    if row.state == "stopped":
        return f"{verdict} · stopped at step {row.step:,}" if verdict else "stopped"
    done = f"{epochs} epoch" if epochs == 1 else f"{epochs} epochs"
    return f"{verdict} · {done}" if verdict else done


def ready_words(seconds_left: float | None) -> str:
    """ready about 14:05."""
    if seconds_left is None:
        return ""
    return f"ready about {time.strftime('%H:%M', time.localtime(time.time() + seconds_left))}"


def starting_words(row: RunRow, base_model: str, last_said: str) -> str:
    """What stands in the curve's place until there is a first loss."""
    if row.state == "queued":
        return "Waiting in the queue."
    if row.state in LIVE:
        total = f" · step {row.step:,} of {row.total_steps:,}" if row.total_steps else ""
        usual = START_SECONDS.get(base_model)
        soon = f" First losses in about {format_duration(usual)}." if usual else ""
        doing = f"{last_said or f'Loading {base_model}…'}{total}"
        return f"Run {row.id} started.{soon}\n{doing}"
    return "This run ended before its first step."
