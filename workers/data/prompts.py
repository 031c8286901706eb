"""Prompts and answers as token ids and targets, made once; batches are padded or packed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workers.contract.events import Reason
from workers.contract.options import Cut, Masking, PromptOptions, TrainingOptions
from workers.data.pictures import Pictures
from workers.data.wording import AnswerRow, ImageWords, Prompt, Span, template_of, word_prompt
from workers.models.trouble import Trouble

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedTokenizerBase

    Batch = dict[str, Any]

__all__ = ["IGNORED", "AnswerRow", "AnswerSamples", "Encoded", "encode", "encode_all"]

# The target of a token that is not learnt.
IGNORED = -100


@dataclass(frozen=True)
class AnswerSamples:
    """Parallel lists over the samples of one split.

    `tokens` are prompt, answer and end token; `prompts` the prompts' lengths; `label_tokens` each
    label's answer with the end token. `cut` holds the ids of samples that lost any token, `lost`
    those that lost tokens of the answer; a label of -1 is none. `references` are captions that
    people wrote.
    """

    ids: list[int]
    tokens: "list[torch.Tensor]"
    prompts: list[int]
    targets: "list[torch.Tensor]"
    label_tokens: list[list[int]]
    labels: list[int]
    lengths: list[int]
    cut: list[int]
    lost: list[int]
    pad: int
    pictures: Pictures | None = None
    references: "list[tuple[str, ...]]" = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.ids)

    def batch(self, positions: Sequence[int], device: str) -> "Batch":
        """Inputs for the samples at these positions; no mask when nothing is padded."""
        import torch

        rows = [self.tokens[position] for position in positions]
        ids = _pad(rows, self.pad)
        inputs = {"input_ids": ids.to(device, non_blocking=True)}
        if any(len(row) != ids.shape[1] for row in rows):
            mask = _pad([torch.ones_like(row) for row in rows], 0)
            inputs["attention_mask"] = mask.to(device, non_blocking=True)
        return inputs | self.seen(positions, device)

    def seen(self, positions: Sequence[int], device: str) -> "Batch":
        """What a model takes of the samples' pictures; nothing where there are none."""
        return self.pictures.inputs(positions, device) if self.pictures else {}

    def targets_of(self, position: int) -> "torch.Tensor":
        """A sample's targets; of a lost picture nothing is learnt."""
        import torch

        targets = self.targets[position]
        if self.pictures is not None and position in self.pictures.lost:
            return torch.full_like(targets, IGNORED)
        return targets

    def target_batch(self, positions: Sequence[int], device: str) -> "torch.Tensor":
        """Targets in the shape of `batch`, not shifted; -100 where nothing is learnt."""
        targets = [self.targets_of(position) for position in positions]
        return _pad(targets, IGNORED).to(device, non_blocking=True)

    def packed_batch(self, positions: Sequence[int], device: str) -> "Batch":
        """One row of several samples, none of which sees another.

        There is no mask by intention: with one, transformers would not find where a sample begins
        from the positions that start again. The model must be called with use_cache=False.
        """
        import torch

        rows = [self.tokens[position] for position in positions]
        places = torch.cat([torch.arange(len(row)) for row in rows])
        return {
            "input_ids": torch.cat(rows)[None].to(device, non_blocking=True),
            "position_ids": places[None].to(device, non_blocking=True),
        }

    def packed_targets(self, positions: Sequence[int], device: str) -> "torch.Tensor":
        """Targets in the shape of `packed_batch`; a sample's first token is never one."""
        import torch

        targets = [self.targets[position] for position in positions]
        return torch.cat(targets)[None].to(device, non_blocking=True)


@dataclass(frozen=True)
class Encoded:
    """One sample's ids, targets and prompt length; `kept` says which tokens of the prompt stay."""

    ids: list[int]
    targets: list[int]
    prompt: int
    kept: list[bool]
    is_cut: bool
    lost_answer: bool


