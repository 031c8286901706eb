"""Arms of an evaluation, what a perplexity is worth, and over-fitting in words."""

import pytest

from studio.errors import StudioError
from studio.project import queries
from studio.runs.arms import arms, majority_line
from studio.runs.comparison import compare
from studio.runs.overfitting import LossPoint, judge, overfitting
from studio.runs.perplexity import describe_perplexity, format_perplexity
from studio.runs.shots import last_shots
from studio.runs.state import RunState
from studio.runs.verdict import describe
from tests.studio.runs.test_verdict import put_evaluation
from workers.contract.options import with_values


@pytest.fixture
def language(options):
    return with_values(options, {"task": "answer"})


@pytest.fixture
def trained(controller, language):
    run_id = controller.train(language, recipe="words")
    assert controller.wait(run_id, timeout=20) == RunState.FINISHED
    return run_id


def measure(controller, run_id, **arm):
    job_id = controller.evaluate(run_id, **arm)
    assert controller.wait(job_id, timeout=20) == RunState.FINISHED
    return job_id


def plain(sentence):
    return sentence.replace("\u00a0", " ")


def test_the_arms_stand_in_one_table_beside_the_majority(controller, document, trained):
    shots = last_shots(document, trained, 3)
    assert shots == (18, 19, 20)
    few = measure(controller, trained, untrained=True, shots=shots)
    zero = measure(controller, trained, untrained=True)
    found = arms(document, trained)
    assert [(arm.name, arm.run_id, arm.perplexity.mean) for arm in found] == [
        ("Zero-shot", zero, 6.0),
        ("3-shot", few, 4.5),
        ("Tuned", trained, 3.75),
    ]
    assert found[1].shots == shots
    line = majority_line(found)
    assert (line.label, line.share, line.count) == ("dangerous", 0.5, 4)
    verdict = describe_perplexity(document, trained)
    assert plain(verdict.sentence) == (
        "Perplexity 3.75 over 4 answers, median 3.75; zero-shot 6.00, few-shot 4.50: "
        "38 % lower than zero-shot."
    )
    assert verdict.loss == pytest.approx(1.2527629685)
    assert plain(describe_perplexity(document, zero).sentence) == (
        "Perplexity 6.00 over 4 answers, median 6.00."
    )


def test_the_base_model_alone_is_not_said_to_have_learned_nothing(controller, document, trained):
    job_id = measure(controller, trained, untrained=True)
    document.record(put_evaluation, job_id, 50, 99, 50)
    zero = describe(document, job_id)
    assert plain(zero.sentence) == (
        "Untrained: 50.5 %, the same as always answering “safe”. Interval 41–60 %."
    )
    assert zero.advice == ""
    document.record(put_evaluation, job_id, 20, 99, 50)
    assert "30 points under always" in plain(describe(document, job_id).sentence)


def test_a_newer_evaluation_replaces_the_arm_and_written_answers_stay(
    controller, document, trained
):
    measure(controller, trained, writes=True)
    newest = measure(controller, trained)
    (base, arm) = arms(document, trained)
    assert (base.name, base.accuracy, base.perplexity) == ("Zero-shot", 0.4, None)
    assert (arm.name, arm.run_id, arm.perplexity.mean) == ("Tuned", newest, 4.0)
    assert (arm.written.count, arm.written.strict) == (4, 0.0)
    assert (arm.written.lenient, arm.written.unparsed) == (0.25, 0.25)
    controller.trash(newest)
    assert arms(document, trained)[-1].run_id != newest


def test_an_arm_that_broke_stays_in_the_table_until_it_is_measured(controller, document, trained):
    shots = last_shots(document, trained, 4)
    broken = controller.evaluate(trained, untrained=True, shots=shots)
    assert controller.wait(broken, timeout=20) == RunState.FAILED
    found = {arm.name: arm for arm in arms(document, trained)}
    assert (found["4-shot"].state, found["4-shot"].is_measured) == ("failed", False)
    assert "4-shot" not in {arm.name for arm in arms(document, trained, "test")}
    controller.trash(broken)
    assert "4-shot" not in {arm.name for arm in arms(document, trained)}


def test_an_arm_never_speaks_for_the_training(controller, document, trained):
    before = document.query(queries.predictions, trained)
    assert before
    measure(controller, trained, untrained=True)
    assert document.query(queries.predictions, trained) == before


def test_without_the_base_model_s_figure_the_verdict_asks_for_it(document, trained):
    verdict = describe_perplexity(document, trained)
    assert verdict.sentence == "Perplexity 3.75 over 4 answers, median 3.75."
    assert verdict.advice == "Measure the base model too, to see what training gained."


def test_arms_that_make_no_sense_are_refused(controller, document, options, trained):
    with pytest.raises(StudioError, match="The train split has 16 samples, not 20"):
        last_shots(document, trained, 20)
    with pytest.raises(StudioError, match="0 shots make no sense"):
        last_shots(document, trained, 0)
    with pytest.raises(StudioError, match="cannot be a shot"):
        controller.evaluate(trained, shots=(999,))
    with pytest.raises(StudioError, match="Every sample in validation is a shot"):
        controller.evaluate(trained, shots=(1, 6, 11, 16))
    classifier = controller.train(options, recipe="")
    controller.wait(classifier, timeout=20)
    with pytest.raises(StudioError, match="Only a language model"):
        controller.evaluate(classifier, untrained=True)


def test_a_shot_is_not_measured_itself(controller, document, trained):
    job_id = measure(controller, trained, shots=(1, 2))
    measured = {row.sample_id for row in document.query(queries.run_samples, job_id)}
    assert 1 not in measured
    assert len(measured) == 3


def test_overfitting_is_said_only_of_a_loss_that_keeps_rising(controller, document, options):
    run_id = controller.train(with_values(options, {"epochs": 4}), recipe="overfit")
    controller.wait(run_id, timeout=20)
    found = overfitting(document, run_id)
    assert (found.evaluations, found.best_epoch, found.best_step) == (2, 2, 20)
    assert found.sentence == (
        "Validation loss rose in the last 2 evaluations: it over-fits since epoch 2, "
        "where it was best (0.500, now 2.50)."
    )


@pytest.mark.parametrize("losses", [[], [1.0], [1.0, 2.0], [1.0, 2.0, 1.5], [3.0, 2.0, 2.1]])
def test_one_rise_is_noise(losses):
    points = [LossPoint(step, step, loss) for step, loss in enumerate(losses, start=1)]
    assert judge(points) is None


def test_perplexities_are_written_by_their_size():
    assert [format_perplexity(value) for value in (4.9, 99.994, 312.4, 99_999, 1e9, None)] == [
        "4.90",
        "99.99",
        "312",
        "99,999",
        "1e9",
        "not finite",
    ]


def test_two_language_models_are_compared_answer_by_answer(controller, document, language, trained):
    longer = with_values(language, {"epochs": 5})
    second = controller.train(longer, recipe="words", start_from=trained)
    controller.wait(second, timeout=30)
    found = compare(document, trained, second)
    assert found.perplexity.shared == found.perplexity.lower == 4
    assert found.perplexity.differences[0] == (1, 3.75, 3.25)
    interval = found.perplexity.interval
    assert (interval.first, interval.second, interval.low, interval.high) == (
        3.75,
        3.25,
        -0.5,
        -0.5,
    )
    assert [one.cumulative_epochs for one in found.lineages[1]] == [3, 8]
    assert [one.run_id for one in found.lineages[0]] == [trained]
    assert "validation/perplexity" in {curve.name for curve in found.curves}
