"""The verbs that need no project: recipes, parameters, models."""

from argparse import Namespace
from dataclasses import asdict

from studio.commands.arguments import options_of
from studio.commands.output import Output, UsageError
from studio.errors import StudioError
from studio.numbers import format_share
from studio.runs import base_models, trusting
from studio.runs.inspector import InspectedModule, ask_and_wait
from workers.contract.options import option_values
from workers.contract.recipes import shipped_recipes


def recipes(arguments: Namespace, out: Output) -> int:
    """List the recipes that come with the studio."""
    found = shipped_recipes()
    for recipe in found:
        out.line(f"{recipe.id:<14} {recipe.title}")
        out.line(f"{'':<14} {recipe.about}")
    rows = [recipe.model_dump(mode="json") for recipe in found]
    for row, recipe in zip(rows, found, strict=True):
        row["options"] = option_values(recipe.training_options())
    out.result({"recipes": rows})
    return 0


def parameters(arguments: Namespace, out: Output) -> int:
    """Count what a recipe trains, from the model's configuration alone."""
    options = options_of(arguments.recipe, arguments.set)
    code = trusting.unallowed_code(options.base_model)
    if code is not None:
        raise trusting.refusal(code)
    answer = ask_and_wait(options)
    if answer.error:
        raise StudioError(answer.error)
    share = answer.trainable / answer.total if answer.total else 0.0
    out.line(
        f"{answer.trainable:,} of {answer.total:,} parameters train ({format_share(share, 3)})."
    )
    for module in answer.modules:
        _say_module(module, out, 0)
    for problem in answer.problems:
        out.note(f"{problem.option}: {problem.message}")
    out.result(asdict(answer))
    return 1 if any(problem.severity == "error" for problem in answer.problems) else 0


def models(arguments: Namespace, out: Output) -> int:
    """List the base models, or get one."""
    if arguments.action == "get":
        return _get(arguments.model, out)
    rows = base_models.list_models()
    for row in rows:
        here = str(row.folder) if row.folder else f"not here, {row.entry.bytes / 1e6:,.0f} MB"
        out.line(f"{row.entry.name:<18} {row.entry.title:<24} {here}")
    out.result(
        {
            "models": [
                {
                    "name": row.entry.name,
                    "title": row.entry.title,
                    "licence": row.entry.licence,
                    "bytes": row.entry.bytes,
                    "folder": str(row.folder) if row.folder else None,
                }
                for row in rows
            ]
        }
    )
    return 0


def _get(name: str | None, out: Output) -> int:
    if not name:
        known = ", ".join(row.entry.name for row in base_models.list_models())
        raise UsageError("models get needs a name.", f"There are: {known}.")
    folder = base_models.get_model(name, progress=out.bar)
    out.line(f"{name} is in {folder}")
    out.result({"name": name, "folder": str(folder)})
    return 0


def _say_module(module: InspectedModule, out: Output, depth: int) -> None:
    """A line a module; below a module that trains nothing, or three levels down, none."""
    counts = f"{module.trainable:>12,} of {module.parameters:>12,}"
    out.line(f"{counts}  {'  ' * depth}{module.title}")
    if module.trainable and depth < 3:
        for child in module.children:
            _say_module(child, out, depth + 1)
