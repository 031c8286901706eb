"""The inspector: says what a recipe would train and take, line by line, without any weights."""

import copy
import json
import os
import sys
import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import IO, Any

import torch
from pydantic import ValidationError
from torch import nn
from transformers import PreTrainedTokenizerBase

from workers.contract import catalogue
from workers.contract.options import (
    Frozen,
    Method,
    QuantisationKind,
    TrainingOptions,
    with_values,
)
from workers.models import adapters, counting, loading, memory
from workers.models.trouble import Trouble

# What a request may go wrong with; anything else is a bug and ends the process with its traceback.
_WRONG = (Trouble, ValueError, TypeError, LookupError, OSError, RuntimeError, AttributeError)


class Problem(Frozen):
    """What stands against training so, and the option that is responsible."""

    option: str
    message: str
    severity: str = "error"


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
    """Counts, module tree, memory and problems of the options in a request."""
    options = TrainingOptions.model_validate(request.get("options", {}))
    labels = int(request.get("labels", 2))
    folder = catalogue.config_folder(options.base_model)
    if folder is None:
        raise FileNotFoundError(
            f"The shape of “{options.base_model}” is not known here: it is neither in the "
            "catalogue nor a folder with a config.json."
        )
    written_at = (folder / "config.json").stat().st_mtime_ns
    empty = _empty(options.base_model, written_at, labels)
    problems = find_problems(empty, options)
    shape = _shape_key(_without_wrong(options, empty))
    model, growth = _prepared(written_at, labels, shape)
    trainable, total = adapters.count_parameters(model)
    median, most = request.get("lengths") or (options.max_length, options.max_length)
    modules = counting.count_modules(model)
    return {
        "trainable": trainable,
        "total": total,
        "added": sum(module.added for module in modules),
        "modules": [module.as_json() for module in modules],
        "memory": memory.estimate(model, options, growth, (int(median), int(most)), labels),
        "problems": [problem.model_dump() for problem in problems],
    }


def tokens(request: dict[str, Any]) -> dict[str, Any]:
    """How a base model's tokenizer cuts the texts of a request."""
    name = str(request.get("base_model", "minilm"))
    tokenizer = _tokenizer(name)
    texts = [str(text) for text in request.get("texts", [])]
    rows = tokenizer(texts)["input_ids"] if texts else []
    pieces = [tokenizer.convert_ids_to_tokens(row) for row in rows]
    return {"counts": [len(row) for row in rows], "tokens": pieces}


def find_problems(model: nn.Module, options: TrainingOptions) -> list[Problem]:
    """What the model's shape says against the options; `model` is not prepared yet."""
    problems = []
    if options.quantisation.kind != QuantisationKind.NONE and options.method != Method.LORA:
        message = "Quantised weights cannot be trained themselves: choose LoRA, or no quantisation."
        problems.append(Problem(option="quantisation.kind", message=message))
    outer = [name for name, _ in model.named_children()]
    unmatched = adapters.unmatched_names(model, options)
    if options.adapter is not None:
        saved = [name for name in options.adapter.modules_to_save if name in unmatched]
        problems += _missing(saved, "adapter.modules_to_save", outer)
        missing = [name for name in options.adapter.targets if not _is_target(model, options, name)]
        problems += _missing(missing, "adapter.targets", counting.linear_names(model))
        problems += _no_usual_targets(model, options)
    if options.freeze is not None:
        problems += _missing(unmatched, "freeze.trainable", outer)
        if not options.freeze.trainable:
            message = "Only the classifier head trains: no other module is named."
            problems.append(Problem(option="freeze.trainable", message=message, severity="warning"))
    return problems + _too_long(model, options)


def _missing(names: list[str], option: str, known: list[str]) -> list[Problem]:
    if not names:
        return []
    quoted = ", ".join(f"“{name}”" for name in names)
    are = "is" if len(names) == 1 else "are"
    message = f"{quoted} {are} not in this model. It has: {', '.join(known)}."
    return [Problem(option=option, message=message)]


def _is_target(model: nn.Module, options: TrainingOptions, name: str) -> bool:
    alone = with_values(options, {"adapter.targets": [name]})
    return bool(adapters.resolve_targets(model, alone))


def _no_usual_targets(model: nn.Module, options: TrainingOptions) -> list[Problem]:
    assert options.adapter is not None
    if options.adapter.targets:
        return []
    try:
        adapters.resolve_targets(model, options)
    except Trouble as trouble:
        return [Problem(option="adapter.targets", message=trouble.message)]
    return []


def _too_long(model: nn.Module, options: TrainingOptions) -> list[Problem]:
    most = loading.longest_input(model)
    if options.max_length <= most:
        return []
    message = f"This model reads at most {most} tokens; longer captions are cut there."
    return [Problem(option="max_length", message=message, severity="warning")]


def _without_wrong(options: TrainingOptions, model: nn.Module) -> TrainingOptions:
    """The options without the names that match nothing, so that the rest can still be counted."""
    unmatched = adapters.unmatched_names(model, options)
    changes: dict[str, Any] = {}
    if options.adapter is not None:
        targets = [name for name in options.adapter.targets if _is_target(model, options, name)]
        saved = [name for name in options.adapter.modules_to_save if name not in unmatched]
        changes = {"adapter.targets": targets, "adapter.modules_to_save": saved}
        if not targets and (options.adapter.targets or _no_usual_targets(model, options)):
            changes = {"method": Method.FREEZE.value}
    if options.freeze is not None:
        kept = [name for name in options.freeze.trainable if name not in unmatched]
        changes["freeze.trainable"] = kept
    return with_values(options, changes)


def _shape_key(options: TrainingOptions) -> str:
    """The options that decide the tree, as text; the others neither count nor cost time."""
    names = {"base_model", "method", "freeze", "adapter"}
    return options.model_dump_json(include=names)


@lru_cache(maxsize=4)
def _empty(base_model: str, written_at: int, labels: int) -> nn.Module:
    del written_at  # part of the key only: a config that was written again is another model
    names = tuple(f"label {number}" for number in range(labels))
    return loading.empty_classifier(loading.load_config(catalogue.refer_to(base_model), names))


@lru_cache(maxsize=8)
def _prepared(written_at: int, labels: int, shape: str) -> tuple[nn.Module, memory.Growth]:
    options = TrainingOptions.model_validate_json(shape)
    with torch.device("meta"):
        empty = copy.deepcopy(_empty(options.base_model, written_at, labels))
        model = adapters.prepare(empty, options)
    return model, memory.measure_growth(model)


@lru_cache(maxsize=2)
def _tokenizer(base_model: str) -> PreTrainedTokenizerBase:
    return loading.load_tokenizer(catalogue.refer_to(base_model))


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
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
