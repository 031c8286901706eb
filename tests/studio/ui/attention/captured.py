"""Map files of a run, handed to the project the way a journal's events are; boxes for pictures."""

import hashlib
from pathlib import Path

from studio.project import queries
from studio.project.records import NewBox
from studio.runs.map_rows import write_maps
from studio.runs.run_record import load_record
from tests.studio.attention import map_files, picture_files
from tests.studio.attention.picture_files import COLUMNS
from workers.contract.events import MapCaptured

TAXI = NewBox("Taxicab", 3 / COLUMNS, 1 / 4, 1 / COLUMNS, 1 / 4)  # patch 9, read for “taxicab”
ELSEWHERE = NewBox("bus", 0.0, 0.75, 0.25, 0.25)


def validation(document):
    return list(document.query(queries.sample_ids, "split:validation"))


def add_maps(document, run_id, sample_ids, make=None):
    """`make(sample_id, caption's sha256)` gives the file; a classifier's map is the default."""
    make = make or (lambda one, sha256: map_files.map_file(sample_id=one, text_sha256=sha256))
    record = document.query(load_record, run_id)
    folder = Path(document.folder) / "captured"
    folder.mkdir(exist_ok=True)
    events = []
    for sample_id in sample_ids:
        caption = document.query(queries.sample_detail, sample_id).row.caption
        digest = hashlib.sha256(caption.encode()).hexdigest()
        content = make(sample_id, digest)
        path = folder / f"{sample_id}.safetensors"
        path.write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        events.append(MapCaptured(sample_id=sample_id, path=path.name, sha256=sha256))
    document.record(write_maps, record, folder, events, tables=("attention_maps",))


def captioned(sample_id, sha256, **changes):
    """A captioner's map with its vision tower's."""
    values = picture_files.arrays() | picture_files.rollouts() | {"tower": picture_files.tower()}
    return picture_files.map_file(values, sample_id=sample_id, caption_sha256=sha256, **changes)


def wait_for_view(qtbot, page):
    """Until what the page should show has been read."""

    def is_there():
        if page.run_id is None or page.sample_id() is None:
            return True
        return page.view is not None and page.view.detail.row.id == page.sample_id()

    qtbot.waitUntil(is_there, timeout=10_000)
