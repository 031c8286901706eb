"""The inspector: says what a recipe would train and take, line by line, without any weights."""

import copy
import json
import os
import sys
import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import IO, Any

import workers.libraries  # noqa: F401 - before whatever loads them more slowly

# isort: split

import torch
from pydantic import ValidationError
from torch import nn
from transformers import PreTrainedTokenizerBase

from workers import inspector_template
from workers.contract import catalogue
from workers.contract.job import BaseModelReference, TrainingJob
from workers.contract.model_code import allowed_here
from workers.contract.options import TrainingOptions, VisionOptions
from workers.models import adapters, counting, eyes, loading, memory, option_problems, seeing, shape
from workers.models.sight import Sight
from workers.models.trouble import Trouble

# When a config.json was written, and the digest of the model's own code that may run.
State = tuple[int, str]
# What a request may go wrong with; anything else is a bug and ends the process with its traceback.
_WRONG = (Trouble, ValueError, TypeError, LookupError, OSError, RuntimeError, AttributeError)


def main(arguments: list[str]) -> int:
    """Answer requests until standard input ends; with --once, a single one."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    answers = _take_standard_output()
    if "--once" in arguments:
        answer = answer_line(sys.stdin.readline())
        _write(answers, answer)
        return 1 if "error" in answer else 0
    _write(answers, {"ready": True})
    for line in sys.stdin.buffer:
        if line.strip():
            _write(answers, answer_line(line))
    return 0


def answer_line(line: str | bytes) -> dict[str, Any]:
    """The answer to one request, or `error` with a sentence; never raises for what was asked."""
    number = None
    try:
        request = json.loads(line)
        if not isinstance(request, dict):
            raise TypeError("A request is a JSON object.")
        number = request.get("id")
        return {"id": number} | _VERBS[_verb_of(request)](request)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return {"id": number, "error": f"{place}: {first['msg']}"}
    except json.JSONDecodeError as error:
        return {"id": number, "error": f"The request is not JSON: {error}."}
    except _WRONG as error:
        return {"id": number, "error": str(error) or type(error).__name__}


def inspect(request: dict[str, Any]) -> dict[str, Any]:
    """Counts, module tree, memory and problems of the options in a request.

    `features` are the bytes kept of a typical picture; 0 where none are, or the processor is not
    on this computer.
    """
    options = TrainingOptions.model_validate(request.get("options", {}))
    labels = int(request.get("labels", 2))
    folder = catalogue.config_folder(options.base_model)
    if folder is None:
        raise FileNotFoundError(
            f"The shape of “{options.base_model}” is not known here: it is neither in the "
            "catalogue nor a folder with a config.json."
        )
    trusted = _refer_to(options.base_model).trusted_code
    state = (folder / "config.json").stat().st_mtime_ns, trusted
    empty = _empty(_architecture(options), state, labels)
    problems = option_problems.find_problems(empty, options)
    key = _shape_key(option_problems.without_wrong(options, empty))
    model, growth = _prepared(state, labels, key)
    trainable, total = adapters.count_parameters(model)
    median, most = request.get("lengths") or (options.max_length, options.max_length)
    lengths = memory.Lengths(int(median), int(most), int(request.get("answer_length") or 0))
    modules = counting.count_modules(model)
    return {
        "trainable": trainable,
        "total": total,
        "added": sum(module.added for module in modules),
        "modules": [module.as_json() for module in modules],
        "memory": memory.estimate(model, options, growth, lengths, labels),
        "problems": [problem.model_dump() for problem in problems],
        "features": _feature_bytes(options),
    }


def tokens(request: dict[str, Any]) -> dict[str, Any]:
    """How a base model's tokenizer cuts the texts of a request."""
    name = str(request.get("base_model", "minilm"))
    tokenizer = _tokenizer(name)
    texts = [str(text) for text in request.get("texts", [])]
    rows = tokenizer(texts)["input_ids"] if texts else []
    pieces = [tokenizer.convert_ids_to_tokens(row) for row in rows]
    return {"counts": [len(row) for row in rows], "tokens": pieces}


def template(request: dict[str, Any]) -> dict[str, Any]:
    """How the samples of a request become prompts and answers, and one of them by tokens."""
    return inspector_template.answer(request, _tokenizer, _eye)


def _shape_key(options: TrainingOptions) -> str:
    """The options that decide the tree, as text; the others neither count nor cost time."""
    names = {"base_model", "task", "method", "freeze", "adapter", "vision"}
    return options.model_dump_json(include=names)


def _architecture(options: TrainingOptions) -> str:
    """The options that decide what there is, whether it trains or not, as text."""
    vision = None
    if options.vision is not None:
        made = {name: getattr(options.vision, name) for name in ("tower_model", "projector_kind")}
        vision = VisionOptions(**made)
    plain = TrainingOptions(base_model=options.base_model, task=options.task, vision=vision)
    return plain.model_dump_json(include={"base_model", "task", "vision"})


@lru_cache(maxsize=4)
def _empty(key: str, state: State, labels: int) -> nn.Module:
    del state  # part of the key only: a config that was written again is another model
    return shape.empty_model(_job(TrainingOptions.model_validate_json(key), labels))


def _job(options: TrainingOptions, labels: int) -> TrainingJob:
    return TrainingJob(
        token="",
        base_model=_refer_to(options.base_model),
        options=options,
        labels=tuple(f"label {number}" for number in range(labels)),
        snapshot_sha256="",
    )


@lru_cache(maxsize=8)
def _prepared(state: State, labels: int, key: str) -> tuple[nn.Module, memory.Growth]:
    options = TrainingOptions.model_validate_json(key)
    with torch.device("meta"):
        empty = copy.deepcopy(_empty(_architecture(options), state, labels))
    model = shape.prepared(empty, options)
    return model, memory.measure_growth(model)


def _tokenizer(base_model: str) -> PreTrainedTokenizerBase:
    return _tokenizer_of(base_model, _refer_to(base_model).trusted_code)


@lru_cache(maxsize=2)
def _tokenizer_of(base_model: str, trusted_code: str) -> PreTrainedTokenizerBase:
    del trusted_code  # part of the key only
    return loading.load_tokenizer(_refer_to(base_model))


def _refer_to(base_model: str) -> BaseModelReference:
    return catalogue.refer_to(base_model, allowed_code=allowed_here())


def _eye(options: TrainingOptions) -> tuple[PreTrainedTokenizerBase, Sight]:
    """How a model that sees would see, without its weights."""
    job = _job(options, labels=0)
    tokenizer = seeing.load_tokenizer(job)
    return tokenizer, seeing.sight_of(job, _empty(_architecture(options), (0, ""), 0), tokenizer)


def _feature_bytes(options: TrainingOptions) -> int:
    if options.vision is None:
        return 0
    try:
        _, sight = _eye(options)
    except Trouble:  # which the template tells
        return 0
    return eyes.kept_bytes(sight, options, inspector_template.TYPICAL)


def _verb_of(request: dict[str, Any]) -> str:
    verb = request.get("verb", "inspect")
    if verb not in _VERBS:
        raise ValueError(f"“{verb}” is not a verb here; there are: {', '.join(_VERBS)}.")
    return verb


def _take_standard_output() -> IO[str]:
    """Standard output for answers alone; what libraries print goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def _write(answers: IO[str], answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer, ensure_ascii=False) + "\n")
    answers.flush()


_VERBS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "inspect": inspect,
    "tokens": tokens,
    "template": template,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
