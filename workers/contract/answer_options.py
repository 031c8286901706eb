"""The options of language models that answer in words: template, generation, and the task."""

from enum import StrEnum

from workers.contract.frozen import Frozen
from workers.contract.option_sections import option


class Task(StrEnum):
    """What is learnt: a label by a classifier head, or an answer in words, maybe of a picture."""

    CLASSIFICATION = "classification"
    ANSWER = "answer"
    PICTURE = "picture"

    @property
    def writes(self) -> bool:
        """Whether a language model answers in words."""
        return self != Task.CLASSIFICATION


class AnswerKind(StrEnum):
    """Which words are the answer that a language model learns."""

    LABEL = "label"
    TEXT = "text"
    CAPTION = "caption"


class Masking(StrEnum):
    """Which tokens are targets: the answer's alone, or the prompt's last one as well."""

    STRICT = "strict"
    REFERENCE = "reference"


class Cut(StrEnum):
    """What gives way when prompt and answer are longer than the window."""

    CAPTION = "caption"
    END = "end"


class PromptOptions(Frozen):
    """How a sample becomes a prompt and an answer."""

    template: str = option(
        "chat",
        "Template",
        "Template",
        "A shipped template's name; chat is the model's own.",
        hint="chat: the model's own.",
    )
    text: str = option(
        "",
        "Own text",
        "Template",
        "Replaces the template; needs {caption} or {image}, may hold {instruction}.",
        hint="Instead of the template's text.",
    )
    instruction: str = option(
        "Is this traffic scene dangerous or safe? Answer with one word.",
        "Instruction",
        "Template",
        "Stands before the caption; a sample's own instruction wins.",
        hint="A sample's own wins.",
    )
    answer: AnswerKind = option(
        AnswerKind.LABEL,
        "Answer",
        "Template",
        "The sample's label, its answer text, or its caption.",
        hint="Which words.",
    )
    masking: Masking = option(
        Masking.STRICT,
        "Label masking",
        "Template",
        "Reference also learns the prompt's last token.",
        hint="Which tokens are targets.",
    )
    cut: Cut = option(
        Cut.CAPTION,
        "When too long",
        "Template",
        "Cut the caption, or the end and with it the answer.",
        hint="What is cut.",
    )


class GenerationOptions(Frozen):
    """How a language model writes its answer; never used while it trains."""

    max_new_tokens: int = option(
        64, "Longest answer", "Generation", "Tokens after the prompt.", unit="tokens", ge=1, le=4096
    )
    beams: int = option(
        1,
        "Beams",
        "Generation",
        "Answers followed at once; 1 takes the likeliest token each time.",
        hint="1 is greedy.",
        ge=1,
        le=32,
    )
    sample: bool = option(
        False,
        "Sampling",
        "Generation",
        "Draw each token by its probability.",
        hint="Draw tokens by probability.",
    )
    temperature: float = option(
        1.0,
        "Temperature",
        "Generation",
        "Below 1 sharpens, above 1 flattens; needs sampling.",
        hint="Needs sampling.",
        gt=0,
        le=10,
    )
    top_p: float = option(
        1.0,
        "Top-p",
        "Generation",
        "Likeliest tokens up to this share; needs sampling.",
        hint="Needs sampling.",
        gt=0,
        le=1,
    )
    top_k: int = option(
        0,
        "Top-k",
        "Generation",
        "So many likeliest tokens; 0 is all; needs sampling.",
        hint="0 is all; needs sampling.",
        ge=0,
        le=1000,
    )
    repetition_penalty: float = option(
        1.0,
        "Repetition penalty",
        "Generation",
        "Above 1 makes repeated tokens less likely.",
        hint="1 changes nothing.",
        gt=0,
        le=10,
    )
    stop: tuple[str, ...] = option(
        [],
        "Stop strings",
        "Generation",
        "The answer ends before the first of them.",
        hint="Ends before them.",
    )
    seed: int = option(
        42,
        "Sampling seed",
        "Generation",
        "Decides the draws; needs sampling.",
        hint="Needs sampling.",
        ge=0,
        le=2**31 - 1,
    )
