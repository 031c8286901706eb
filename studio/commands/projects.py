"""The verbs of a project file: new, import, export-data, check."""

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from studio.commands.arguments import open_project
from studio.commands.output import Output, UsageError
from studio.dataset import sources
from studio.dataset.records import BadRow, Detection, Dialect, Format, ImportReport, Mapping
from studio.document import SUFFIX, Document
from studio.project import checks
from studio.runs import data_export
from studio.runs.importing import apply_plan, plan_source
from workers.contract.options import AnswerKind

PROBLEMS_SHOWN = 10
COLUMNS = ("text", "label", "image", "key", "split", "scene", "boxes", "instruction", "answer")
SPOKEN = ("text", "instruction", "answer")  # a column named for these is no conversation


def new(arguments: Namespace, out: Output) -> int:
    """Make an empty project with the first labels."""
    document = _make(arguments.file)
    out.line(f"Made {document.path}")
    out.result({"path": str(document.path)})
    document.close()
    return 0


def bring_in(arguments: Namespace, out: Output) -> int:
    """Import a source; a project that is not there yet is made first."""
    source: Path = arguments.source
    if not source.exists():
        raise UsageError(f"{source} does not exist.")
    detection = sources.detect(source, arguments.data_set or "")
    if len(detection.sets) > 1 and not arguments.data_set:
        raise UsageError(
            f"{source.name} describes {len(detection.sets)} data sets.",
            f"Say --data-set with one of: {', '.join(detection.sets)}.",
        )
    mapping = mapping_of(arguments, detection)
    path: Path = arguments.file
    if not path.exists() and not arguments.dry_run:
        _make(path).close()
    with open_project(path) as document:
        report = import_mapped(document, detection, mapping, out, write=not arguments.dry_run)
    captioned = bool(mapping.text and mapping.image)
    _say_report(report, out, written=not arguments.dry_run, captioned=captioned)
    out.result(_report_values(report))
    return 0 if report.samples or not report.problem_count else 1


def import_mapped(
    document: Document, detection: Detection, mapping: Mapping, out: Output, *, write: bool = True
) -> ImportReport:
    """Plan the import, and write it as one edit."""

    def show(rows: int) -> None:
        out.bar("Reading", 0, 0, f"{rows:,} rows")

    with plan_source(document, detection, mapping, progress=show) as plan:
        if write and plan.report.samples:
            apply_plan(document, plan)
        out.clear()
        return plan.report


def export_data(arguments: Namespace, out: Output) -> int:
    """Write a query's samples as alpaca, ShareGPT or OpenAI messages."""
    with open_project(arguments.file, read_only=True) as document:
        written = data_export.export_data(
            document,
            arguments.folder,
            Format(arguments.format),
            query=arguments.query,
            answer=AnswerKind(arguments.answer),
            instruction=arguments.instruction,
            with_images=arguments.images,
        )
    parts = ", ".join(f"{split} {count:,}" for split, count in written.counts.items())
    out.line(f"Wrote {sum(written.counts.values()):,} samples to {written.folder}: {parts}.")
    if written.left_out:
        out.line(f"{written.left_out:,} samples without a caption or an answer were left out.")
    out.result(
        {
            "folder": str(written.folder),
            "counts": written.counts,
            "left_out": written.left_out,
        }
    )
    return 0


def check(arguments: Namespace, out: Output) -> int:
    """Find damage and contradictions; with --repair, mend those that can be, as edits."""
    with open_project(arguments.file) as document:
        found = checks.check_project(document)
        mendable = [problem for problem in found if problem.repairable]
        repaired = mendable if arguments.repair else []
        for problem in repaired:
            document.edit(f"Repair: {problem.name}", checks.repair, problem.name)
        left = checks.check_project(document) if repaired else found
    for problem in repaired:
        out.line(f"Repaired: {problem.message}")
    for problem in left:
        out.line(problem.message)
    if not left:
        out.line("No problems.")
    elif mendable and not repaired:
        out.line("Some of it can be mended: check FILE --repair")
    values = {"problems": left, "repaired": repaired}
    out.result({name: [asdict(one) for one in problems] for name, problems in values.items()})
    return 1 if left else 0