def encode(
    tokenizer: "PreTrainedTokenizerBase",
    eos: int,
    rows: Sequence[AnswerRow],
    labels: Sequence[str],
    options: TrainingOptions,
    window: int,
    *,
    shots: Sequence[AnswerRow] = (),
    pictures: Pictures | None = None,
    image: ImageWords | None = None,
) -> AnswerSamples:
    """Encode rows for training or measuring; `labels` are empty when answers are free text.

    `image` says what stands for pictures where they are not at hand themselves.
    """
    import torch

    label_tokens = [[*row, eos] for row in _tokenise(tokenizer, labels)]
    reserve = label_room(tokenizer, labels)
    samples = encode_all(
        tokenizer,
        eos,
        rows,
        options,
        window,
        shots=shots,
        reserve=reserve,
        image=pictures.words if pictures else image,
    )
    return AnswerSamples(
        ids=[row.id for row in rows],
        tokens=[torch.tensor(one.ids, dtype=torch.long) for one in samples],
        prompts=[one.prompt for one in samples],
        targets=[torch.tensor(one.targets, dtype=torch.long) for one in samples],
        label_tokens=label_tokens,
        labels=[-1 if row.label is None else row.label for row in rows],
        lengths=[len(one.ids) for one in samples],
        cut=[row.id for row, one in zip(rows, samples, strict=True) if one.is_cut],
        lost=[row.id for row, one in zip(rows, samples, strict=True) if one.lost_answer],
        pad=_pad_of(tokenizer, eos),
        pictures=pictures,
        references=[row.references for row in rows],
    )


def label_room(tokenizer: "PreTrainedTokenizerBase", labels: Sequence[str]) -> int:
    """Tokens that the longest label takes with the end token; 0 without labels."""
    return max((len(row) + 1 for row in _tokenise(tokenizer, labels)), default=0)


def encode_all(
    tokenizer: "PreTrainedTokenizerBase",
    eos: int,
    rows: Sequence[AnswerRow],
    options: TrainingOptions,
    window: int,
    *,
    shots: Sequence[AnswerRow] = (),
    reserve: int = 0,
    image: ImageWords | None = None,
) -> list[Encoded]:
    """Ids and targets of each row; `reserve` is the least room kept for an answer and its end.

    Image tokens are never cut: Trouble where they leave no room.
    """
    prompt = _prompt_options(options)
    stands = image.words if image else ""
    worded = [word_prompt(tokenizer, prompt, row, shots, stands) for row in rows]
    prompts = tokenise_prompts(tokenizer, prompt, [one.text for one in worded])
    answers = _tokenise(tokenizer, [row.answer for row in rows])
    found = []
    for number, (words, ids, answer) in enumerate(zip(worded, prompts, answers, strict=True)):
        more = image.counts[number] - 1 if image else 0
        spare = window - more - len(ids) - max(len(answer) + 1, reserve)
        kept = [True] * len(ids)
        if spare < 0 and prompt.cut == Cut.CAPTION:
            places = token_places(tokenizer, prompt, words.text)
            kept = _cut_caption(places, words, over=-spare)
        if image:
            _refuse_second_image(tokenizer, rows[number], image.token, [*ids, *answer])
            _refuse_words_before(image, ids)
            ids, kept = _repeat_image(ids, kept, image.token, more, window)
        found.append(sequence(ids, answer, eos, prompt.masking, window, kept=kept))
    return found


def _refuse_second_image(tokenizer: Any, row: AnswerRow, token: int, ids: list[int]) -> None:
    """A caption may hold the very word that stands for a picture, and have no picture for it."""
    if ids.count(token) > 1:
        raise Trouble(
            Reason.BAD_SAMPLE,
            f"Sample {row.id} has {tokenizer.convert_ids_to_tokens(token)} among its words, which "
            "stands for a picture to this model. Take it out of its caption, answer or "
            "instruction.",
        )


def _refuse_words_before(image: ImageWords, ids: list[int]) -> None:
    if image.begins and ids[0] != image.token:
        raise Trouble(
            Reason.BAD_OPTION,
            "This model reads pictures beside its text, and its prompt begins with the picture: "
            "choose the template “Picture beside the caption”, or begin your text with {image}.",
        )


def _repeat_image(
    ids: list[int], kept: list[bool], token: int, more: int, window: int
) -> tuple[list[int], list[bool]]:
    """The picture's one token as often as it has places."""
    place = ids.index(token)
    if sum(kept) + more >= window:
        raise Trouble(
            Reason.BAD_OPTION,
            f"A picture takes {more + 1:,} tokens, and with the words around it they do not fit "
            f"into {window:,}. Choose a longer input.",
        )
    ids = [*ids[:place], *[token] * more, *ids[place:]]
    return ids, [*kept[:place], *[True] * more, *kept[place:]]


