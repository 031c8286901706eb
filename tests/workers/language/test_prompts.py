"""What a language model reads and learns, token by token, as the published vectors say."""

import pytest

from tests.workers.language.tiny_language_models import write_tokenizer
from workers.contract.options import Masking, TrainingOptions, with_values
from workers.contract.recipes import find_recipe
from workers.data import wording
from workers.data.prompts import AnswerRow, encode, sequence
from workers.models import generation
from workers.models.trouble import Trouble

EOS, IGNORED = 1, -100
VECTORS = [
    (Masking.STRICT, [-100, -100, -100, 7, 8, 9]),
    (Masking.REFERENCE, [-100, -100, 3, 7, 8, 9]),
]
WORDS = " ".join(f"w{number}" for number in range(20))


def options_of(**prompt) -> TrainingOptions:
    values = {"task": "answer"} | {f"prompt.{name}": value for name, value in prompt.items()}
    return with_values(TrainingOptions(), values)


def row_of(caption="fog", answer="safe", instruction="", label=1, id=5) -> AnswerRow:
    return AnswerRow(id, instruction, caption, answer, label)


def encode_here(tokenizer, *rows, window=64, shots=(), labels=("dangerous", "safe"), **prompt):
    given = {"text": "a {caption} . {instruction} :", "instruction": "the road"} | prompt
    return encode(tokenizer, EOS, rows, labels, options_of(**given), window, shots=shots)


def words_of(tokenizer, tokens) -> str:
    return " ".join(tokenizer.convert_ids_to_tokens([int(token) for token in tokens]))


@pytest.mark.parametrize(("masking", "targets"), VECTORS)
def test_the_published_vector_of_ids_and_targets(masking, targets):
    made = sequence([1, 2, 3], [7, 8], 9, masking, 256)
    assert (made.ids, made.targets) == ([1, 2, 3, 7, 8, 9], targets)


def test_a_prompt_of_300_tokens_loses_its_answer_as_published():
    prompt = list(range(1000, 1300))
    made = sequence(prompt, [7, 8], 9, Masking.REFERENCE, 256)
    assert made.ids == prompt[:256]
    assert made.targets == [IGNORED] * 255 + [prompt[255]]
    assert made.lost_answer
    strict = sequence(prompt, [7, 8], 9, Masking.STRICT, 256)
    assert set(strict.targets) == {IGNORED}


def test_the_first_token_is_never_a_target():
    assert sequence([4], [7], 9, Masking.REFERENCE, 8).targets == [IGNORED, 7, 9]
    assert sequence([], [7], 9, Masking.STRICT, 8).targets == [IGNORED, 9]


def test_prompt_answer_and_end_stand_in_a_row(tokenizer):
    samples = encode_here(tokenizer, row_of())
    assert words_of(tokenizer, samples.tokens[0]) == "a fog . the road : safe <eos>"
    assert samples.targets[0].tolist() == [IGNORED] * 6 + samples.tokens[0][6:].tolist()
    assert (samples.prompts, samples.lengths, samples.labels) == ([6], [8], [1])
    assert [words_of(tokenizer, row) for row in samples.label_tokens] == [
        "dangerous <eos>",
        "safe <eos>",
    ]
    assert (samples.cut, samples.lost) == ([], [])


def test_a_samples_own_instruction_wins(tokenizer):
    samples = encode_here(tokenizer, row_of(instruction="van stops"))
    assert words_of(tokenizer, samples.tokens[0]) == "a fog . van stops : safe <eos>"


def test_a_long_caption_gives_way_to_the_instruction_and_the_answer(tokenizer):
    samples = encode_here(tokenizer, row_of(WORDS), row_of(id=6), window=12)
    assert words_of(tokenizer, samples.tokens[0]) == "a w0 w1 w2 w3 w4 . the road : safe <eos>"
    assert (samples.cut, samples.lost, samples.prompts[0]) == ([5], [], 10)


def test_cutting_the_end_loses_the_answer_and_says_so(tokenizer):
    samples = encode_here(tokenizer, row_of(WORDS), window=12, cut="end")
    assert words_of(tokenizer, samples.tokens[0]) == "a " + " ".join(WORDS.split()[:11])
    assert (samples.cut, samples.lost) == ([5], [5])
    assert set(samples.targets[0].tolist()) == {IGNORED}


def test_room_is_kept_for_the_longest_label(tokenizer):
    samples = encode_here(tokenizer, row_of(WORDS), window=12, labels=("safe", "a van stops"))
    longest = max(len(label) for label in samples.label_tokens)
    assert samples.prompts[0] + longest == 12


def test_an_answer_longer_than_the_window_keeps_its_beginning(tokenizer):
    samples = encode_here(tokenizer, row_of("fog", WORDS), window=12, labels=())
    assert words_of(tokenizer, samples.tokens[0]) == "a . the road : w0 w1 w2 w3 w4 w5 w6"
    assert samples.lost == [5]
    assert samples.label_tokens == []


def test_an_empty_answer_learns_to_end(tokenizer):
    samples = encode_here(tokenizer, row_of(answer="", label=None), labels=())
    assert samples.targets[0].tolist() == [IGNORED] * 6 + [EOS]
    assert samples.labels == [-1]


