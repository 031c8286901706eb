"""The verb that shows where a run comes from."""

from argparse import Namespace
from dataclasses import asdict

from studio.commands.arguments import open_project, run_of
from studio.commands.output import Output
from studio.runs import lineage as lines
from studio.runs.lineage import Ancestor


def lineage(arguments: Namespace, out: Output) -> int:
    """Show a run's parents with their epochs, and all runs of the same family."""
    with open_project(arguments.file, read_only=True) as document:
        run_of(document, arguments.run)
        chain = lines.lineage(document, arguments.run)
        family = lines.family(document, arguments.run)
        for one in family:
            out.line(_line(one, here=one.run_id == arguments.run))
        if words := lines.sentence(chain):
            out.line()
            out.line(words)
        out.result(
            {
                "run": arguments.run,
                "lineage": [asdict(one) for one in chain],
                "family": [asdict(one) for one in family],
                "sentence": words,
            }
        )
    return 0


def _line(one: Ancestor, *, here: bool) -> str:
    number = f"{one.run_id}" if one.run_id is not None else "–"
    kept = ", optimizer kept" if one.keeps_optimizer else ""
    trashed = ", in the trash" if one.trashed else ""
    name = f"{'  ' * one.depth}{one.name}"
    return (
        f"{'›' if here else ' '} {number:>4}  {name:<28} {one.state:<9} "
        f"{one.epochs:g} + {one.cumulative_epochs - one.epochs:g} = "
        f"{one.cumulative_epochs:g} epochs{kept}{trashed}"
    )
