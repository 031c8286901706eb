"""An import is one edit: all of it is there, or nothing, and it is undone as one."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import func, select

from studio.dataset import sources
from studio.dataset.records import Mapping
from studio.document import Document
from studio.errors import StudioError
from studio.project import importing, queries
from studio.project.schema import boxes, captions, images, labels, samples
from studio.project.schema import sources as source_table
from studio.runs.importing import apply_plan, import_source, plan_source

ROOT = Path(__file__).resolve().parents[3]
TABLES = (source_table, images, samples, captions, boxes, labels)


@pytest.fixture
def document(tmp_path):
    document = Document.create(tmp_path / "p.studio")
    yield document
    document.close()


def _counts(connection):
    return {
        table.name: connection.scalar(select(func.count()).select_from(table)) for table in TABLES
    }


def _csv(folder, rows, name="a.csv"):
    folder.mkdir(exist_ok=True)
    for row in rows:
        if row[0]:
            tone = tuple(hash(row[0]) >> shift & 255 for shift in (0, 8, 16))
            (folder / row[0]).exists() or Image.new("RGB", (40, 30), tone).save(folder / row[0])
    lines = "".join(",".join(row) + "\n" for row in rows)
    (folder / name).write_text("image,text,label,split\n" + lines)
    return folder / name


def test_everything_of_a_plan_is_written(document, tmp_path):
    rows = [("1.png", "A car.", "safe", "train"), ("", "Words alone.", "dangerous", "")]
    report = import_source(document, _csv(tmp_path / "cam", rows))
    assert report.samples == 2
    first, second = document.query(queries.sample_rows, document.query(queries.sample_ids, ""))
    assert (first.key, first.label, first.split, first.caption) == ("1", "safe", "train", "A car.")
    assert first.image_path == tmp_path / "cam" / "1.png"
    assert (first.width, first.height, first.caption_origin) == (40, 30, "import")
    assert (second.label, second.split, second.image_path) == ("dangerous", None, None)
    assert document.query(queries.sample_ids, "words") == [second.id]


def test_an_import_is_one_step_that_undoes_and_redoes_whole(document, tmp_path):
    before = document.query(_counts)
    rows = [(f"{number}.png", f"Caption {number}.", "calm", "") for number in range(30)]
    detection = sources.detect(_csv(tmp_path / "cam", rows))
    mapping = Mapping(text="text", label="label", image="image", add_labels=True)
    with plan_source(document, detection, mapping) as plan:
        apply_plan(document, plan)
    after = document.query(_counts)
    assert after["samples"] == 30
    assert after["labels"] == before["labels"] + 1
    assert document.history()[0].title == "Import 30 samples from a.csv"
    document.undo()
    assert document.query(_counts) == before
    assert document.query(queries.sample_ids, "caption") == []
    document.redo()
    assert document.query(_counts) == after
    assert len(document.query(queries.sample_ids, "caption")) == 30


def test_an_error_in_the_middle_leaves_nothing(document, tmp_path):
    rows = [("", f"Caption {number}.", "safe", "") for number in range(2500)]
    detection = sources.detect(_csv(tmp_path / "cam", rows))
    before = document.query(_counts)

    def fail_late(connection, plan):
        importing.apply_import(connection, plan)
        raise StudioError("The disk is full.")

    with plan_source(document, detection) as plan:
        with pytest.raises(StudioError, match="disk is full"):
            document.edit("Import", fail_late, plan)
        assert document.query(_counts) == before
        assert document.history() == []
        apply_plan(document, plan)
    assert document.query(_counts)["samples"] == 2500


KILLED = """
import os, signal, sys
from pathlib import Path
from studio.dataset import sources
from studio.document import Document
from studio.project import importing
from studio.runs.importing import plan_source

document = Document.open(Path(sys.argv[1]))
def die_late(connection, plan):
    importing.apply_import(connection, plan)
    os.kill(os.getpid(), signal.SIGKILL)
