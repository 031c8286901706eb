"""The inspector's process: it answers each line, and no line can make it fall over."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from workers.contract.catalogue import weights_folder
from workers.contract.recipes import find_recipe

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = find_recipe("bert-lora").training_options().model_dump(mode="json")


class Asking:
    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "workers.inspector"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.listen()

    def listen(self):
        return json.loads(self.process.stdout.readline())

    def ask(self, id, lengths=(30, 60), **changes):
        options = OPTIONS | changes
        request = {"id": id, "verb": "inspect", "options": options, "lengths": lengths}
        return self.say(json.dumps(request))


@pytest.fixture(scope="module")
def inspector():
    asking = Asking()
    assert asking.listen() == {"ready": True}
    yield asking
    asking.process.stdin.close()
    assert asking.process.wait(20) == 0
    asking.process.stdout.close()


def named(modules, name):
    for module in modules:
        if module["name"] == name:
            return module
        if name.startswith(module["name"] + "."):
            return named(module["children"], name)
    raise KeyError(name)


def test_the_seeds_recipe_is_counted(inspector):
    answer = inspector.ask(7)
    assert (answer["id"], answer["trainable"], answer["total"]) == (7, 75_266, 109_559_044)
    assert answer["problems"] == []
    query = named(answer["modules"], "bert.encoder.layer.11.attention.self.query")
    assert (query["state"], query["trainable"], query["parameters"]) == ("lora", 3072, 593_664)


@pytest.mark.parametrize(
    ("recipe", "trainable", "total"),
    [
        ("qwen-verdict", 1_284_096, 1_838_112_768),
        ("qlora-instruct", 33_554_432, 6_771_970_048),
    ],
)
def test_the_recipes_of_language_models_are_counted_without_weights(
    inspector, recipe, trainable, total
):
    options = find_recipe(recipe).training_options()
    assert weights_folder(options.base_model) is None
    request = {"id": 4, "options": options.model_dump(mode="json"), "lengths": (60, 120)}
    answer = inspector.say(json.dumps(request))
    assert (answer["trainable"], answer["total"]) == (trainable, total)
    assert answer["problems"] == []
    head = named(answer["modules"], "lm_head")
    assert (head["state"], head["added"]) == ("frozen", 0)


def test_a_template_is_worded_without_the_tokenizer(inspector):
    options = find_recipe("qwen-verdict").training_options().model_dump(mode="json")
    samples = [{"id": 3, "caption": "Fog.", "label": 1}]
    request = {"verb": "template", "options": options, "labels": ["dangerous", "safe"]}
    answer = inspector.say(json.dumps(request | {"samples": samples}))
    assert answer["text"].endswith("</start>Fog.<end/>\n</s><s>Assistant:safe")
    assert (answer["chosen"], answer["tokens"], answer["tokenizer"]) == (3, [], False)
    (problem,) = answer["problems"]
    assert "not on this computer" in problem["message"]


def test_garbage_gets_an_error_and_the_next_line_its_answer(inspector):
    for garbage in ("{", "[]", "7", '{"verb": "dance"}', '{"options": 3}', '{"options": {"x": 1}}'):
        answer = inspector.say(garbage)
        assert answer["error"]
    wrong_count = inspector.say(json.dumps({"id": 1, "options": OPTIONS, "labels": "many"}))
    assert wrong_count["id"] == 1
    assert wrong_count["error"]
    assert inspector.ask(8)["trainable"] == 75_266


def test_a_model_without_a_known_shape_is_said(inspector):
    answer = inspector.ask(9, base_model="nobody/nothing")
    assert "nobody/nothing" in answer["error"]


def test_targets_that_match_nothing_are_named_with_those_that_exist(inspector):
    adapter = OPTIONS["adapter"] | {"targets": ["q_proj", "query"]}
    answer = inspector.ask(10, adapter=adapter)
    (problem,) = answer["problems"]
    assert problem["option"] == "adapter.targets"
    assert "“q_proj” is not in this model" in problem["message"]
    assert "query, key, value, dense" in problem["message"]
    assert answer["trainable"] == 38_402
    alone = inspector.ask(11, adapter=OPTIONS["adapter"] | {"targets": ["q_proj"]})
    assert alone["trainable"] == 1_538
    assert alone["problems"][0]["severity"] == "error"


def test_quantised_weights_cannot_train_and_long_captions_do_not_fit(inspector):
    answer = inspector.ask(12, method="full", quantisation={"kind": "nf4"}, max_length=600)
    assert {problem["option"] for problem in answer["problems"]} == {
        "quantisation.kind",
        "max_length",
    }


def test_freezing_all_but_the_head_is_a_warning(inspector):
    (problem,) = inspector.ask(13, method="freeze")["problems"]
    assert (problem["option"], problem["severity"]) == ("freeze.trainable", "warning")
    (wrong,) = inspector.ask(14, method="freeze", freeze={"trainable": ["decoder"]})["problems"]
    assert "bert, dropout, classifier" in wrong["message"]


def test_memory_follows_batch_length_quantisation_and_optimizer(inspector):
    plain = inspector.ask(20)["memory"]
    parts = ("weights", "adapters", "gradients", "optimizer", "activations", "logits")
    assert plain["low"] < plain["high"]
    assert plain["free"] > 0
    assert plain["high"] > sum(plain[part] for part in parts)
    assert plain["weights"] == 4 * (109_559_044 - 75_266)
    assert plain["optimizer"] == 2 * plain["gradients"] == 8 * 75_266
    larger = inspector.ask(21, micro_batch_size=16)["memory"]
    assert larger["activations"] == 2 * plain["activations"]
    longer = inspector.ask(22, lengths=(60, 120))["memory"]
    assert 2 < longer["activations"] / plain["activations"] < 4
    nf4 = inspector.ask(23, quantisation={"kind": "nf4"})["memory"]
    int8 = inspector.ask(24, quantisation={"kind": "8-bit"})["memory"]
    assert nf4["weights"] < int8["weights"] < plain["weights"] / 2
    full = inspector.ask(25, method="full")["memory"]
    full_8bit = inspector.ask(26, method="full", optimizer={"kind": "adamw-8bit"})["memory"]
    assert full["optimizer"] == 8 * 109_483_778
    assert full_8bit["optimizer"] < full["optimizer"] / 3


@pytest.mark.skipif(weights_folder("minilm") is None, reason="the words of MiniLM are not here")
def test_texts_are_cut_into_tokens(inspector):
    request = {"id": 30, "verb": "tokens", "texts": ["A cyclist.", ""], "base_model": "minilm"}
    answer = inspector.say(json.dumps(request))
    assert answer["counts"] == [5, 2]
    assert answer["tokens"][0] == ["[CLS]", "a", "cyclist", ".", "[SEP]"]


def test_one_request_can_be_answered_without_a_conversation():
    done = subprocess.run(
        [sys.executable, "-m", "workers.inspector", "--once"],
        cwd=ROOT,
        input=json.dumps({"options": OPTIONS}),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0
    assert json.loads(done.stdout)["trainable"] == 75_266
