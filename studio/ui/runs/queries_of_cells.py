"""From a cell of the confusion matrix to the query that shows its samples."""

from collections.abc import Sequence

from studio.document import Document
from studio.project import queries
from studio.project.records import LabelRow
from studio.ui.widgets.confusion_matrix import MatrixLabel


def matrix_labels(rows: Sequence[LabelRow], names: Sequence[str]) -> tuple[MatrixLabel, ...]:
    """The labels of a run's job with the looks they have now; a removed one is dashed."""
    known = {row.name: row for row in rows}
    return tuple(
        MatrixLabel(name, known[name].colour, known[name].shape)
        if name in known
        else MatrixLabel(name, "unsure", "dashed")
        for name in names
    )


def cell_query(document: Document, run_id: int, true_label: str, said_label: str) -> str:
    """The samples that had one label in the run's snapshot and were said to be another."""
    labels = {row.sample_id: row.label for row in document.query(queries.run_samples, run_id)}
    found = [
        row.sample_id
        for row in document.query(queries.predictions, run_id, "validation")
        if row.label == said_label and labels.get(row.sample_id) == true_label
    ]
    return f"sample:{','.join(str(one) for one in found)}" if found else "sample:0"
