"""The inspector's answer about a template: samples as prompts and answers, and one by tokens."""

from collections.abc import Callable, Sequence
from typing import Any

from transformers import PreTrainedTokenizerBase

from workers.contract import catalogue
from workers.contract.events import Reason
from workers.contract.model_code import allowed_here
from workers.contract.options import AnswerKind, PromptOptions, TrainingOptions
from workers.data import previews, prompts
from workers.data.wording import AnswerRow, ImageWords, template_of, word_prompt
from workers.models import causal, loading
from workers.models.option_problems import Problem
from workers.models.sight import Sight
from workers.models.trouble import Trouble

# More samples than these are not encoded while a form is edited; `count` says how many were.
MOST_SAMPLES = 5_000
# Width and height of a picture whose tokens stand for everyone's.
TYPICAL = (640, 480)

Answer = dict[str, Any]


def answer(
    request: dict[str, Any],
    tokenizer_of: Callable[[str], PreTrainedTokenizerBase],
    eye_of: Callable[[TrainingOptions], tuple[PreTrainedTokenizerBase, Sight]],
) -> Answer:
    """The chosen sample's text and tokens, ids of samples that would be cut, and problems.

    Without the tokenizer on this computer, the text alone and a sentence. `eye_of` is asked where
    pictures stand in the prompts.
    """
    options = TrainingOptions.model_validate(request.get("options", {}))
    if options.prompt is None:
        raise ValueError("A classifier has no template: choose the task answer.")
    labels = tuple(str(label) for label in request.get("labels", []))
    rows = [_read_row(sample, options.prompt, labels) for sample in request.get("samples", [])]
    chosen = request.get("chosen")
    found: Answer = {"count": 0, "cut": [], "tokens": [], "problems": [], "tokenizer": False}
    tokenizer = _known_tokenizer(options, tokenizer_of, found)
    sight = None
    try:
        if tokenizer is not None and options.vision is not None:
            tokenizer, sight = _known_eye(options, eye_of, found)
        if tokenizer is None:
            return found | _worded(options, _choose(rows, chosen, ()))
        used = labels if options.prompt.answer == AnswerKind.LABEL else ()
        return found | _encoded(tokenizer, options, rows, used, chosen, sight)
    except Trouble as trouble:
        option = "prompt.text" if options.prompt.text else "prompt.template"
        return found | {"problems": [*found["problems"], _problem(option, trouble.message)]}


def _encoded(
    tokenizer: PreTrainedTokenizerBase,
    options: TrainingOptions,
    rows: Sequence[AnswerRow],
    labels: tuple[str, ...],
    chosen: int | None,
    sight: Sight | None,
) -> Answer:
    config = loading.load_config(
        catalogue.refer_to(options.base_model, allowed_code=allowed_here())
    )
    eos = causal.eos_of(config, tokenizer)
    most: Any = getattr(config, "max_position_embeddings", None) or options.max_length
    window = min(options.max_length, most)
    measured = rows[:MOST_SAMPLES]
    image = None
    if sight is not None:  # shown as one token, and the room of all of them taken away
        window -= sight.lay_out(*TYPICAL).tokens - 1
        image = ImageWords(sight.words, sight.token, [1] * len(measured), begins=sight.stands_first)
    samples = prompts.encode(tokenizer, eos, measured, labels, options, window, image=image)
    problems = _find_problems(samples, labels)
    found = {
        "tokenizer": True,
        "count": len(measured),
        "cut": samples.cut,
        "longest": max(samples.lengths, default=0),
        "window": window,
        "problems": problems,
    }
    row = _choose(rows, chosen, samples.cut)
    if row is None:
        return found | {"chosen": None, "text": ""}
    shown = previews.preview(tokenizer, eos, row, labels, options, window, image=image)
    tokens = [{"text": token.text, "role": token.role.value} for token in shown.tokens]
    return found | {"chosen": row.id, "text": shown.text, "tokens": tokens}


def _worded(options: TrainingOptions, row: AnswerRow | None) -> Answer:
    prompt, image = options.prompt, "<image>" if options.vision else ""
    assert prompt is not None
    if row is None:
        return {"chosen": None, "text": ""}
    has_words = bool(template_of(prompt, sees=bool(image)).text)
    words = word_prompt(None, prompt, row, image=image).text if has_words else ""
    return {"chosen": row.id, "text": words + row.answer if has_words else row.caption}


def _known_eye(
    options: TrainingOptions,
    eye_of: Callable[[TrainingOptions], tuple[PreTrainedTokenizerBase, Sight]],
    found: Answer,
) -> tuple[PreTrainedTokenizerBase | None, Sight | None]:
    try:
        return eye_of(options)
    except Trouble as trouble:
        found["problems"].append(_problem("vision.tower_model", trouble.message, "warning"))
        return None, None


def _find_problems(samples: prompts.AnswerSamples, labels: tuple[str, ...]) -> list[Answer]:
    problems = []
    if samples.lost:
        count = len(samples.lost)
        said = "1 sample loses" if count == 1 else f"{count:,} samples lose"
        message = f"{said} all or part of the answer: nothing is learnt from what is cut."
        problems.append(_problem("prompt.cut", message, "warning"))
    pairs = zip(labels, samples.label_tokens, strict=True)
    long = [f"“{label}”" for label, tokens in pairs if len(tokens) != 2]
    if long:
        message = f"{', '.join(long)}: not a single token for this model. It works, and costs more."
        problems.append(_problem("prompt.answer", message, "warning"))
    return problems


def _known_tokenizer(
    options: TrainingOptions,
    tokenizer_of: Callable[[str], PreTrainedTokenizerBase],
    found: Answer,
) -> PreTrainedTokenizerBase | None:
    try:
        return tokenizer_of(options.base_model)
    except Trouble as trouble:
        refused = trouble.reason == Reason.MODEL_NOT_TRUSTED
        message = (
            trouble.message
            if refused
            else (
                f"The tokenizer of {options.base_model} is not on this computer: "
                "the text is shown without its tokens."
            )
        )
        found["problems"].append(_problem("base_model", message, "warning"))
        return None


def _choose(rows: Sequence[AnswerRow], chosen: int | None, cut: Sequence[int]) -> AnswerRow | None:
    """The row asked for, else the first that would be cut, else the first."""
    wanted = cut[0] if chosen is None and cut else chosen
    first = rows[0] if rows else None
    return next((row for row in rows if row.id == wanted), first)


def _read_row(sample: Any, prompt: PromptOptions, labels: tuple[str, ...]) -> AnswerRow:
    label = sample.get("label")
    place = label if isinstance(label, int) and 0 <= label < len(labels) else None
    words = str(sample.get("answer") or "")
    if prompt.answer == AnswerKind.LABEL:
        words = labels[place] if place is not None else ""
    return AnswerRow(
        id=int(sample["id"]),
        instruction=str(sample.get("instruction") or ""),
        caption=str(sample.get("caption") or ""),
        answer=words,
        label=place,
    )


def _problem(option: str, message: str, severity: str = "error") -> Answer:
    return Problem(option=option, message=message, severity=severity).model_dump()
