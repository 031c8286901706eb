"""Joins what speaks against a training, from the project and from the model, to the form's rows."""

from collections.abc import Callable, Iterable

from studio.numbers import format_count
from studio.runs.inspector import InspectorAnswer, InspectorProblem, TemplateAnswer
from studio.runs.problems import Fix, Problem
from studio.ui.recipe.starting import START
from studio.ui.widgets.form import RowProblem
from workers.contract.options import GROUPS, OptionSpec

Rows = dict[str, list[RowProblem]]
MODEL, CUT = "base_model", "prompt.cut"
NOTHING_TRAINS = "Nothing would train: every module is frozen."


def join_problems(
    problems: Iterable[Problem],
    answer: InspectorAnswer | None,
    fix: Callable[[Fix], None],
) -> Rows:
    """By the name of the option; the data's own problems under the empty name."""
    rows: Rows = {}
    for problem in problems:
        fixes = tuple((one.text, lambda one=one: fix(one)) for one in problem.fixes)
        row = RowProblem(problem.message, str(problem.severity), fixes)
        rows.setdefault(problem.option, []).append(row)
    if answer is not None and not answer.error:
        _add(rows, answer.problems)
        said = any(row.severity == "error" for all_rows in rows.values() for row in all_rows)
        if answer.trainable == 0 and not said:
            rows.setdefault("method", []).append(RowProblem(NOTHING_TRAINS, "error"))
    return rows


def add_template(rows: Rows, answer: TemplateAnswer, show_cut: Callable[[], None]) -> None:
    """What the template's answer says, and how many samples would be cut."""
    _add(rows, [one for one in answer.problems if one.option != MODEL])
    cut = len(answer.cut)
    if cut:
        are = "sample is" if cut == 1 else "samples are"
        window = format_count(answer.window)
        lost = any(one.option == CUT for one in answer.problems)
        message = (
            f"{format_count(cut)} of {format_count(answer.count)} {are} longer than {window} "
            f"tokens with the prompt and will be cut.{'' if lost else ' The answer is kept.'}"
        )
        row = RowProblem(message, "warning", (("Show them", show_cut),))
        rows.setdefault("max_length", []).append(row)


def add_start(rows: Rows, problem: str, take_options: Callable[[], None], fix: str) -> None:
    """Why the chosen run cannot be gone on from, with a way out."""
    if problem:
        rows.setdefault(START, []).append(RowProblem(problem, "error", ((fix, take_options),)))


def _add(rows: Rows, problems: Iterable[InspectorProblem]) -> None:
    for found in problems:
        here = rows.setdefault(found.option, [])
        if all(row.message != found.message for row in here):
            here.append(RowProblem(found.message, found.severity))


def worst_by_group(rows: Rows, specs: dict[str, OptionSpec]) -> dict[str, str]:
    """The worst severity of each group of the form."""
    worst: dict[str, str] = {}
    for name, found in rows.items():
        if name not in specs and name != START:
            continue
        group = specs[name].group if name in specs else GROUPS[0]
        for row in found:
            if worst.get(group) != "error":
                worst[group] = row.severity
    return worst


def first_error(rows: Rows) -> str:
    """The sentence that keeps Train from being pressed; empty when nothing does."""
    errors = [row.message for found in rows.values() for row in found if row.severity == "error"]
    return errors[0] if errors else ""
