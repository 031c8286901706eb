"""What stands in the way of a training, as values: shown beside the fields, each with its fixes."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from studio.document import Document
from studio.numbers import format_bytes
from studio.runs.samples import TrainingSet, load_training_set
from workers.contract import catalogue
from workers.contract.options import Method, TrainingOptions

PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")


class Severity(StrEnum):
    """Whether a training can start all the same."""

    ERROR = "error"
    WARNING = "warning"


class FixAction(StrEnum):
    """What a fix does when it is pressed."""

    SPLIT = "split"
    GET_MODEL = "get_model"
    SET_OPTIONS = "set_options"
    SHOW_SAMPLES = "show_samples"


@dataclass(frozen=True)
class Fix:
    """A way out: words for its button, and what pressing it means."""

    text: str
    action: FixAction
    query: str = ""
    base_model: str = ""
    options: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Problem:
    """Something wrong, and the dotted name of the option it belongs to; empty for the data."""

    option: str
    message: str
    severity: Severity
    fixes: tuple[Fix, ...] = ()


def problems_of(document: Document, options: TrainingOptions) -> list[Problem]:
    """All that speaks against training these options on this project, errors first."""
    chosen = document.query(load_training_set)
    found = [*_of_model(options), *_of_options(options), *_of_data(chosen)]
    return sorted(found, key=lambda one: one.severity != Severity.ERROR)


def advice_of(problem: Problem) -> str:
    """What to do about a problem where there is no button to press."""
    for fix in problem.fixes:
        if fix.action == FixAction.SPLIT:
            return "The Samples page splits them 9 : 1 by label."
        if fix.action == FixAction.GET_MODEL:
            return f"Get it with: python main.py models get {fix.base_model}"
    return ""


def _of_model(options: TrainingOptions) -> list[Problem]:
    name = options.base_model
    if catalogue.weights_folder(name) is not None:
        return []
    entry = catalogue.find_entry(name)
    if entry is None:
        return [Problem("base_model", _why_no_model(name), Severity.ERROR)]
    short = entry.title.split(",")[0]
    message = f"{short} is not on this computer yet. {format_bytes(entry.bytes)}."
    fix = Fix(f"Get {short}", FixAction.GET_MODEL, base_model=entry.name)
    return [Problem("base_model", message, Severity.ERROR, (fix,))]


def _why_no_model(name: str) -> str:
    place = Path(name).expanduser()
    if not name or not (place / "config.json").is_file():
        return f"“{name}” is neither in the catalogue nor a folder with a model in it."
    if any(file.suffix in PICKLES for file in place.iterdir()):
        return (
            f"{place.name} holds pickled weights, which could run anything on this computer. "
            "Choose a model whose weights are in safetensors."
        )
    return f"{place.name} has a config.json but no weights in safetensors."


def _of_options(options: TrainingOptions) -> list[Problem]:
    if options.method == Method.FREEZE and options.freeze and not options.freeze.trainable:
        message = "Only the head trains: no module is named."
        return [Problem("freeze.trainable", message, Severity.WARNING)]
    return []


def _of_data(chosen: TrainingSet) -> list[Problem]:
    found = [*_of_splits(chosen), *_of_labels(chosen)]
    if chosen.empty_captions:
        count = chosen.empty_captions
        what = "1 labelled sample has" if count == 1 else f"{count:,} labelled samples have"
        message = f"{what} an empty caption and will be left out."
        fix = Fix("Show them", FixAction.SHOW_SAMPLES, query='caption:""')
        found.append(Problem("", message, Severity.WARNING, (fix,)))
    return found


def _of_splits(chosen: TrainingSet) -> list[Problem]:
    if not chosen.samples and not chosen.labelled_without_split:
        fix = Fix("Review unlabelled", FixAction.SHOW_SAMPLES, query="label:none")
        return [Problem("", "No sample has a label yet.", Severity.ERROR, (fix,))]
    missing = [split for split in ("train", "validation") if not chosen.count(split)]
    if not missing:
        return []
    message = f"No labelled sample is in {' or '.join(missing)}."
    return [Problem("", message, Severity.ERROR, (Fix("Split 9 : 1, by label", FixAction.SPLIT),))]


def _of_labels(chosen: TrainingSet) -> list[Problem]:
    counts = chosen.label_counts("train")
    if len(counts) != 1:
        return []
    label, count = next(iter(counts.items()))
    message = f"All {count:,} train samples are labelled {label}. A classifier needs two labels."
    fix = Fix("Review unlabelled", FixAction.SHOW_SAMPLES, query="label:none")
    return [Problem("", message, Severity.ERROR, (fix,))]