def sequence(
    prompt: list[int],
    answer: list[int],
    eos: int,
    masking: Masking,
    window: int,
    *,
    kept: list[bool] | None = None,
) -> Encoded:
    """Prompt, answer and end token within the window, and which of them are targets.

    The first token is never a target: nothing stands before it.
    """
    kept = kept or [True] * len(prompt)
    kept = [keep and index < window for index, keep in _numbered(kept)]
    start = [token for token, keep in zip(prompt, kept, strict=True) if keep]
    whole = [*start, *answer, eos]
    ids = whole[:window]
    masked = len(start) - (1 if masking == Masking.REFERENCE else 0)
    masked = min(max(masked, 1), len(ids))
    return Encoded(
        ids=ids,
        targets=[IGNORED] * masked + ids[masked:],
        prompt=len(start),
        kept=kept,
        is_cut=len(ids) < len(prompt) + len(answer) + 1,
        lost_answer=len(ids) < len(whole),
    )


def tokenise_prompts(
    tokenizer: "PreTrainedTokenizerBase", prompt: PromptOptions, texts: Sequence[str]
) -> list[list[int]]:
    """The prompts' ids with the first token that the template asks for."""
    first, last = _outer_tokens(tokenizer, prompt)
    natural = template_of(prompt).bos == "tokenizer"
    return [[*first, *ids, *last] for ids in _tokenise(tokenizer, texts, special=natural)]


def token_places(
    tokenizer: "PreTrainedTokenizerBase", prompt: PromptOptions, text: str
) -> list[Span]:
    """Where each token of a prompt stands in its text; (0, 0) for those that are not in it."""
    if not tokenizer.is_fast:
        raise Trouble(
            Reason.MODEL_NOT_SUPPORTED,
            "This model's tokenizer cannot say where a caption's tokens are. "
            "Choose to cut the end, or a longer input.",
        )
    natural = template_of(prompt).bos == "tokenizer"
    found: Any = tokenizer(
        text, add_special_tokens=natural, return_offsets_mapping=True, verbose=False
    )
    offsets = [(int(start), int(end)) for start, end in found["offset_mapping"]]
    first, last = _outer_tokens(tokenizer, prompt)
    return [(0, 0)] * len(first) + offsets + [(0, 0)] * len(last)


def _cut_caption(places: list[Span], words: Prompt, *, over: int) -> list[bool]:
    """Drop so many tokens from the caption's end, never half a character."""
    inside = [
        index
        for index, (start, end) in enumerate(places)
        if words.start <= start < end <= words.end
    ]
    left = max(len(inside) - over, 0)
    while 0 < left < len(inside) and places[inside[left - 1]][1] > places[inside[left]][0]:
        left -= 1
    dropped = set(inside[left:])
    return [index not in dropped for index in range(len(places))]


def _numbered(kept: list[bool]) -> list[tuple[int, bool]]:
    """Each flag with the place that its token would take after the dropped ones are gone."""
    places, place = [], 0
    for keep in kept:
        places.append((place, keep))
        place += keep
    return places


def _outer_tokens(tokenizer: Any, prompt: PromptOptions) -> tuple[list[int], list[int]]:
    """The first token where the template puts it: before the prompt or after it."""
    bos, token = template_of(prompt).bos, tokenizer.bos_token_id
    if bos not in ("always", "after") or token is None:
        return [], []
    return ([int(token)], []) if bos == "always" else ([], [int(token)])


def _tokenise(tokenizer: Any, texts: Sequence[str], *, special: bool = False) -> list[list[int]]:
    if not texts:
        return []
    return tokenizer(list(texts), add_special_tokens=special, verbose=False)["input_ids"]


def _pad_of(tokenizer: Any, eos: int) -> int:
    return eos if tokenizer.pad_token_id is None else int(tokenizer.pad_token_id)


def _prompt_options(options: TrainingOptions) -> PromptOptions:
    if options.prompt is None:
        raise Trouble(Reason.BAD_OPTION, "A classifier has no template: choose the task answer.")
    return options.prompt


def _pad(rows: "Sequence[torch.Tensor]", value: int) -> "torch.Tensor":
    from torch.nn.utils.rnn import pad_sequence

    return pad_sequence(list(rows), batch_first=True, padding_value=value)
