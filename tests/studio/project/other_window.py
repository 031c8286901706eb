"""Another process with the project open, driven by the tests: wait, read, or edit until killed."""

import json
import os
import sys
import tempfile
from pathlib import Path

from sqlalchemy import select

from studio.document import Document
from studio.project import edits, schema


def main() -> None:
    path, task = Path(sys.argv[1]), sys.argv[2]
    if task == "read":
        _give_up_rights()
    document = Document.open(path)
    match task:
        case "wait":
            _say(f"open {document.writable}")
            sys.stdin.read()
        case "read":
            label = select(schema.samples.c.label_id).where(schema.samples.c.id == 1)
            answer = {
                "writable": document.writable,
                "steps": len(document.history()),
                "label": document.query(lambda connection: connection.scalar(label)),
            }
            document.close()
            _say(json.dumps(answer))
        case "edit":
            edit_for_ever(document, int(sys.argv[3]))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _give_up_rights() -> None:
    """Become a user who may only read; everything is imported before."""
    with tempfile.TemporaryDirectory() as folder:
        warm = Document.create(Path(folder) / "warm.studio")
        warm.edit("Warm up", edits.relabel_query, "", 1)
        warm.close()
    if os.getuid() == 0:
        os.setuid(65534)


def edit_for_ever(document: Document, number: int) -> None:
    """Say each edit only after it was acknowledged; bulk edits, undo and redo come in between."""
    while True:
        number += 1
        document.edit(f"Write {number}", edits.write_caption, 1 + number % 40, f"car no {number}")
        _say(str(number))
        if number % 7 == 0:
            document.edit("Relabel", edits.relabel_query, "", 1 + number // 7 % 3)
            # Where all had that label already there is no step, and undo would take the caption.
            if document.history(limit=1)[0].title == "Relabel":
                document.undo()
                document.redo()


if __name__ == "__main__":
    main()
