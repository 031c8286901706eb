"""The answering process: base and tuned answers, streamed, and ended by a newer question."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workers.after_training import language_runs
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


@pytest.fixture(scope="module")
def language(tmp_path_factory):
    place = tmp_path_factory.mktemp("language")
    return language_runs.make_run(place / "run", language_runs.make_model(place / "model"))


def test_a_language_model_answers_in_words_that_grow(asking, language):
    settings = {"max_new_tokens": 40}
    lines = asking.ask(
        20, run_folder=str(language), caption="fog", instruction="Say it.", generation=settings
    )
    for arm in ("base", "tuned"):
        texts = [line["text"] for line in of_arm(lines, arm)]
        *growing, last = of_arm(lines, arm)
        assert last["done"] is True
        assert not any(line["done"] for line in growing)
        assert all(last["text"].startswith(text) for text in texts)
        assert 0 < last["tokens"] <= 40
        assert last["seconds"] > 0
    assert of_arm(lines, "base")[-1]["text"] != of_arm(lines, "tuned")[-1]["text"]


def test_the_words_are_those_that_plain_generation_gives(asking, language):
    import torch

    from workers.data import prompts
    from workers.models import causal, loading

    model, tokenizer, job = loading.load_trained(language)
    end = causal.eos_of(model.config, tokenizer)
    row = prompts.AnswerRow(0, "Say it.", "fog", "")
    samples = prompts.encode(tokenizer, end, [row], (), job.options, 512)
    ids = samples.tokens[0][: samples.prompts[0]][None]
    with torch.inference_mode():
        whole = model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=12,
            do_sample=False,
            eos_token_id=end,
        )
    wanted = tokenizer.decode(whole[0, ids.shape[1] :], skip_special_tokens=True)
    lines = asking.ask(
        21,
        run_folder=str(language),
        caption="fog",
        instruction="Say it.",
        generation={"max_new_tokens": 12},
        arms=["tuned"],
    )
    assert of_arm(lines, "tuned")[-1]["text"] == wanted


def test_sampling_with_a_seed_gives_the_same_words_again(asking, language):
    drawn = {"max_new_tokens": 12, "sample": True, "temperature": 2.0, "seed": 5}
    asked = {"run_folder": str(language), "caption": "fog", "arms": ["tuned"]}
    first, again, other = (
        of_arm(asking.ask(number, **asked, generation=drawn | {"seed": seed}), "tuned")[-1]["text"]
        for number, seed in ((22, 5), (23, 5), (24, 6))
    )
    assert first == again
    assert first != other


def test_beams_answer_and_stop_strings_end_an_answer(asking, language):
    asked = {"run_folder": str(language), "caption": "fog", "arms": ["base"]}
    whole = of_arm(asking.ask(25, **asked, generation={"max_new_tokens": 20}), "base")[-1]["text"]
    stop = whole[4:6]
    cut = of_arm(
        asking.ask(26, **asked, generation={"max_new_tokens": 20, "stop": [stop]}), "base"
    )[-1]
    assert cut["text"] == whole[: whole.index(stop)]
    beams = asking.ask(27, **asked, generation={"max_new_tokens": 8, "beams": 3})
    assert of_arm(beams, "base")[-1]["done"] is True


def test_a_newer_question_or_a_stop_ends_what_is_written(asking, language):
    asked = {"run_folder": str(language), "caption": "fog", "arms": ["base", "tuned"]}
    long = asked | {"generation": {"max_new_tokens": 2000, "sample": True, "temperature": 9.0}}
    asking.say(id=30, verb="answer", **long)
    while not asking.listen().get("text"):
        pass
    asking.say(id=31, verb="answer", **asked, generation={"max_new_tokens": 3})
    lines = asking.until_end(31)
    former = [line for line in lines if line["id"] == 30]
    assert former[-1] == {"id": 30, "ended": True, "stopped": True}
    assert of_arm(former, "tuned") == []
    asking.say(id=32, verb="answer", **long)
    while not asking.listen().get("text"):
        pass
    asking.say(verb="stop")
    assert asking.until_end(32)[-1]["stopped"] is True
