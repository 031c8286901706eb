"""The answering process: base and tuned answers, streamed, and ended by a newer question."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workers.after_training.trained_runs import LABELS, TEXTS, make_run

ROOT = Path(__file__).resolve().parents[3]


class Asking:
    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "workers.answer"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def say(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()

    def listen(self):
        return json.loads(self.process.stdout.readline())

    def until_end(self, number):
        lines = []
        while not lines or not (
            lines[-1].get("id") == number and ("ended" in lines[-1] or "error" in lines[-1])
        ):
            lines.append(self.listen())
        return lines

    def ask(self, number, **request):
        self.say(id=number, verb="answer", **request)
        return self.until_end(number)


@pytest.fixture(scope="module")
def asking():
    made = Asking()
    assert made.listen() == {"ready": True}
    yield made
    made.process.stdin.close()
    assert made.process.wait(20) == 0
    made.process.stdout.close()


@pytest.fixture(scope="module")
def classifier(minilm, tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("runs") / "classifier")


def of_arm(lines, arm):
    return [line for line in lines if line.get("arm") == arm]


def test_a_classifier_answers_with_the_probability_of_each_label(asking, classifier):
    lines = asking.ask(1, run_folder=str(classifier), caption=TEXTS[0])
    assert "Loading" in lines[0]["said"]
    base, tuned = (of_arm(lines, arm)[-1]["probabilities"] for arm in ("base", "tuned"))
    assert base.keys() == tuned.keys() == set(LABELS)
    assert sum(base.values()) == pytest.approx(1, abs=1e-5)
    assert base != tuned


def test_the_arms_are_the_models_that_evaluation_loads(asking, classifier):
    from workers.models import loading

    model, tokenizer, job = loading.load_trained(classifier)
    encoded = tokenizer(TEXTS[1], return_tensors="pt")
    tuned = model(**encoded).logits[0].softmax(-1).tolist()
    with model.disable_adapter():
        base = model(**encoded).logits[0].softmax(-1).tolist()
    lines = asking.ask(2, run_folder=str(classifier), caption=TEXTS[1])
    for arm, wanted in (("base", base), ("tuned", tuned)):
        answered = of_arm(lines, arm)[-1]["probabilities"]
        assert [answered[label] for label in job.labels] == pytest.approx(wanted, abs=1e-5)


def test_a_loaded_run_is_not_loaded_again(asking, classifier):
    asking.ask(3, run_folder=str(classifier), caption="a")
    lines = asking.ask(4, run_folder=str(classifier), caption="b", checkpoint="last")
    assert [line for line in lines if "said" in line] == []


def test_what_is_wrong_is_said_in_a_sentence(asking, classifier, tmp_path):
    gone = asking.ask(5, run_folder=str(tmp_path / "gone"), caption="a")[-1]["error"]
    assert gone == "The folder of the run cannot be read: gone."
    step = asking.ask(6, run_folder=str(classifier), caption="a", checkpoint="77")[-1]["error"]
    assert step == "No checkpoint “77” here; steps saved: 4."
    asking.say(id=7, verb="sing")
    assert "“sing” is not a verb here" in asking.until_end(7)[-1]["error"]
    lines = asking.ask(8, run_folder=str(classifier), caption="a", generation={"beams": 0})
    assert lines[-1]["error"].startswith("beams:")
    asking.process.stdin.write("no json\n")
    asking.process.stdin.flush()
    assert "not JSON" in asking.listen()["error"]