with plan_source(document, sources.detect(Path(sys.argv[2]))) as plan:
    document.edit("Import", die_late, plan)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="this system has no SIGKILL")
def test_a_kill_in_the_middle_leaves_nothing(tmp_path):
    rows = [("", f"Caption {number}.", "safe", "") for number in range(2500)]
    path = _csv(tmp_path / "cam", rows)
    Document.create(tmp_path / "k.studio").close()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", KILLED, str(tmp_path / "k.studio"), str(path)]
    ended = subprocess.run(command, env=environment, check=False, capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    document = Document.open(tmp_path / "k.studio")
    assert document.query(queries.count, "") == 0
    assert import_source(document, path).samples == 2500
    document.close()


def test_contradicting_labels_become_unsure_and_several_captions_stay_together(document, tmp_path):
    rows = [
        ("1.png", "A car.", "safe", ""),
        ("1.png", "A car.", "dangerous", ""),
        ("2.png", "A bus.", "safe", ""),
        ("2.png", "The same bus.", "safe", ""),
    ]
    report = import_source(document, _csv(tmp_path / "cam", rows))
    assert (report.contradictions, report.added_captions, report.duplicates) == (1, 1, 1)
    ids = document.query(queries.sample_ids, "")
    first, second = document.query(queries.sample_rows, ids)
    assert (first.label, first.reviewed) == ("unsure", False)
    assert second.captions == 2
    texts = [caption.text for caption in document.query(queries.sample_detail, second.id).captions]
    assert texts == ["A bus.", "The same bus."]


def test_a_label_found_in_a_later_row_is_the_samples_label(document, tmp_path):
    rows = [("", "A car.", "", ""), ("1.png", "A bus.", "", "")]
    rows += [("", "A car.", "dangerous", ""), ("1.png", "Again the bus.", "safe", "")]
    import_source(document, _csv(tmp_path / "cam", rows))
    ids = document.query(queries.sample_ids, "")
    found = document.query(queries.sample_rows, ids)
    assert {row.caption: row.label for row in found} == {"A car.": "dangerous", "A bus.": "safe"}


def test_a_labelled_row_of_an_unlabelled_sample_in_the_project_is_reported(document, tmp_path):
    import_source(document, _csv(tmp_path / "cam", [("", "A car.", "", "")]))
    with pytest.raises(StudioError, match="already in the project without a label"):
        import_source(document, _csv(tmp_path / "other", [("", "A car.", "safe", "")]))


def test_the_same_source_twice_enters_once(document, tmp_path):
    path = _csv(tmp_path / "cam", [("1.png", "A car.", "safe", ""), ("", "Words.", "safe", "")])
    import_source(document, path)
    with pytest.raises(StudioError, match="in the project already"):
        import_source(document, path)
    assert document.query(queries.count, "") == 2


def test_a_file_mended_after_a_report_imports_like_one_that_was_right(document, tmp_path):
    path = _csv(tmp_path / "cam", [("", "A car.", "safe", ""), ("", '"A bus.', "safe", "")])
    assert import_source(document, path).problem_count == 1
    path.write_text(path.read_text().replace('"A bus.', "A bus."))
    report = import_source(document, path)
    assert (report.samples, report.problem_count, report.duplicates) == (1, 0, 1)
    rows = document.query(queries.sample_rows, document.query(queries.sample_ids, ""))
    assert {row.caption for row in rows} == {"A car.", "A bus."}


def test_the_project_and_its_images_can_move_together(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    document = Document.create(home / "p.studio")
    import_source(document, _csv(home / "cam", [("1.png", "A car.", "safe", "")]))
    document.close()
    moved = home.rename(tmp_path / "moved")
    document = Document.open(moved / "p.studio")
    row = document.query(queries.sample_rows, document.query(queries.sample_ids, ""))[0]
    assert row.image_path == moved / "cam" / "1.png"
    assert document.query(queries.source_rows)[0].found
    document.close()
