"""Joins what speaks against a training, from the project and from the model, to the form's rows."""

from collections.abc import Callable, Iterable

from studio.runs.inspector import InspectorAnswer
from studio.runs.problems import Fix, Problem
from studio.ui.widgets.form import RowProblem
from workers.contract.options import OptionSpec

NOTHING_TRAINS = "Nothing would train: every module is frozen."


def join_problems(
    problems: Iterable[Problem],
    answer: InspectorAnswer | None,
    fix: Callable[[Fix], None],
) -> dict[str, list[RowProblem]]:
    """By the name of the option; the data's own problems under the empty name."""
    rows: dict[str, list[RowProblem]] = {}
    for problem in problems:
        fixes = tuple((one.text, lambda one=one: fix(one)) for one in problem.fixes)
        row = RowProblem(problem.message, str(problem.severity), fixes)
        rows.setdefault(problem.option, []).append(row)
    if answer is not None and not answer.error:
        for found in answer.problems:
            rows.setdefault(found.option, []).append(RowProblem(found.message, found.severity))
        said = any(row.severity == "error" for all_rows in rows.values() for row in all_rows)
        if answer.trainable == 0 and not said:
            rows.setdefault("method", []).append(RowProblem(NOTHING_TRAINS, "error"))
    return rows


def worst_by_group(
    rows: dict[str, list[RowProblem]], specs: dict[str, OptionSpec]
) -> dict[str, str]:
    """The worst severity of each group of the form."""
    worst: dict[str, str] = {}
    for name, found in rows.items():
        if name not in specs:
            continue
        group = specs[name].group
        for row in found:
            if worst.get(group) != "error":
                worst[group] = row.severity
    return worst


def first_error(rows: dict[str, list[RowProblem]]) -> str:
    """The sentence that keeps Train from being pressed; empty when nothing does."""
    errors = [row.message for found in rows.values() for row in found if row.severity == "error"]
    return errors[0] if errors else ""
