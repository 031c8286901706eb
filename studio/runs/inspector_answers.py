"""What the inspector answers, as records: trees, tokens, templates."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class InspectedModule:
    """One module of the tree; counts include its children."""

    name: str
    title: str
    parameters: int
    trainable: int
    state: str
    added: int = 0
    children: tuple["InspectedModule", ...] = ()


@dataclass(frozen=True)
class InspectorProblem:
    """What the model's shape says against an option."""

    option: str
    message: str
    severity: str


@dataclass(frozen=True)
class InspectorAnswer:
    """What the options would train and take; `error` is a sentence when that cannot be said.

    `features` are the bytes that are kept of each picture once a frozen tower has seen it.
    """

    trainable: int = 0
    total: int = 0
    added: int = 0
    modules: tuple[InspectedModule, ...] = ()
    memory: dict[str, float] = field(default_factory=dict)
    problems: tuple[InspectorProblem, ...] = ()
    features: int = 0
    error: str = ""


@dataclass(frozen=True)
class TokenAnswer:
    """How the base model's tokenizer cuts each text."""

    counts: tuple[int, ...] = ()
    tokens: tuple[tuple[str, ...], ...] = ()
    error: str = ""
    topic: str = ""


@dataclass(frozen=True)
class TemplateSample:
    """A sample that would train; `label` is its place among the labels that are asked with it."""

    id: int
    caption: str
    instruction: str = ""
    answer: str = ""
    label: int | None = None

    def as_json(self) -> dict[str, Any]:
        """As the inspector reads it."""
        return asdict(self)


@dataclass(frozen=True)
class RoleToken:
    """A token as text, and what it is to the training: prompt, answer, masked or cut."""

    text: str
    role: str


@dataclass(frozen=True)
class TemplateAnswer:
    """One sample as prompt and answer, and which of all asked would be cut.

    `tokens` are empty where the tokenizer is not on this computer; `text` is then all there is.
    """

    chosen: int | None = None
    text: str = ""
    tokens: tuple[RoleToken, ...] = ()
    cut: tuple[int, ...] = ()
    count: int = 0
    longest: int = 0
    window: int = 0
    has_tokenizer: bool = False
    problems: tuple[InspectorProblem, ...] = ()
    error: str = ""


def read_inspection(answer: dict[str, Any]) -> InspectorAnswer:
    """A record of an inspection's answer."""
    if "error" in answer:
        return InspectorAnswer(error=str(answer["error"]))
    return InspectorAnswer(
        trainable=answer["trainable"],
        total=answer["total"],
        added=answer.get("added", 0),
        modules=tuple(_module(row) for row in answer["modules"]),
        memory=answer.get("memory") or {},
        problems=tuple(InspectorProblem(**row) for row in answer.get("problems", [])),
        features=int(answer.get("features", 0)),
    )


def read_tokens(answer: dict[str, Any], topic: str = "") -> TokenAnswer:
    """A record of a tokenizer's answer."""
    if "error" in answer:
        return TokenAnswer(error=str(answer["error"]), topic=topic)
    tokens = tuple(tuple(row) for row in answer["tokens"])
    return TokenAnswer(tuple(answer["counts"]), tokens, topic=topic)


def read_template(answer: dict[str, Any]) -> TemplateAnswer:
    """A record of a template's answer."""
    if "error" in answer:
        return TemplateAnswer(error=str(answer["error"]))
    return TemplateAnswer(
        chosen=answer.get("chosen"),
        text=answer.get("text", ""),
        tokens=tuple(RoleToken(row["text"], row["role"]) for row in answer.get("tokens", [])),
        cut=tuple(answer.get("cut", [])),
        count=answer.get("count", 0),
        longest=answer.get("longest", 0),
        window=answer.get("window", 0),
        has_tokenizer=bool(answer.get("tokenizer", False)),
        problems=tuple(InspectorProblem(**row) for row in answer.get("problems", [])),
    )


def _module(row: dict[str, Any]) -> InspectedModule:
    name = row["name"]
    return InspectedModule(
        name=name,
        title=row.get("title") or Path(name).name.rsplit(".", 1)[-1],
        parameters=row["parameters"],
        trainable=row["trainable"],
        state=row["state"],
        added=row.get("added", 0),
        children=tuple(_module(child) for child in row.get("children", [])),
    )
