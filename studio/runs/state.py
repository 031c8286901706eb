"""The state of a run, decided in one place from its last word, its process and what was asked."""

from dataclasses import dataclass
from enum import StrEnum


class RunState(StrEnum):
    """What a run is doing, or how it ended."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    FINISHED = "finished"
    FAILED = "failed"
    LOST = "lost"

    @property
    def is_live(self) -> bool:
        """Whether a process works on it, or waits."""
        return self in LIVE

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come unless it is resumed."""
        return self in OVER


LIVE = frozenset({RunState.RUNNING, RunState.PAUSED})
OVER = frozenset({RunState.STOPPED, RunState.FINISHED, RunState.FAILED, RunState.LOST})


class LastWord(StrEnum):
    """The last event of a journal that says something about the run as a whole."""

    NOTHING = "nothing"
    GOING = "going"
    PAUSED = "paused"
    STOPPED = "stopped"
    FINISHED = "finished"
    FAILED = "failed"


@dataclass(frozen=True)
class Evidence:
    """All that decides a state. `alive` must have been read before the journal was."""

    was_started: bool
    last_word: LastWord
    alive: bool
    stop_was_asked: bool = False


_ENDS = {
    LastWord.STOPPED: RunState.STOPPED,
    LastWord.FINISHED: RunState.FINISHED,
    LastWord.FAILED: RunState.FAILED,
}


def decide(evidence: Evidence) -> RunState:
    """The state that the evidence means. A worker's own last word beats everything else."""
    if not evidence.was_started:
        return RunState.QUEUED
    if evidence.last_word in _ENDS:
        return _ENDS[evidence.last_word]
    if not evidence.alive:
        return RunState.STOPPED if evidence.stop_was_asked else RunState.LOST
    return RunState.PAUSED if evidence.last_word == LastWord.PAUSED else RunState.RUNNING
