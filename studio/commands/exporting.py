"""The verb that carries a run's recipe away, to be trained elsewhere."""

from argparse import Namespace

from studio.commands.arguments import open_project, run_of
from studio.commands.output import Output
from studio.runs.recipe_export import export_recipe


def recipe(arguments: Namespace, out: Output) -> int:
    """Write a run as plain script, LLaMA-Factory YAML and data."""
    with open_project(arguments.file, read_only=True) as document:
        run_of(document, arguments.run)
        done = export_recipe(document, arguments.run, arguments.folder.resolve())
    counts = ", ".join(f"{count:,} {split}" for split, count in done.samples.items())
    out.line(f"Written to {done.folder}: {counts} samples.")
    out.line("There: python train.py, or llamafactory-cli train llama_factory.yaml")
    out.result({"path": str(done.folder), "files": list(done.files), "samples": done.samples})
    return 0
