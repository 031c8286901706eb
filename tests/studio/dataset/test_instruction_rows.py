"""Instruction data sets: alpaca, ShareGPT, OpenAI messages, and what of them does not fit."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.dataset import sources
from studio.dataset.instruction_formats import recognise
from studio.dataset.plan import plan_import
from studio.dataset.records import BadRow, Column, Format, Mapping
from studio.dataset.table_rows import to_rows
from studio.errors import StudioError

ALPACA = {"instruction": "Is it safe?", "input": "a car …", "output": "dangerous"}
GPT = [{"from": "human", "value": "Is it safe?"}, {"from": "gpt", "value": "no"}]
OPENAI = [{"role": "user", "content": "Is it safe?"}, {"role": "assistant", "content": "no"}]


@pytest.fixture
def rows_of(text_file):
    """What the importer makes of these objects."""

    def read(*objects, name="rows.json", lines=False):
        texts = [json.dumps(one, ensure_ascii=False) for one in objects]
        content = "\n".join(texts) if lines else f"[{','.join(texts)}]"
        detection = sources.detect(text_file(name, content))
        return detection.format, list(sources.read(detection, detection.mapping))

    return read


def texts(row):
    return row.instruction, row.texts, row.answer


def test_an_instruction_without_input_is_what_is_seen(rows_of):
    format, rows = rows_of(ALPACA, ALPACA | {"input": ""}, {**ALPACA, "input": " \n"})
    assert format is Format.ALPACA
    assert texts(rows[0]) == ("Is it safe?", ("a car …",), "dangerous")
    assert texts(rows[1]) == ("", ("Is it safe?",), "dangerous")
    assert texts(rows[2]) == ("", ("Is it safe?",), "dangerous")
    assert rows[0].label is None


def test_alpaca_without_an_input_column_and_with_names_is_read_as_lines(rows_of):
    row = {"id": "q7", "instruction": "翻譯成文言文：\n雨", "output": "雨也。"}
    format, rows = rows_of(row, row | {"id": "q8"}, name="train.jsonl", lines=True)
    assert format is Format.ALPACA
    assert [row.key for row in rows] == ["q7", "q8"]
    assert texts(rows[0]) == ("", ("翻譯成文言文：\n雨",), "雨也。")


def test_a_label_column_stays_a_label_and_a_system_prompt_joins_the_instruction(rows_of):
    _, rows = rows_of(ALPACA | {"label": "safe", "system": "You are police.", "history": []})
    assert rows[0].label == "safe"
    assert texts(rows[0]) == ("You are police.\nIs it safe?", ("a car …",), "dangerous")


@pytest.mark.parametrize(
    ("changes", "column", "reason"),
    [
        ({"output": ""}, "output", "answer empty"),
        ({"output": " \n"}, "output", "answer empty"),
        ({"output": None}, "output", "column missing"),
        ({"output": {"text": "no"}}, "output", "answer is not text"),
        ({"instruction": "", "input": ""}, "input", "caption empty"),
        ({"input": ["a"]}, "input", "caption is not text"),
        ({"history": [["earlier", "said"]]}, "history", "more than one turn"),
        ({"images": ["1.png", "2.png"]}, "images", "images unlike <image> marks"),
        ({"input": "<image> a car", "images": []}, "images", "images unlike <image> marks"),
        ({"input": "<video> a car"}, "input", "needs a video"),
        ({"output": "x" * 100_001}, "output", "answer longer than 100,000"),
    ],
)
def test_an_alpaca_row_that_does_not_fit_is_named(rows_of, changes, column, reason):
    _, rows = rows_of(ALPACA | {"history": [], "images": []}, ALPACA | changes)
    bad = rows[1]
    assert isinstance(bad, BadRow)
    assert (bad.row, bad.column) == (2, column)
    assert bad.reason.startswith(reason)


def test_a_row_with_other_columns_is_named(rows_of):
    _, rows = rows_of(ALPACA, {"instruction": "a", "answer": "b"}, ALPACA)
    assert [isinstance(row, BadRow) for row in rows] == [False, True, False]
    assert (rows[1].column, rows[1].reason) == ("output", "column missing")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"conversations": GPT}, Format.SHAREGPT),
        ({"messages": GPT}, Format.SHAREGPT),
        ({"messages": OPENAI}, Format.MESSAGES),
        ({"conversations": OPENAI}, Format.MESSAGES),
    ],
)
def test_turns_are_a_caption_and_its_answer(rows_of, row, expected):
    format, rows = rows_of(row)
    assert format is expected
    assert texts(rows[0]) == ("", ("Is it safe?",), "no")


def test_a_system_prompt_is_the_instruction_wherever_it_stands(rows_of):
    _, rows = rows_of({"conversations": GPT, "system": "Be brief."})
    assert texts(rows[0]) == ("Be brief.", ("Is it safe?",), "no")
    _, rows = rows_of({"messages": [{"role": "system", "content": "Be brief."}, *OPENAI]})
    assert texts(rows[0]) == ("Be brief.", ("Is it safe?",), "no")


@pytest.mark.parametrize(
    ("turns", "reason"),
    [
        ([], "no turns"),
        ([{"role": "system", "content": "Be brief."}], "a system prompt alone"),
        (OPENAI[:1], "answer missing"),
        (OPENAI[::-1], "wrong order of roles"),
        ([OPENAI[0], *OPENAI], "wrong order of roles"),
        (OPENAI * 2, "more than one turn"),
        ([*OPENAI, {"role": "system", "content": "late"}], "wrong order of roles"),
        ([OPENAI[0], {"role": "tool", "content": "{}"}], "a tool call"),
        ([OPENAI[0], {"role": "narrator", "content": "no"}], "a role that is not known"),
        ([OPENAI[0], {"role": "assistant"}], "a turn without role and content"),
        ([OPENAI[0], {"role": "assistant", "content": ""}], "answer empty"),
        ([{"role": "user", "content": " "}, OPENAI[1]], "caption empty"),
        ([OPENAI[0], "no"], "a turn is not an object"),
        ([OPENAI[0], {"role": "assistant", "content": 5}], "the content of a turn is not text"),
        ([{"role": "user", "content": [{"type": "audio"}]}, OPENAI[1]], "a part that is neither"),
        ("text", "no turns"),
        (None, "column missing"),
    ],
)
def test_turns_that_do_not_fit_are_named(rows_of, turns, reason):
    _, rows = rows_of({"messages": OPENAI}, {"messages": turns})
    assert isinstance(rows[1], BadRow)
    assert (rows[1].row, rows[1].column) == (2, "messages")
    assert rows[1].reason.startswith(reason)


def test_images_are_as_many_as_their_marks_and_one_is_taken(rows_of):
    def asked(text, *images):
        return {
            "messages": [{"role": "user", "content": text}, OPENAI[1]],
            "images": list(images),
        }

    _, rows = rows_of(
        asked("<image>Describe it.", "images/1.jpg"),
        asked("<image>Describe it."),
        asked("Describe it.", "1.jpg"),
        asked("<image><image>Compare.", "1.jpg", "2.jpg"),
        asked("<image>Describe it.", "../1.jpg"),
        asked("<image>Describe it.", "https://example.org/1.jpg"),
    )
    assert rows[0].image.name == "1.jpg"
    assert rows[0].texts == ("Describe it.",)
    assert [(row.reason, row.value) for row in rows[1:3]] == [
        ("images unlike <image> marks", "0 images for 1 <image>"),
        ("images unlike <image> marks", "1 image for 0 <image>"),
    ]
    assert [row.reason for row in rows[3:]] == [
        "more than one image",
        "image lies outside the source's folder",
        "the image is an address, not a file",
    ]


def test_parts_of_a_turn_and_a_single_image_are_read_too(rows_of):
    parts = [
        {"type": "image_url", "image_url": {"url": "1.jpg"}},
        {"type": "text", "text": "Describe it."},
    ]
    _, rows = rows_of({"messages": [{"role": "user", "content": parts}, OPENAI[1]]})
    assert (rows[0].image.name, rows[0].texts) == ("1.jpg", ("Describe it.",))
    asked = [{"from": "human", "value": "<image>\nDescribe it."}, GPT[1]]
    _, rows = rows_of({"id": "7", "image": "train/1.jpg", "conversations": asked})
    assert (rows[0].image.name, rows[0].texts, rows[0].key) == ("1.jpg", ("Describe it.",), "7")


def test_preferences_give_the_chosen_answer_and_kto_the_good_ones(rows_of):
    ranked = {"conversations": GPT[:1], "chosen": GPT[1], "rejected": {"from": "gpt", "value": "?"}}
    _, rows = rows_of(ranked)
    assert texts(rows[0]) == ("", ("Is it safe?",), "no")
    _, rows = rows_of({"messages": OPENAI, "label": True}, {"messages": OPENAI, "label": False})
    assert rows[0].answer == "no"
    assert rows[0].label is None
    assert rows[1].reason == "marked as a bad answer"


INFO = {
    "mine_train": {
        "file_name": "a.json",
        "columns": {"prompt": "q", "query": "scene", "response": "a", "system": "role"},
        "num_samples": 2,
    },
    "turns": {
        "file_name": "b.jsonl",
        "formatting": "sharegpt",
        "columns": {"messages": "said", "images": "pictures"},
        "tags": {
            "role_tag": "who",
            "content_tag": "what",
            "user_tag": "driver",
            "assistant_tag": "police",
        },
    },
    "ranked": {
        "file_name": "c.json",
        "ranking": True,
        "columns": {"prompt": "q", "chosen": "good", "rejected": "bad"},
    },
    "hub": {"hf_hub_url": "somebody/something"},
    "gone": {"file_name": "gone.json"},
    "outside": {"file_name": "../a.json"},
    "plain": {"file_name": "d.txt"},
    "odd": {"file_name": "a.json", "formatting": "odd"},
    "broken": 5,
}


@pytest.fixture
def sets(text_file, tmp_path):
    text_file("data/dataset_info.json", json.dumps(INFO))
    row = {"q": "Is it safe?", "scene": "a car", "a": "no", "role": "Be brief."}
    text_file("data/a.json", json.dumps([row | {"scene": f"car {n}"} for n in range(3)]))
    said = [{"who": "driver", "what": "Is it safe?"}, {"who": "police", "what": "no"}]
    text_file("data/b.jsonl", json.dumps({"said": said}) + "\n")
    text_file("data/c.json", json.dumps([{"q": "Is it safe?", "good": "no", "bad": "yes"}]))
    text_file("data/d.txt", "text")
    return tmp_path / "data"


def test_a_folder_of_several_sets_offers_those_that_can_be_read(sets):
    detection = sources.detect(sets)
    assert detection.sets == ("mine_train", "turns", "ranked")
    assert detection.chosen == "mine_train"
    assert sources.detect(sets / "dataset_info.json", "turns").chosen == "turns"


def test_a_set_is_read_by_its_columns_and_tags(sets):
    def read(name):
        detection = sources.detect(sets, name)
        return list(sources.read(detection, detection.mapping))

    rows = read("mine_train")
    assert [texts(row) for row in rows] == [
        ("Be brief.\nIs it safe?", (f"car {n}",), "no") for n in range(2)
    ]
    assert {row.split for row in rows} == {"train"}
    assert texts(read("turns")[0]) == ("", ("Is it safe?",), "no")
    assert texts(read("ranked")[0]) == ("", ("Is it safe?",), "no")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("hub", "is not a local file"),
        ("gone", "is missing"),
        ("outside", "lies outside the folder"),
        ("plain", "cannot be read"),
        ("odd", "unknown formatting"),
        ("broken", "names no file"),
        ("nothing", "There is no data set"),
    ],
)
def test_a_set_that_cannot_be_read_says_why(sets, name, sentence):
    with pytest.raises(StudioError, match=sentence):
        sources.detect(sets, name)


def test_samples_that_differ_in_the_answer_alone_are_not_duplicates(text_file):
    rows = [ALPACA, ALPACA | {"output": "safe"}, ALPACA, ALPACA | {"instruction": "Why?"}]
    detection = sources.detect(text_file("rows.json", json.dumps(rows)))
    with plan_import(detection, detection.mapping, ["safe"]) as plan:
        assert (plan.report.samples, plan.report.duplicates) == (3, 1)
        assert (plan.report.answers, plan.report.scripts) == (3, {"Latin": 3})
        said = [(one.instruction, one.answer) for one in plan.samples()]
    assert said == [("Is it safe?", "dangerous"), ("Is it safe?", "safe"), ("Why?", "dangerous")]


def test_answers_of_several_scripts_are_counted(text_file):
    answers = ["dangerous", "危險", "safe", "опасно", "あぶない 危険", "7"]
    rows = [ALPACA | {"output": text} for text in answers]
    detection = sources.detect(text_file("rows.json", json.dumps(rows)))
    with plan_import(detection, detection.mapping, []) as plan:
        assert plan.report.scripts == {
            "Latin": 2,
            "Chinese": 1,
            "Cyrillic": 1,
            "Japanese": 1,
            "no letters": 1,
        }


def test_real_instruction_rows_are_all_read(shared_data):
    detection = sources.detect(shared_data / "adl_hw3_2024/HW3/data/train_first500.json")
    with plan_import(detection, detection.mapping, []) as plan:
        assert (plan.report.samples, plan.report.problem_count) == (500, 0)
        assert plan.report.scripts == {"Chinese": 500}


@pytest.mark.parametrize(
    ("name", "samples", "problems"),
    [
        ("identity", 91, 0),
        ("alpaca_en_demo", 985, 0),
        ("alpaca_zh_demo", 992, 0),
        ("dpo_en_demo", 192, 106),
        ("kto_en_demo", 112, 188),
        ("glaive_toolcall_en_demo", 0, 300),
        ("mllm_demo", 0, 6),
    ],
)
def test_real_sets_are_read_or_say_why_not(shared_data, name, samples, problems):
    detection = sources.detect(shared_data / "llamafactory_data/data", name)
    with plan_import(detection, detection.mapping, []) as plan:
        assert (plan.report.samples, plan.report.problem_count) == (samples, problems)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)
WORDS = st.sampled_from(["user", "assistant", "system", "tool", "<image>", "a car", "", "../x"])
TURN = st.dictionaries(st.sampled_from(["role", "content", "tool_calls"]), WORDS | JSON)
ROW = st.fixed_dictionaries(
    {},
    optional={
        "instruction": WORDS | JSON,
        "input": WORDS | JSON,
        "output": WORDS | JSON,
        "system": WORDS | JSON,
        "history": JSON,
        "images": WORDS | JSON | st.lists(WORDS),
        "videos": JSON,
        "label": JSON,
        "id": JSON,
        "messages": JSON | st.lists(TURN, max_size=4),
    },
)
COLUMNS = tuple(Column(name, ()) for name in ("instruction", "input", "output", "images", "id"))


@given(
    row=ROW, first=st.sampled_from([ALPACA | {"system": "", "images": []}, {"messages": OPENAI}])
)
def test_any_row_is_a_sample_or_a_bad_row(row, first):
    columns = [Column(name, ()) for name in first] if "messages" in first else COLUMNS
    known = recognise(first, columns, Mapping(key="id", label="label"))
    for found in to_rows(1, row, known.mapping, Path("/nowhere")):
        if isinstance(found, BadRow):
            assert found.reason
        else:
            assert found.texts[0].strip()
            assert found.answer.strip()