def test_half_a_character_at_the_end_is_not_shown(smollm_tokenizer):
    tokens = smollm_tokenizer.encode("a van 路")
    assert "\ufffd" in smollm_tokenizer.decode(tokens[:-1])
    assert generation.words_of(smollm_tokenizer, tokens[:-1]).strip() == "a van"
    assert generation.words_of(smollm_tokenizer, tokens) == "a van 路"


def test_a_character_is_never_halved(smollm_tokenizer):
    options = options_of(text="{caption} :")
    for window in range(6, 18):
        row = AnswerRow(1, "", "龘靐齉爩麤灪", "safe")
        tokens = encode(smollm_tokenizer, 2, [row], (), options, window).tokens[0]
        assert "\ufffd" not in smollm_tokenizer.decode(tokens)


def test_the_models_own_chat_template_is_used(tokenizer):
    samples = encode_here(tokenizer, row_of(), text="", template="chat")
    words = words_of(tokenizer, samples.tokens[0])
    assert words == "[ user ] the road fog / [ assistant ] safe <eos>"
    rows = row_of(WORDS)
    cut = encode_here(tokenizer, rows, text="", template="chat", window=14)
    assert words_of(tokenizer, cut.tokens[0]).endswith("w0 w1 w2 / [ assistant ] safe <eos>")


def test_shots_come_first_in_their_order(tokenizer):
    shots = [row_of("rain", "dangerous"), row_of("van stops", "safe")]
    chat = encode_here(tokenizer, row_of(), shots=shots, text="", template="chat", instruction="")
    assert words_of(tokenizer, chat.tokens[0]) == (
        "[ user ] rain / [ assistant ] dangerous / [ user ] van stops / [ assistant ] safe / "
        "[ user ] fog / [ assistant ] safe <eos>"
    )
    own = encode_here(tokenizer, row_of(), shots=shots, text="{caption} :")
    assert words_of(tokenizer, own.tokens[0]) == (
        "rain : dangerous van stops : safe fog : safe <eos>"
    )


def test_three_shots_are_shown_as_published():
    prompt = options_of(template="instruct", instruction="").prompt
    shots = [row_of("", f"A{n}", f"I{n}") for n in (1, 2, 3)]
    made = wording.word_prompt(None, prompt, row_of("", "", "I"), shots)
    assert made.text == (
        "你是人工智慧助理，以下是用戶和人工智能助理之間的對話。你要對用戶的問題提供有用、安全、"
        "詳細和禮貌的回答。以下是範例:\n1. USER: I1 ASSITANT: A1\n2. USER: I2 ASSITANT: A2\n"
        "3. USER: I3 ASSITANT: A3請作答: USER: I ASSITANT:"
    )
    assert wording.stops_after(prompt, 3) == ("\n4.", "USER:")
    assert wording.stops_after(prompt, 0) == ()


def test_the_instruct_sequence_begins_with_bos(tokenizer):
    recipe = find_recipe("qlora-instruct").training_options()
    samples = encode(tokenizer, EOS, [row_of("fog", "rain")], (), recipe, 512)
    tokens = samples.tokens[0].tolist()
    assert (tokens[0], tokens[-1], tokens.count(2)) == (2, EOS, 1)
    assert samples.targets[0].tolist() == [IGNORED] * (len(tokens) - 2) + tokens[-2:]


def test_the_published_verdict_prompt_is_made_by_its_recipe():
    prompt = find_recipe("qwen-verdict").training_options().prompt
    assert wording.word_prompt(None, prompt, row_of("Fog.")).text == (
        "<s>Human: You are traffic police, please evaluate whether the traffic scenario described "
        "between the </start> and <end/> is safe. Your answer could only be chosen from the word "
        '"dangerous" and "safe" </start>Fog.<end/>\n</s><s>Assistant:'
    )


def test_batches_are_padded_on_the_right_with_a_mask_only_where_needed(tokenizer):
    samples = encode_here(tokenizer, row_of(), row_of("a van stops"), row_of("rain"))
    even = samples.batch([0, 2], "cpu")
    assert set(even) == {"input_ids"}
    mixed = samples.batch([0, 1], "cpu")
    targets = samples.target_batch([0, 1], "cpu")
    assert mixed["input_ids"].shape == mixed["attention_mask"].shape == targets.shape == (2, 10)
    assert mixed["input_ids"][0, 8:].tolist() == [0, 0]
    assert mixed["attention_mask"].sum(1).tolist() == [8, 10]
    assert targets[0, 8:].tolist() == [IGNORED, IGNORED]


def test_the_end_token_fills_up_where_there_is_no_pad_token(tmp_path):
    samples = encode_here(write_tokenizer(tmp_path, pad_token=None), row_of(), row_of("a van"))
    assert samples.pad == EOS
    assert samples.target_batch([0, 1], "cpu")[0].tolist()[-2:] == [EOS, IGNORED]


def test_wrong_templates_are_told_in_words(tokenizer, tmp_path):
    with pytest.raises(Trouble, match=r"has no \{caption\}"):
        encode_here(tokenizer, row_of(), text="only this")
    with pytest.raises(Trouble, match="no template called “odd”"):
        encode_here(tokenizer, row_of(), text="", template="odd")
    silent = write_tokenizer(tmp_path, chat=False)
    with pytest.raises(Trouble, match="no chat template of its own"):
        encode_here(silent, row_of(), text="", template="chat")
    with pytest.raises(Trouble, match="choose the task answer"):
        encode(tokenizer, EOS, [row_of()], (), TrainingOptions(), 64)
