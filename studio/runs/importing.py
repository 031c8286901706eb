"""Brings a source into an open project: detect, plan, write as one edit, report."""

from pathlib import Path

from studio.dataset import sources
from studio.dataset.plan import Cancelled, ImportPlan, Progress, plan_import
from studio.dataset.records import Detection, ImportReport, Mapping
from studio.document import Document
from studio.errors import StudioError
from studio.project import importing


def plan_source(
    document: Document,
    detection: Detection,
    mapping: Mapping | None = None,
    *,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> ImportPlan:
    """What an import into this project would do; close the plan when done with it."""
    return plan_import(
        detection,
        mapping or detection.mapping,
        document.query(importing.label_names),
        existing=document.query(importing.existing_samples),
        progress=progress,
        cancelled=cancelled,
    )


def apply_plan(document: Document, plan: ImportPlan) -> ImportReport:
    """Write the plan as one step of undo; StudioError when there is nothing to write."""
    report = plan.report
    if not report.samples:
        raise StudioError(f"Nothing in {report.source} can be imported.", _why_nothing(report))
    noun = "sample" if report.samples == 1 else "samples"
    title = f"Import {report.samples:,} {noun} from {report.source}"
    document.edit(title, importing.apply_import, plan)
    return report


def import_source(
    document: Document,
    path: Path,
    mapping: Mapping | None = None,
    *,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> ImportReport:
    """Import a file or folder with this mapping, or with the one that suggests itself."""
    detection = sources.detect(Path(path))
    with plan_source(document, detection, mapping, progress=progress, cancelled=cancelled) as plan:
        return apply_plan(document, plan)


def _why_nothing(report: ImportReport) -> str:
    if report.duplicates and not report.problem_count:
        return "All of it is in the project already."
    if report.problems:
        first = report.problems[0]
        place = f", column {first.column}" if first.column else ""
        value = f" ({first.value})" if first.value else ""
        example = f"row {first.row:,}{place}: {first.reason}{value}"
        return f"{report.problem_count:,} rows have problems; the first, {example}."
    return "It holds no pictures or captions."
