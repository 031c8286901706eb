"""The inspector on language models: templates by tokens, problems, and memory."""

import json

import pytest

from workers import inspector
from workers.contract.catalogue import weights_folder
from workers.contract.options import TrainingOptions, with_values

LABELS = ["dangerous", "safe"]
SAMPLES = [
    {"id": 1, "caption": "fog", "label": 1},
    {"id": 2, "caption": " ".join(["rain"] * 40), "label": 0},
    {"id": 3, "caption": "a van stops", "label": 1, "answer": "w1 w2", "instruction": "w3"},
]


def ask(model, samples=SAMPLES, verb="template", **changes):
    extra = {key: changes.pop(key) for key in ("chosen", "lengths", "answer_length", "labels")
             if key in changes}  # fmt: skip
    values = {
        "task": "answer",
        "base_model": str(model),
        "max_length": 32,
        "prompt.text": "the {caption} : {instruction} .",
        "prompt.instruction": "w9",
    } | {name.replace("__", "."): value for name, value in changes.items()}
    options = with_values(TrainingOptions(), values).model_dump(mode="json")
    request = {"id": 1, "verb": verb, "options": options, "labels": LABELS, "samples": samples}
    if verb == "inspect":
        request["labels"] = 2
    return inspector.answer_line(json.dumps(request | extra))


def roles(answer) -> list[tuple[str, str]]:
    return [(token["text"], token["role"]) for token in answer["tokens"]]


def test_each_token_has_its_role(tiny_llama):
    answer = ask(tiny_llama, chosen=1)
    assert roles(answer) == [
        ("the", "masked"),
        ("fog", "prompt"),
        (":", "masked"),
        ("w9", "prompt"),
        (".", "masked"),
        ("safe", "answer"),
        ("<eos>", "answer"),
    ]
    assert answer["text"] == "the fog : w9 .safe"
    assert (answer["chosen"], answer["tokenizer"], answer["window"]) == (1, True, 32)


def test_samples_that_would_be_cut_are_named_and_shown_first(tiny_llama):
    answer = ask(tiny_llama)
    assert (answer["cut"], answer["chosen"], answer["count"]) == ([2], 2, 3)
    assert answer["longest"] == 32
    assert answer["problems"] == []
    counted = [role for _, role in roles(answer)]
    assert counted.count("cut") == 40 + 3 + 1 + 2 - 32
    assert roles(answer)[-2:] == [("dangerous", "answer"), ("<eos>", "answer")]


def test_cutting_the_end_shows_the_answer_as_cut_and_says_it(tiny_llama):
    answer = ask(tiny_llama, prompt__cut="end")
    assert roles(answer)[-2:] == [("dangerous", "cut"), ("<eos>", "cut")]
    (problem,) = answer["problems"]
    assert problem["option"] == "prompt.cut"
    assert "1 sample loses" in problem["message"]


def test_with_reference_masking_the_last_prompt_token_is_learnt(tiny_llama):
    assert roles(ask(tiny_llama, chosen=1, prompt__masking="reference"))[4] == (".", "answer")


def test_answers_in_words_and_own_instructions_are_shown(tiny_llama):
    answer = ask(tiny_llama, chosen=3, prompt__answer="text")
    assert answer["text"] == "the a van stops : w3 .w1 w2"


def test_labels_of_several_tokens_are_a_warning(tiny_llama):
    answer = ask(tiny_llama, labels=["w1 w2", "safe"])
    (problem,) = answer["problems"]
    assert (problem["option"], problem["severity"]) == ("prompt.answer", "warning")
    assert "“w1 w2”" in problem["message"]


def test_a_template_that_cannot_be_one_is_a_problem(tiny_llama):
    (problem,) = ask(tiny_llama, prompt__text="no place")["problems"]
    assert (problem["option"], problem["severity"]) == ("prompt.text", "error")
    (unknown,) = ask(tiny_llama, prompt__text="", prompt__template="odd")["problems"]
    assert unknown["option"] == "prompt.template"


def test_no_samples_and_a_classifier_are_answered(tiny_llama):
    assert ask(tiny_llama, samples=[])["chosen"] is None
    assert "choose the task answer" in ask(tiny_llama, task="classification")["error"]
    assert ask(tiny_llama, samples=[3])["error"]


@pytest.mark.skipif(weights_folder("smollm2") is None, reason="SmolLM2 is not on this computer")
def test_the_tokens_of_a_real_model_add_up_to_the_text():
    samples = [{"id": 1, "caption": "龘靐 A cyclist — crosses.", "label": 0}]
    answer = ask("smollm2", samples, max_length=256, prompt__text="")
    shown = "".join(text for text, _ in roles(answer))
    assert shown == answer["text"] + "<|im_end|>"
    assert {"prompt", "masked", "answer"} == {role for _, role in roles(answer)}


def inspect(model, **changes):
    return ask(model, verb="inspect", **changes)


def test_nothing_named_to_train_is_a_problem_and_the_tree_is_shown(tiny_llama):
    answer = inspect(tiny_llama, method="freeze")
    (problem,) = answer["problems"]
    assert (problem["option"], problem["severity"]) == ("freeze.trainable", "error")
    assert (answer["trainable"], len(answer["modules"])) == (0, 2)
    (range_problem,) = inspect(tiny_llama, method="freeze", freeze__trainable=["layers.2-9"])[
        "problems"
    ]
    assert "“layers.2-9” is not in this model" in range_problem["message"]
    fits = inspect(tiny_llama, method="freeze", freeze__trainable=["layers.2-3"])
    assert fits["problems"] == []
    assert 0 < fits["trainable"] < fits["total"]


def test_logits_take_memory_only_where_something_is_learnt(tiny_llama):
    few = inspect(tiny_llama, answer_length=2, lengths=[20, 30])["memory"]
    many = inspect(tiny_llama, answer_length=8, lengths=[20, 30])["memory"]
    assert many["logits"] == 4 * few["logits"]
    assert few["activations"] == many["activations"]


def test_recomputing_activations_is_estimated_as_less(tiny_llama):
    plain = inspect(tiny_llama, lengths=[20, 30])["memory"]
    again = inspect(tiny_llama, lengths=[20, 30], gradient_checkpointing=True)["memory"]
    assert again["activations"] < 0.5 * plain["activations"]


def test_frozen_weights_are_stored_as_they_are_computed(tiny_llama):
    plain = inspect(tiny_llama)["memory"]["weights"]
    assert inspect(tiny_llama, precision="bf16")["memory"]["weights"] == plain / 2
    quantised = inspect(tiny_llama, quantisation__kind="nf4")["memory"]["weights"]
    assert quantised < plain / 2
