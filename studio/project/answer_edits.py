"""Edits of what a language model learns: a sample's own instruction and its answer text."""

from sqlalchemy import update
from sqlalchemy.engine import Connection

from studio.errors import StudioError
from studio.project.schema import samples

LONGEST = 1_000_000  # characters


def write_answer(connection: Connection, sample_id: int, text: str) -> int:
    """Replace the answer of a sample; the number of samples that changed."""
    return _write(connection, sample_id, "answer", text)


def write_instruction(connection: Connection, sample_id: int, text: str) -> int:
    """Replace the sample's own instruction; empty: the recipe's stands before its caption."""
    return _write(connection, sample_id, "instruction", text)


def _write(connection: Connection, sample_id: int, name: str, text: str) -> int:
    if len(text) > LONGEST:
        raise StudioError(f"This {name} is too long: {len(text):,} characters.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise StudioError(f"This {name} holds half a character that cannot be saved.") from None
    there = (samples.c.id == sample_id) & (samples.c[name] != text)
    return connection.execute(update(samples).where(there).values({name: text})).rowcount
