"""Templates are data: complete, exact where published, and filled by plain replacement."""

import pytest

from workers.contract.options import PromptOptions
from workers.contract.templates import (
    chosen_template,
    find_template,
    problem_of,
    render,
    shipped_templates,
)


def test_templates_of_words_and_of_pictures_come_with_the_studio():
    of_words = ["chat", "verdict", "instruct", "alpaca", "plain"]
    of_pictures = ["captioner", "beside", "llava", "llava-bare", "internvl", "qwen-vl"]
    assert [one.name for one in shipped_templates()] == of_words + of_pictures
    assert all(one.title and one.about for one in shipped_templates())
    seeds = {one.name: one.seed for one in shipped_templates() if one.seed}
    assert seeds == {
        "verdict": "S0b",
        "instruct": "S2",
        "captioner": "S4",
        "llava": "S4",
        "llava-bare": "S4",
        "internvl": "S3",
    }
    for one in shipped_templates():
        sees = one.name in of_pictures
        assert not one.text or not problem_of(one.text, sees=sees)
        assert one.name == "chat" or problem_of(one.text, sees=not sees)


def test_a_picture_stands_once_and_only_where_there_is_one():
    assert problem_of("{image} {image}", sees=True).startswith("The template has {image} 2 times")
    assert "never see the picture" in problem_of("{caption}", sees=True)
    assert "no picture goes with this task" in problem_of("{image}{caption}", sees=False)
    assert not problem_of("{image}")


def test_the_verdict_prompt_is_the_published_string():
    made = render(find_template("verdict").text, 'Say "safe" ', "Fog.")
    assert made == '<s>Human: Say "safe" </start>Fog.<end/>\n</s><s>Assistant:'


def test_the_instruct_prompt_is_the_published_string():
    template = find_template("instruct")
    assert render(template.text, "翻譯：", "他很高興。") == (
        "你是人工智慧助理，以下是用戶和人工智能助理之間的對話。"
        "你要對用戶的問題提供有用、安全、詳細和禮貌的回答。USER: 翻譯：他很高興。 ASSISTANT:"
    )
    assert template.bos == "always"


def test_other_braces_and_braces_in_values_stay():
    made = render("{x} {instruction} {caption} {}", "{caption}", "{instruction}")
    assert made == "{x} {caption} {instruction} {}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{instruction}", "has no {caption}"),
        ("{caption} {caption}", "2 times"),
        ("{ caption }", "has no {caption}"),
    ],
)
def test_a_template_without_one_place_for_the_caption_is_a_problem(text, words):
    assert words in problem_of(text)


def test_own_text_replaces_the_templates_and_keeps_its_first_token():
    own = chosen_template(PromptOptions(template="instruct", text="Q {caption} A"))
    assert (own.text, own.bos, own.few_shot) == ("Q {caption} A", "always", None)
    instead_of_chat = chosen_template(PromptOptions(template="chat", text="Q {caption} A"))
    assert instead_of_chat.bos == "tokenizer"
    assert chosen_template(PromptOptions(template="nothing")) is None
    assert find_template("nothing") is None
