"""The table of states: what a run is, from its last word, its process and what was asked."""

import pytest

from studio.runs.state import Evidence, LastWord, RunState, decide

W, S = LastWord, RunState


@pytest.mark.parametrize(
    ("was_started", "word", "alive", "stop_asked", "state"),
    [
        (False, W.NOTHING, False, False, S.QUEUED),
        (True, W.NOTHING, True, False, S.RUNNING),
        (True, W.NOTHING, False, False, S.LOST),
        (True, W.NOTHING, False, True, S.STOPPED),
        (True, W.GOING, True, False, S.RUNNING),
        (True, W.GOING, True, True, S.RUNNING),
        (True, W.GOING, False, False, S.LOST),
        (True, W.GOING, False, True, S.STOPPED),
        (True, W.PAUSED, True, False, S.PAUSED),
        (True, W.PAUSED, False, False, S.LOST),
        (True, W.STOPPED, True, True, S.STOPPED),
        (True, W.STOPPED, False, False, S.STOPPED),
        (True, W.FINISHED, True, False, S.FINISHED),
        (True, W.FINISHED, False, True, S.FINISHED),
        (True, W.FAILED, True, False, S.FAILED),
        (True, W.FAILED, False, True, S.FAILED),
    ],
)
def test_the_state_follows_from_the_evidence(was_started, word, alive, stop_asked, state):
    assert decide(Evidence(was_started, word, alive, stop_asked)) == state
