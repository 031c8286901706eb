"""What stands in the way of a training, as values: shown beside the fields, each with its fixes."""

from dataclasses import replace
from pathlib import Path

from studio.document import Document
from studio.numbers import format_bytes
from studio.project import queries
from studio.runs import trusting
from studio.runs.answer_problems import answers_to_learn, template_and_generation
from studio.runs.problem import Fix, FixAction, Problem, Severity
from studio.runs.samples import TrainingSet, load_training_set
from workers.contract import catalogue
from workers.contract.options import AnswerKind, Method, TrainingOptions

__all__ = ["Fix", "FixAction", "Problem", "Severity", "advice_of", "of_models", "problems_of"]

IMPORT_FIRST = Fix("Import", FixAction.IMPORT)


def problems_of(document: Document, options: TrainingOptions) -> list[Problem]:
    """All that speaks against training these options on this project, errors first."""
    chosen = document.query(load_training_set, options)
    found = [*of_models(options), *_of_options(options)]
    data = answers_to_learn(chosen) if chosen.answer != AnswerKind.LABEL else _of_data(chosen)
    if data and not document.query(queries.counts, "").total:
        data = [replace(one, fixes=(IMPORT_FIRST,)) for one in data]
    return sorted([*found, *data], key=lambda one: one.severity != Severity.ERROR)


def advice_of(problem: Problem) -> str:
    """What to do about a problem where there is no button to press."""
    for fix in problem.fixes:
        if fix.action == FixAction.SPLIT:
            return f"On the Samples page: {fix.text}."
        if fix.action == FixAction.GET_MODEL:
            return f"Get it with: python main.py models get {fix.base_model}"
        if fix.action == FixAction.ALLOW_CODE:
            return trusting.how_to_allow(fix.digest)
    return ""


def of_models(options: TrainingOptions) -> list[Problem]:
    """What keeps the models of these options from being loaded."""
    found = _of_model("base_model", options.base_model)
    if options.vision is not None and options.vision.tower_model:
        found += _of_model("vision.tower_model", options.vision.tower_model)
    return found


def _of_model(option: str, name: str) -> list[Problem]:
    if catalogue.weights_folder(name) is not None:
        return _of_code(option, name)
    entry = catalogue.find_entry(name)
    if entry is None:
        return [Problem(option, _why_no_model(name), Severity.ERROR)]
    short = entry.title.split(",")[0]
    message = f"{short} is not on this computer yet. {format_bytes(entry.bytes)}."
    fix = Fix(f"Get {short}", FixAction.GET_MODEL, base_model=entry.name)
    return [Problem(option, message, Severity.ERROR, (fix,))]


def _of_code(option: str, name: str) -> list[Problem]:
    """A model's own code that is not allowed, and what would allow it, where anything can."""
    code = trusting.unallowed_code(name)
    if code is None:
        return []
    if code.never:
        return [Problem(option, code.never, Severity.ERROR)]
    fix = Fix("Allow this code…", FixAction.ALLOW_CODE, base_model=name, digest=code.digest)
    return [Problem(option, code.told, Severity.ERROR, (fix,))]


def _why_no_model(name: str) -> str:
    place = Path(name).expanduser()
    if not name or not (place / "config.json").is_file():
        return f"“{name}” is neither in the catalogue nor a folder with a model in it."
    return catalogue.why_pickled(place) or (
        f"{place.name} has a config.json but no weights in safetensors."
    )


def _of_options(options: TrainingOptions) -> list[Problem]:
    found: list[Problem] = []
    if options.method == Method.FREEZE and options.freeze and not options.freeze.trainable:
        message = "Only the head trains: no module is named."
        found.append(Problem("freeze.trainable", message, Severity.WARNING))
    if options.packed and not options.task.writes:
        fix = Fix("Do not pack", FixAction.SET_OPTIONS, options=(("packed", False),))
        message = "A classifier says one label a row, so a row cannot hold several samples."
        found.append(Problem("packed", message, Severity.ERROR, (fix,)))
    if options.packed and options.vision is not None:
        fix = Fix("Do not pack", FixAction.SET_OPTIONS, options=(("packed", False),))
        message = "Packing is not supported with pictures."
        found.append(Problem("packed", message, Severity.ERROR, (fix,)))
    return [*found, *template_and_generation(options)]


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