def mapping_of(arguments: Namespace, detection: Detection) -> Mapping:
    """The mapping that was detected, with what the arguments say instead."""
    changes: dict[str, Any] = {}
    known = {column.name for column in detection.columns}
    exploded = [part.strip() for part in (arguments.explode or "").split(",") if part.strip()]
    if known and (missing := [name for name in exploded if name not in known]):
        raise _no_column(missing[0], known)
    known |= {name.rsplit(".", 1)[-1] for name in known if name.startswith(tuple(exploded))}
    changes |= _columns(arguments, known)
    if arguments.map_label:
        changes["label_values"] = detection.mapping.label_values | _pairs(arguments.map_label)
    if exploded:
        changes["explode"] = tuple(exploded)
    if arguments.image_root:
        changes["image_root"] = arguments.image_root.resolve()
    if arguments.dialect:
        changes["dialect"] = Dialect(arguments.dialect)
    if arguments.add_labels:
        changes["add_labels"] = True
    return replace(detection.mapping, **changes)


def _columns(arguments: Namespace, known: set[str]) -> dict[str, Any]:
    """The columns that were named; turns are not looked for where texts have columns."""
    named = {name: getattr(arguments, name) for name in COLUMNS}
    changes: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
    for column in changes.values():
        if column and known and column not in known:
            raise _no_column(column, known)
    if any(name in changes for name in SPOKEN):
        changes["conversation"] = None
    return changes


def _no_column(name: str, known: set[str]) -> UsageError:
    return UsageError(f"There is no column “{name}”.", f"There are: {', '.join(sorted(known))}.")


def _make(path: Path) -> Document:
    if path.suffix != SUFFIX:
        raise UsageError(f"A project's name ends in {SUFFIX}, such as {path.stem}{SUFFIX}.")
    return Document.create(path)


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        old, found, label = text.rpartition("=")
        if not found:
            raise UsageError(f"“{text}” maps nothing: say OLD=NEW.")
        pairs[old] = label
    return pairs


def _say_report(
    report: ImportReport, out: Output, *, written: bool, captioned: bool = False
) -> None:
    verb = "imported" if written else "can be imported"
    out.line(f"{report.samples:,} of {report.rows:,} rows {verb} in {report.seconds:.1f} s.")
    if report.labels:
        out.line("Labels: " + ", ".join(f"{name} {n:,}" for name, n in report.labels.items()))
    if report.answers:
        scripts = ", ".join(f"{name} {n:,}" for name, n in report.scripts.items())
        out.line(f"Answers: {report.answers:,} ({scripts})")
    for kind, count in report.skipped.items():
        out.line(f"Skipped {count:,}: {kind}")
    if report.duplicates:
        out.line(f"{report.duplicates:,} exact duplicates left out.")
    if report.contradictions:
        out.line(
            f"{report.contradictions:,} samples appear twice with different labels. They are "
            "imported as unsure and wait in Review."
        )
    if not report.samples and captioned:
        out.note("To import the captions without their images, add: --image ''")
    for problem in report.problems[:PROBLEMS_SHOWN]:
        out.line(_problem_line(problem))
    if report.problem_count > PROBLEMS_SHOWN:
        out.line(f"… and {report.problem_count - PROBLEMS_SHOWN:,} more.")


def _problem_line(problem: BadRow) -> str:
    place = f"row {problem.row:,}" + (f", {problem.column}" if problem.column else "")
    value = f" (“{problem.value[:60]}”)" if problem.value else ""
    return f"{place}: {problem.reason}{value}"


def _report_values(report: ImportReport) -> dict[str, Any]:
    values = asdict(report)
    values["skipped"] = report.skipped_count
    values["skipped_kinds"] = report.skipped
    values["format"] = report.format.value
    return values
