"""The inspector process, asked through its handle."""

import pytest
from PySide6.QtCore import QProcess

from studio.runs.inspector import Inspector
from workers.contract.options import with_values
from workers.contract.recipes import find_recipe


@pytest.fixture
def inspector(qapp):
    made = Inspector()
    yield made
    made.close()


def test_only_the_newest_question_is_answered(qtbot, inspector):
    options = find_recipe("bert-lora").training_options()
    answers = []
    inspector.answered.connect(answers.append)
    with qtbot.waitSignal(inspector.answered, timeout=60_000):
        for rank in (16, 8, 4, 2):
            inspector.ask(with_values(options, {"adapter.rank": rank}))
    qtbot.wait(300)
    assert [(one.trainable, one.total, one.error) for one in answers] == [(75266, 109559044, "")]


def test_a_process_that_dies_is_started_again_and_asked_again(qtbot, inspector):
    options = find_recipe("example").training_options()
    with qtbot.waitSignal(inspector.answered, timeout=60_000):
        inspector.ask(options)
    (process,) = inspector.findChildren(QProcess)
    inspector.ask(with_values(options, {"adapter.rank": 4}))
    process.kill()
    with qtbot.waitSignal(inspector.answered, timeout=60_000) as answer:
        pass
    assert answer.args[0].trainable > 0
