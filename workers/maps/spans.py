"""Where each token of an encoded text lies in it, for tokenizers that write bytes."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_TORN = "\ufffd"  # what bytes of a letter that goes on decode to


def text_and_spans(
    tokenizer: "PreTrainedTokenizerBase", ids: list[int], picture: int | None = None
) -> tuple[str, list[tuple[int, int]]]:
    """The decoded text, and the place of each token in it.

    A letter of several tokens belongs to the last of them; the others are empty, before it. Tokens
    with the id `picture` are no text and empty too.
    """
    if picture is not None:
        return _around_picture(tokenizer, ids, picture)
    text, spans = "", []
    before, read = 0, 0  # tokens from `before` to `read` are decoded again as context
    for end in range(1, len(ids) + 1):
        context = _decode(tokenizer, ids[before:read])
        grown = _decode(tokenizer, ids[before:end])
        if grown.endswith(_TORN) and end < len(ids):
            spans.append((len(text), len(text)))
            continue
        spans.append((len(text), len(text) + len(grown) - len(context)))
        text += grown[len(context) :]
        before, read = read, end
    return text, spans


def _around_picture(
    tokenizer: "PreTrainedTokenizerBase", ids: list[int], picture: int
) -> tuple[str, list[tuple[int, int]]]:
    text, places = text_and_spans(tokenizer, [one for one in ids if one != picture])
    spans, place, rest = [], 0, iter(places)
    for one in ids:
        start, place = (place, place) if one == picture else next(rest)
        spans.append((start, place))
    return text, spans


def find_caption(text: str, caption: str) -> tuple[int, int]:
    """Where a caption, or as much of its beginning as was kept, stands in a text."""
    low, high = 0, len(caption)
    while low < high:
        middle = (low + high + 1) // 2
        if caption[:middle] in text:
            low = middle
        else:
            high = middle - 1
    start = text.find(caption[:low])
    return start, start + low


def _decode(tokenizer: "PreTrainedTokenizerBase", ids: list[int]) -> str:
    return str(tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False))
