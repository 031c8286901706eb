"""The verb that writes captions: a checkpoint, or a base model, on the pictures of a query."""

from argparse import Namespace
from typing import Any

from studio.commands.arguments import checkpoint_of, open_project, options_of, run_of, with_changes
from studio.commands.following import follow
from studio.commands.output import Output, UsageError
from studio.commands.training import controller_of
from studio.document import Document
from studio.numbers import format_count
from studio.project import queries
from studio.runs.captioning import CaptionWish
from studio.runs.state import RunState


def caption(arguments: Namespace, out: Output) -> int:
    """Write captions as suggestions that wait on the Samples page."""
    with open_project(arguments.file) as document:
        controller = controller_of(document, out)
        job_id = controller.caption(_wish(arguments, document))
        record = follow(controller, job_id, out)
        for warning in record.summary.get("warnings", []):
            out.note(warning)
        written = document.query(queries.captions_written, job_id)
        empty = sum(not text.strip() for _, text in written)
        unit = "caption" if len(written) == 1 else "captions"
        out.line(
            f"{format_count(len(written))} {unit} written by {record.name}: "
            "they wait on the Samples page as suggestions."
        )
        out.line(f'Show them with the query: suggested:"run {job_id}"')
        if record.state != RunState.FINISHED:
            out.note(record.message or f"The run ended as “{record.state.value}”.")
        out.result(
            {
                "run": job_id,
                "trained_run": arguments.run,
                "state": record.state.value,
                "message": record.message,
                "written": len(written),
                "empty": empty,
                "captions": [_caption(key, text) for key, text in written],
                "warnings": record.summary.get("warnings", []),
            }
        )
    return 0 if record.state == RunState.FINISHED else 1


def _wish(arguments: Namespace, document: Document) -> CaptionWish:
    if (arguments.run is None) == (arguments.recipe is None):
        raise UsageError("Name what writes: a run's number, or --recipe ID for its base model.")
    if arguments.run is None:
        options = options_of(arguments.recipe, arguments.set, document)
        return CaptionWish(options=options, query=arguments.query)
    training = run_of(document, arguments.run).training
    return CaptionWish(
        run_id=arguments.run,
        checkpoint=checkpoint_of(document, arguments.run, arguments.checkpoint),
        options=with_changes(training.options, arguments.set) if arguments.set else None,
        query=arguments.query,
    )


def _caption(key: str, text: str) -> dict[str, Any]:
    return {"sample": key, "text": text}
