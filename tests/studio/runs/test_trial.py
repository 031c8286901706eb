"""The door to the answering process: answers stream in, errors are sentences, a stop stops."""

import pytest
from PySide6.QtCore import QProcess

from studio.runs.trial import Question, Trial
from tests.workers.after_training import language_runs


@pytest.fixture
def trial(qapp):
    made = Trial()
    yield made
    made.close()


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("trial")
    return language_runs.make_run(place / "run", language_runs.make_model(place / "model"))


def ask(run_folder, **generation):
    return Question(run_folder, "fog", "Say it.", generation={"max_new_tokens": 16} | generation)


def test_nothing_is_started_before_a_question(trial):
    assert trial.findChildren(QProcess) == []
    assert not trial.is_busy


def test_both_arms_answer_and_then_it_is_over(qtbot, trial, run_folder):
    answers, said = [], []
    trial.answered.connect(answers.append)
    trial.said.connect(said.append)
    with qtbot.waitSignal(trial.ended, timeout=60_000) as ended:
        trial.ask(ask(run_folder))
    assert ended.args == [False]
    assert [one.arm for one in answers if one.done] == ["base", "tuned"]
    assert answers[-1].tokens_per_second > 0
    assert any("Loading model" in words for words in said)
    assert not trial.is_busy


def test_only_the_newest_question_is_answered_and_a_stop_ends_it(qtbot, trial, run_folder):
    answers = []
    trial.answered.connect(answers.append)
    long = {"max_new_tokens": 4000, "sample": True, "temperature": 9.0}
    with qtbot.waitSignal(trial.answered, timeout=60_000):
        trial.ask(ask(run_folder, **long))
    with qtbot.waitSignal(trial.ended, timeout=60_000) as ended:
        trial.ask(ask(run_folder))
    assert ended.args == [False]
    with qtbot.waitSignal(trial.answered, timeout=60_000):
        trial.ask(ask(run_folder, **long))
    with qtbot.waitSignal(trial.ended, timeout=60_000) as ended:
        trial.stop()
    assert ended.args == [True]


def test_what_cannot_be_answered_is_a_sentence(qtbot, trial, tmp_path):
    with qtbot.waitSignal(trial.failed, timeout=60_000) as failed:
        trial.ask(ask(tmp_path / "gone"))
    assert failed.args == ["The folder of the run cannot be read: gone."]


def test_a_process_that_dies_says_so_and_the_next_question_starts_another(qtbot, trial, run_folder):
    with qtbot.waitSignal(trial.answered, timeout=60_000):
        trial.ask(ask(run_folder, max_new_tokens=4000, sample=True, temperature=9.0))
    (process,) = trial.findChildren(QProcess)
    with qtbot.waitSignal(trial.failed, timeout=10_000) as failed:
        process.kill()
    assert "ended without a word" in failed.args[0]
    with qtbot.waitSignal(trial.ended, timeout=60_000):
        trial.ask(ask(run_folder))
