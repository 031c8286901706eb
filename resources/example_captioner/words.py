"""The captioner's vocabulary: every word that the example's captions can hold, and no other."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from resources.example import setting_wordings, wordings
from resources.example.scene import Paint

PAD, BOS, EOS, UNKNOWN, IMAGE = "<pad>", "<s>", "</s>", "<unk>", "<image>"
INSTRUCTION = "Describe the road."
PROMPT = f"USER: {IMAGE}\n{INSTRUCTION} ASSISTANT:"  # resources/templates: llava
MARKS = (".", ",", ";", ":")
SPACE = "\u2581"  # stands before each word that follows a space
TABLES = (wordings, setting_wordings)
_WORD = re.compile(r"(?<!{)\b[\w'-]+")


def vocabulary() -> list[str]:
    """Each token once, in the order of its id; what can begin a sentence has its capital too."""
    texts = list(_texts())
    words = {word for text in texts for word in _WORD.findall(text)}
    firsts = {_WORD.findall(text)[0] for text in texts if not text.startswith("{")}
    words |= {f"{word[0].upper()}{word[1:]}" for word in firsts}
    words |= set(_WORD.findall(PROMPT.replace(IMAGE, "")))
    return [PAD, BOS, EOS, UNKNOWN, *MARKS, *(f"{SPACE}{word}" for word in sorted(words)), IMAGE]


def _texts() -> Iterator[str]:
    """Every wording of the example's tables, and the words that captions join them with."""
    yield from (*Paint, "a", "an", "while", "and")
    for table in TABLES:
        for name, value in vars(table).items():
            if name.isupper():
                yield from _strings(value)


def _strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield re.sub(r"(?<=.){\w+}", "", value)  # one that it begins with stays, as a mark
        case dict():
            for one in value.values():  # pyright: ignore[reportUnknownVariableType]
                yield from _strings(one)
        case _:
            for one in value:
                yield from _strings(one)


def make_tokenizer() -> Any:
    """A tokenizer of transformers over the vocabulary; a caption decodes to its very letters."""
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers
    from tokenizers.processors import TemplateProcessing
    from transformers import AddedToken, PreTrainedTokenizerFast

    ids = {word: number for number, word in enumerate(vocabulary())}
    made: Any = Tokenizer(models.WordLevel(ids, unk_token=UNKNOWN))
    made.normalizer = normalizers.Replace("\n", " ")
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex("[.,;:]"), "isolated"),
            pre_tokenizers.Metaspace(replacement=SPACE, prepend_scheme="first"),
        ]
    )
    made.decoder = decoders.Metaspace(replacement=SPACE, prepend_scheme="first")
    made.post_processor = TemplateProcessing(single=f"{BOS} $A", special_tokens=[(BOS, ids[BOS])])
    tokenizer: Any = PreTrainedTokenizerFast(
        tokenizer_object=made,
        bos_token=BOS,
        eos_token=EOS,
        pad_token=PAD,
        unk_token=UNKNOWN,
        padding_side="right",
        clean_up_tokenization_spaces=False,
    )
    tokenizer.add_tokens([AddedToken(IMAGE, special=True, lstrip=True, normalized=False)])
    return tokenizer


def write_tokenizer(folder: Path) -> Any:
    """Write its files into a model's folder, and return it."""
    tokenizer = make_tokenizer()
    tokenizer.save_pretrained(folder)
    return tokenizer
