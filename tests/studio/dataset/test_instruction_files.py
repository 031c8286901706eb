"""Instruction data sets for other programs: what is written is read back as it was."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.dataset import sources
from studio.dataset.instruction_files import FORMATS, InstructionSample, row_of, write_files
from studio.dataset.instruction_formats import recognise
from studio.dataset.records import Column, Format, Mapping
from studio.dataset.table_rows import to_rows
from studio.errors import StudioError

SAMPLES = [
    InstructionSample("a 1", "Is it safe?", "a car …", "dangerous", "train"),
    InstructionSample("a 2", "", "翻譯成文言文：\n雨", '雨也。"\\', "train"),
    InstructionSample("row-000003", "", "Why?", " because\n", "validation"),
    InstructionSample("a 4", "Is it safe?", "fog", "safe"),
]


def read_back(folder, name):
    detection = sources.detect(folder, name)
    return [
        InstructionSample(row.key, row.instruction, row.texts[0], row.answer, row.split or "")
        for row in sources.read(detection, detection.mapping)
    ]


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_written_is_read_back_and_written_the_same(tmp_path, format):
    counts = write_files(tmp_path / "one", SAMPLES, format, "my street")
    assert counts == {"train": 2, "validation": 1, "samples": 1}
    found = [
        sample
        for name in ("my_street_train", "my_street_validation", "my_street")
        for sample in read_back(tmp_path / "one", name)
    ]
    assert [sample.key for sample in found] == ["a 1", "a 2", "", "a 4"]  # no key of an import
    again = [
        InstructionSample(old.key, new.instruction, new.caption, new.answer, new.split)
        for old, new in zip(SAMPLES, found, strict=True)
    ]
    assert again == SAMPLES
    write_files(tmp_path / "two", again, format, "my street")
    for file in (tmp_path / "one").iterdir():
        assert (tmp_path / "two" / file.name).read_bytes() == file.read_bytes()


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=40)
SAID = TEXT.filter(lambda text: text.strip() and "<" not in text)


@pytest.mark.parametrize("format", FORMATS)
@given(instruction=st.one_of(st.just(""), SAID), caption=SAID, answer=SAID)
def test_any_texts_survive_a_row_of_each_format(format, instruction, caption, answer):
    sample = InstructionSample("k", instruction, caption, answer)
    row = json.loads(json.dumps(row_of(sample, format)))
    columns = [Column(name, ()) for name in row]
    known = recognise(row, columns, Mapping())
    assert known.format is format
    (found,) = to_rows(1, row, known.mapping, None)
    assert (found.instruction, found.texts, found.answer) == (instruction, (caption,), answer)


def test_a_set_is_described_as_llama_factory_reads_it(tmp_path):
    write_files(tmp_path / "out", SAMPLES[:1], Format.MESSAGES, "street")
    info = json.loads((tmp_path / "out/dataset_info.json").read_text("utf-8"))
    assert info["street_train"]["formatting"] == "sharegpt"
    assert info["street_train"]["tags"]["assistant_tag"] == "assistant"
    rows = json.loads((tmp_path / "out/train.json").read_text("utf-8"))
    assert rows == [
        {
            "id": "a 1",
            "messages": [
                {"role": "system", "content": "Is it safe?"},
                {"role": "user", "content": "a car …"},
                {"role": "assistant", "content": "dangerous"},
            ],
        }
    ]


def test_nothing_is_left_when_nothing_can_be_written(tmp_path):
    with pytest.raises(StudioError, match="no sample with a caption and an answer"):
        write_files(tmp_path / "out", [], Format.ALPACA, "street")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine.txt").write_text("mine")
    with pytest.raises(StudioError, match="not empty"):
        write_files(tmp_path / "out", SAMPLES, Format.ALPACA, "street")


def test_real_alpaca_rows_are_written_byte_for_byte(shared_data, tmp_path):
    file = shared_data / "llamafactory_data/data/identity.json"
    detection = sources.detect(file)
    rows = [
        InstructionSample("row-000001", row.instruction, row.texts[0], row.answer)
        for row in sources.read(detection, detection.mapping)
    ]
    write_files(tmp_path / "out", rows, Format.ALPACA, "identity")
    assert (tmp_path / "out/samples.json").read_bytes() == file.read_bytes()
