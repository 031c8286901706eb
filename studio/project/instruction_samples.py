"""The samples of a query as questions with their answers, one by one."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from studio.dataset.instruction_files import InstructionSample
from studio.dataset.records import UNSURE
from studio.project.query_language import condition
from studio.project.schema import captions, images, labels, samples, sources
from studio.project.store import project_folder


def instruction_samples(
    connection: Connection,
    query: str = "",
    *,
    by_label: bool = False,
    instruction: str = "",
    with_images: bool = False,
) -> Iterator[InstructionSample]:
    """Samples with a caption and an answer, in the order they were made.

    The answer is the sample's text, or with `by_label` its label; `instruction` stands where a
    sample has none of its own. With images, a sample's own is named where its file is there.
    """
    folder = project_folder(connection)
    answer = labels.c.name if by_label else samples.c.answer
    first = (captions.c.sample_id == samples.c.id) & (captions.c.position == 0)
    statement = (
        select(samples.c.key, samples.c.instruction, captions.c.text, answer, samples.c.split)
        .add_columns(sources.c.root, images.c.path)
        .select_from(samples)
        .join(captions, first)
        .outerjoin(images, images.c.id == samples.c.image_id)
        .outerjoin(sources, sources.c.id == images.c.source_id)
        .outerjoin(labels, labels.c.id == samples.c.label_id)
        .where(condition(query), func.trim(captions.c.text) != "", func.trim(answer) != "")
        .order_by(samples.c.id)
    )
    if by_label:
        statement = statement.where(labels.c.name != UNSURE)
    for key, own, caption, said, split, root, path in connection.execute(statement):
        file = folder / root / path if with_images and path else None
        image = str(file) if file is not None and file.is_file() else ""
        yield InstructionSample(key, own or instruction, caption, said, split or "", image)
