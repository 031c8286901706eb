"""The command line: a window on a project, or one verb without a window."""

import argparse
import difflib
import importlib
import io
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from studio.commands.arguments import one_flag_a_pair
from studio.commands.output import Interrupted, Output, UsageError
from studio.dataset.instruction_files import FORMATS
from studio.dataset.records import Dialect
from studio.errors import StudioError
from studio.loaded import collect_garbage
from studio.project.schema import SPLITS
from workers.contract.answer_options import AnswerKind

Command = Callable[[argparse.Namespace, Output], int]
PROGRAM = "python main.py"
INTERRUPTED = 130
LARGEST_NUMBER = 2**63 - 1  # of a row in SQLite


class _Parser(argparse.ArgumentParser):
    """argparse with one plain sentence for a wrong argument."""

    def error(self, message: str) -> NoReturn:
        verb = self.prog.removeprefix(PROGRAM).strip()
        sentence = f"{message[0].upper()}{message[1:]}".rstrip(".")
        raise UsageError(f"{sentence}.", f"See: {PROGRAM} {verb} --help".replace("  ", " "))


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code: 0 done, 1 could not be done, 2 a wrong argument, 130 interrupted."""
    words = list(sys.argv[1:] if argv is None else argv)
    out = Output("--json" in words)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a file's name may hold what no text can
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        if _means_window(words):
            return _open_window(words)
        _refuse_option_before_verb(words[0])
        arguments = build_parser().parse_args(one_flag_a_pair(words))
        collect_garbage()
        for digest in getattr(arguments, "trust_code", ()):
            importlib.import_module("studio.runs.trusting").allow_for_now(digest)
        return _command(arguments.command)(arguments, out)
    except UsageError as error:
        out.note(str(error))
        return 2
    except StudioError as error:
        out.note(str(error))
        return 1
    except OSError as error:
        out.note(_of_system(error))
        return 1
    except Interrupted:
        return INTERRUPTED
    except KeyboardInterrupt:
        out.note("Interrupted.")
        return INTERRUPTED


def _command(name: str) -> Command:
    """The function of a verb, such as `training.train`; each loads only what it needs itself."""
    module, _, function = name.partition(".")
    return getattr(importlib.import_module(f"studio.commands.{module}"), function)


def _of_system(error: OSError) -> str:
    """What the system refused, and where."""
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{error.strerror or error}."


def build_parser() -> argparse.ArgumentParser:
    """Every verb with its arguments."""
    parser = _Parser(
        prog=PROGRAM,
        description="Traffic Studio. Without a verb: a window, on FILE if one is named.",
    )
    verbs = parser.add_subparsers(metavar="VERB", required=True, parser_class=_Parser)
    _add_project_verbs(verbs)
    _add_catalogue_verbs(verbs)
    _add_run_verbs(verbs)
    return parser


def _add_project_verbs(verbs: "argparse._SubParsersAction[_Parser]") -> None:
    new = _verb(verbs, "new", "projects.new", "make an empty project")
    _add_file(new)
    bring = _verb(verbs, "import", "projects.bring_in", "import samples from a folder or table")
    _add_file(bring)
    bring.add_argument("source", metavar="SOURCE", type=Path)
    for name, meaning in (
        ("text", "captions"),
        ("label", "labels"),
        ("image", "image paths"),
        ("key", "names of samples"),
        ("split", "splits"),
        ("scene", "scenes, which stay in one split"),
        ("boxes", "boxes"),
        ("instruction", "instructions; what has none is asked by its caption"),
        ("answer", "answers in words"),
    ):
        bring.add_argument(f"--{name}", metavar="COL", help=f"column of {meaning}; '' for none")
    bring.add_argument(
        "--map-label", action="append", default=[], metavar="OLD=NEW", help="a value's label"
    )
    bring.add_argument("--explode", metavar="COL,…", help="columns with several samples a row")
    bring.add_argument("--image-root", metavar="DIR", type=Path, help="where image paths start")
    bring.add_argument("--data-set", metavar="NAME", help="of a dataset_info.json")
    bring.add_argument("--dialect", choices=[one.value for one in Dialect], help="of sidecars")
    bring.add_argument("--add-labels", action="store_true", help="unknown values become labels")
    bring.add_argument("--dry-run", action="store_true", help="report, and write nothing")
    _add_data_export(verbs)
    check = _verb(verbs, "check", "projects.check", "look for damage and contradictions")
    _add_file(check)
    check.add_argument("--repair", action="store_true", help="mend what can be, as edits")
    show = _verb(verbs, "demo", "demo.demo", "the whole job on the drawn example project")
    show.add_argument("--folder", metavar="DIR", type=Path, help="where to put the project")
    show.add_argument("--window", action="store_true", help="open it then, where there is a screen")


def _add_data_export(verbs: "argparse._SubParsersAction[_Parser]") -> None:
    about = "write samples as a data set for other training programs"
    write = _verb(verbs, "export-data", "projects.export_data", about)
    _add_file(write)
    write.add_argument("folder", metavar="DIR", type=Path)
    formats = [one.value for one in FORMATS]
    write.add_argument("--format", choices=formats, default=formats[0])
    write.add_argument("--query", default="", metavar="QUERY", help="which samples; else all")
    kinds = [one.value for one in AnswerKind]
    write.add_argument(
        "--answer", choices=kinds, default=AnswerKind.TEXT.value, help="what is the answer"
    )
    write.add_argument(
        "--instruction", default="", metavar="TEXT", help="for samples without their own"
    )
    write.add_argument("--images", action="store_true", help="copy the images beside the rows")


def _add_catalogue_verbs(verbs: "argparse._SubParsersAction[_Parser]") -> None:
    _verb(verbs, "recipes", "catalogue.recipes", "list the recipes")
    count = _verb(verbs, "parameters", "catalogue.parameters", "count what a recipe trains")
    count.add_argument("recipe", metavar="RECIPE")
    _add_set(count)
    _add_trust(count)
    models = _verb(verbs, "models", "catalogue.models", "list base models, or get one")
    models.add_argument("action", nargs="?", choices=("list", "get"), default="list")
    models.add_argument("model", nargs="?", metavar="NAME")
    _add_score(verbs)


def _add_score(verbs: "argparse._SubParsersAction[_Parser]") -> None:
    about = "score captions beside references: CIDEr, BLEU, ROUGE-L, METEOR"
    mark = _verb(verbs, "score", "scoring.score", about)
    mark.add_argument(
        "--references", metavar="R.json", type=Path, required=True, help="COCO captions, or by id"
    )
    mark.add_argument(
        "--predictions", metavar="P.json", type=Path, required=True, help="COCO results, or by id"
    )
    mark.add_argument("--per-sample", action="store_true", help="of each image too")
    mark.add_argument(
        "--names", metavar="N.json", type=Path, help="by id: what captions should contain"
    )
    mark.add_argument("--whole-words", action="store_true", help="a name within a word is none")


def _add_run_verbs(verbs: "argparse._SubParsersAction[_Parser]") -> None:
    train = _verb(verbs, "train", "training.train", "train a recipe")
    _add_file(train)
    train.add_argument("recipe", metavar="RECIPE", help="its id, or run:3 for run 3's options")
    _add_set(train)
    _add_trust(train)
    train.add_argument("--name", default="", help="a name for the run")
    train.add_argument(
        "--from", dest="start", metavar="RUN", type=_run_number, help="go on from its weights"
    )
    train.add_argument(
        "--from-checkpoint", default="last", metavar="best|last|STEP", help="of that run"
    )
    train.add_argument(
        "--keep-optimizer", action="store_true", help="with its optimizer's moments too"
    )
    train.add_argument(
        "--grid",
        action="append",
        default=[],
        metavar="NAME=A,B,…",
        help="a run for each value; again for every combination",
    )
    _add_probe(verbs)
    _add_file(_verb(verbs, "runs", "training.runs", "list the runs"))
    resume = _verb(verbs, "resume", "training.resume", "go on with an ended run")
    _add_run(resume)
    _add_set(resume)
    _add_trust(resume)
    _add_run(_verb(verbs, "lineage", "lines.lineage", "where a run comes from, and what followed"))
    _add_evaluate(verbs)
    _add_caption(verbs)
    attend = _verb(verbs, "attend", "training.attend", "capture attention maps")
    _add_run(attend)
    _add_checkpoint(attend)
    _add_trust(attend)
    attend.add_argument("--sample", action="append", required=True, metavar="ID")
    attend.add_argument("--out", required=True, metavar="DIR", type=Path)
    export = _verb(verbs, "export", "training.export", "write a model for others, with proof")
    _add_run(export)
    export.add_argument("folder", metavar="DIR", type=Path)
    _add_checkpoint(export)
    export.add_argument("--merged", action="store_true", help="the adapter merged into the model")
    about = "write a run to be trained elsewhere"
    recipe = _verb(verbs, "export-recipe", "exporting.recipe", about)
    _add_run(recipe)
    recipe.add_argument("folder", metavar="DIR", type=Path)


def _add_probe(verbs: "argparse._SubParsersAction[_Parser]") -> None:
    about = "try a recipe's longest batch: memory, time to the end, what would fit"
    probe = _verb(verbs, "probe", "probing.probe", about)
    _add_file(probe)
    probe.add_argument("recipe", metavar="RECIPE", help="its id, or run:3 for run 3's options")
    _add_set(probe)
    _add_trust(probe)
    probe.add_argument("--memory", metavar="SIZE", help="what it may take, such as 4GB; else free")


def _add_evaluate(verbs: "argparse._SubParsersAction[_Parser]") -> None:
    evaluate = _verb(verbs, "evaluate", "measuring.evaluate", "measure a checkpoint, or an arm")
    _add_run(evaluate)
    _add_checkpoint(evaluate)
    _add_trust(evaluate)
    evaluate.add_argument("--split", action="append", choices=SPLITS, help="again for several")
    evaluate.add_argument("--untrained", action="store_true", help="the base model alone")
    shots = evaluate.add_mutually_exclusive_group()
    shots.add_argument(
        "--shots", type=int, metavar="N", help="the last N train samples before each prompt"
    )
    shots.add_argument("--shot-ids", metavar="ID,…", help="these samples, in this order")
    evaluate.add_argument("--write", action="store_true", help="let it write its answers too")


def _add_caption(verbs: "argparse._SubParsersAction[_Parser]") -> None:
    about = "write captions for pictures, as suggestions"
    caption = _verb(verbs, "caption", "captioning.caption", about)
    _add_file(caption)
    caption.add_argument(
        "run", metavar="RUN", nargs="?", type=_run_number, help="whose checkpoint writes"
    )
    caption.add_argument("--recipe", metavar="RECIPE", help="its base model writes, untrained")
    caption.add_argument("--query", default="", metavar="QUERY", help="which samples; else all")
    _add_set(caption)
    _add_checkpoint(caption)
    _add_trust(caption)


def _verb(
    verbs: "argparse._SubParsersAction[_Parser]", name: str, command: str, about: str
) -> _Parser:
    parser = verbs.add_parser(name, help=about, description=about)
    parser.add_argument("--json", action="store_true", help="one JSON object, last on stdout")
    parser.set_defaults(command=command)
    return parser


def _add_file(parser: _Parser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="the project")


def _add_run(parser: _Parser) -> None:
    _add_file(parser)
    parser.add_argument("run", metavar="RUN", type=_run_number, help="the run's number")


def _run_number(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 0 < number <= LARGEST_NUMBER:
        raise argparse.ArgumentTypeError(f"a run has a number, not “{text}”")
    return number


def _add_set(parser: _Parser) -> None:
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="an option, by its name"
    )


def _add_trust(parser: _Parser) -> None:
    parser.add_argument(
        "--trust-code",
        action="append",
        default=[],
        metavar="SHA256",
        type=_code_digest,
        help="let this revision of a model's own code run; again for several",
    )


def _code_digest(text: str) -> str:
    if not re.fullmatch("[0-9a-f]{64}", text):
        raise argparse.ArgumentTypeError("a revision of code is the 64 letters that a refusal says")
    return text


def _add_checkpoint(parser: _Parser) -> None:
    parser.add_argument("--checkpoint", default="best", metavar="best|last|STEP")


def verb_names() -> tuple[str, ...]:
    """Every verb."""
    actions = build_parser()._subparsers
    assert actions is not None
    choices = actions._group_actions[0].choices
    return tuple(choices or ())


def _means_window(words: Sequence[str]) -> bool:
    """No verb and no option: a window, perhaps on a file."""
    if not words:
        return True
    return words[0] not in verb_names() and not words[0].startswith("-")


def _refuse_option_before_verb(word: str) -> None:
    """argparse would miss the verb first and say nothing of the option."""
    if word.startswith("-") and word not in ("-h", "--help", "--json"):
        raise UsageError(f"There is no option “{word}”.", f"See: {PROGRAM} --help")


def _open_window(words: Sequence[str]) -> int:
    if len(words) > 1 or (words and not Path(words[0]).exists() and "." not in words[0]):
        near = difflib.get_close_matches(words[0], verb_names(), n=1)
        advice = f"Did you mean {near[0]}?" if near else f"See: {PROGRAM} --help"
        raise UsageError(f"There is no verb “{words[0]}”.", advice)
    path = Path(words[0]) if words else None
    if path is not None and not path.exists():
        raise UsageError(f"There is no project {path}.", "Make one with: new FILE.")
    # The window is loaded only when one is wanted: a server has no display libraries.
    return importlib.import_module("studio.app").run_window(path)


if __name__ == "__main__":
    sys.exit(main())
