"""Writes samples of an open project as a data set for other training programs."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from studio.dataset.instruction_files import write_files
from studio.dataset.records import Format
from studio.document import Document
from studio.project import queries
from studio.project.instruction_samples import instruction_samples
from workers.contract.options import AnswerKind


@dataclass(frozen=True)
class WrittenData:
    """How many samples each file holds, by split, and how many lacked a caption or an answer."""

    folder: Path
    counts: dict[str, int]
    left_out: int


def export_data(
    document: Document,
    folder: Path,
    format: Format,
    *,
    query: str = "",
    answer: AnswerKind = AnswerKind.TEXT,
    instruction: str = "",
    with_images: bool = False,
) -> WrittenData:
    """Write the samples of a query; StudioError when the folder is not empty, or none fits."""

    def write(connection: Connection) -> WrittenData:
        by_label = answer == AnswerKind.LABEL
        found = instruction_samples(
            connection, query, by_label=by_label, instruction=instruction, with_images=with_images
        )
        counts = write_files(folder, found, format, document.name)
        return WrittenData(folder, counts, queries.count(connection, query) - sum(counts.values()))

    return document.query(write)
