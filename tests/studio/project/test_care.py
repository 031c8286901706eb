"""Looking after a project: checks with repairs, backups that restore, migrations that are safe."""

import hashlib
import sqlite3

import pytest
from sqlalchemy import select

from studio.document import Document
from studio.errors import StudioError
from studio.project import backups, checks, edits, migrations, queries, schema
from studio.project.checks import check_project
from studio.runs.blob_rows import keep_blob
from tests.studio.project.street_project import check_file, dump
from workers.contract import folder

OLDER = schema.VERSION - 1
KEPT = (
    select(schema.blobs.c.content)
    .join(schema.run_weights, schema.run_weights.c.blob_id == schema.blobs.c.id)
    .where(schema.run_weights.c.step == 30)
)


def names(document):
    return {problem.name for problem in check_project(document)}


@pytest.fixture
def sound(document):
    """The project with all of its files beside it."""
    folder = document.folder / "media" / "cam3"
    folder.mkdir(parents=True)
    for number in range(1, 41):
        (folder / f"{number}.jpg").touch()
    (document.folder / "street.runs" / "7").mkdir(parents=True)
    return document


def test_a_sound_project_has_no_problems(sound):
    assert check_project(sound) == []


def _spoil(*statements):
    def spoil(connection):
        for statement in statements:
            connection.exec_driver_sql(statement)

    return spoil


SPOILT = {
    "caption order": _spoil("UPDATE captions SET position = position + 1 WHERE sample_id < 4"),
    "no caption": _spoil(
        "DELETE FROM captions WHERE sample_id = 4", "UPDATE samples SET image_id = NULL"
    ),
    "changed files": _spoil(
        "INSERT INTO blobs (sha256, size, content) VALUES ('wrong', 3, x'616263')"
    ),
    "left-over results": _spoil("DELETE FROM samples WHERE id = 4"),
    "search index": _spoil(
        "INSERT INTO captions_fts(captions_fts, rowid, text) VALUES ('delete', 2,"
        " 'A red car waits at crossing 1.')"
    ),
    "missing images": _spoil("UPDATE sources SET root = 'moved'"),
    "missing runs": _spoil("UPDATE runs SET folder = 'moved'"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_problem_is_found_and_repaired_where_it_can_be(sound, name):
    sound.record(SPOILT[name])
    problem = next(each for each in check_project(sound) if each.name == name)
    assert problem.count > 0
    assert problem.message
    if problem.repairable:
        assert sound.edit("Repair", checks.repair, name) > 0
        assert name not in names(sound)
    else:
        with pytest.raises(StudioError, match="no repair"):
            sound.edit("Repair", checks.repair, name)


def keep_weights(sound, content):
    """Weights in the project, with the checkpoint of the run that they were read from."""
    run_folder = sound.folder / sound.query(queries.run, 7).folder
    file = folder.checkpoint_folder(run_folder, 30) / "adapter.safetensors"
    file.parent.mkdir(parents=True)
    file.write_bytes(content)

    def keep(connection):
        blob = keep_blob(connection, content)
        row = {"run_id": 7, "step": 30, "path": file.name, "blob_id": blob}
        connection.execute(schema.run_weights.insert(), row)

    sound.record(keep)
    return file


def test_damaged_weights_are_read_again_from_the_folder_of_their_run(sound):
    keep_weights(sound, b"what was learnt")
    sound.record(_spoil("UPDATE blobs SET content = x'00' WHERE size = 15"))
    (problem,) = [each for each in check_project(sound) if each.name == "damaged files"]
    assert (problem.count, problem.repairable) == (1, True)
    assert "changed files" not in names(sound)
    sound.edit("Repair", checks.repair, "damaged files")
    assert not names(sound) & {"damaged files", "changed files"}
    (content,) = sound.query(lambda connection: connection.execute(KEPT).one())
    assert content == b"what was learnt"


def test_weights_that_the_folder_has_otherwise_stay_damaged(sound):
    keep_weights(sound, b"what was learnt").write_bytes(b"something else")
    sound.record(_spoil("UPDATE blobs SET content = x'00' WHERE size = 15"))
    assert names(sound) == {"changed files"}
    assert sound.edit("Repair", checks.repair, "damaged files") == 0


def test_a_reading_window_can_check_too(sound, path):
    second = Document.open(path)
    assert check_project(second) == []
    second.close()


def test_a_repair_is_an_edit_that_can_be_undone(sound):
    sound.record(SPOILT["caption order"])
    before = dump(sound)
    sound.edit("Repair", checks.repair, "caption order")
    sound.undo()
    assert dump(sound) == before


def test_a_backup_is_whole_and_restores_a_project_that_cannot_be_opened(document, path):
    document.edit("Label", edits.set_label, [1], 3)
    expected = dump(document)
    backup = document.back_up()
    document.edit("Label", edits.set_label, [2], 3)
    document.close()
    path.write_bytes(b"ruined" * 1000)
    with pytest.raises(StudioError, match="not a Traffic Studio project"):
        Document.open(path)
    aside = backups.restore(backup, path)
    assert aside.read_bytes().startswith(b"ruined")
    document = Document.open(path)
    assert dump(document) == expected
    assert document.undo().title == "Label"
    document.close()
    check_file(path)


def test_backups_are_numbered_and_thinned_without_a_clock(document):
    made = [document.back_up() for _ in range(40)]
    kept = [backups.number_of(each) for each in backups.backups_in(document.backups_folder)]
    assert kept == [8, 16, 24, *range(29, 41)]
    assert made[-1].exists()
    assert not made[0].exists()


def test_a_backup_of_a_hostile_file_is_not_restored(document, path):
    backup = document.back_up()
    document.close()
    before = path.read_bytes()
    raw = sqlite3.connect(backup)
    raw.execute("CREATE TRIGGER t AFTER UPDATE ON samples BEGIN DELETE FROM captions; END")
    raw.close()
    with pytest.raises(StudioError, match="1 trigger"):
        backups.restore(backup, path)
    assert path.read_bytes() == before


def make_older(path):
    """A project as a version before this one might have written it."""
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("ALTER TABLE history_steps DROP COLUMN bytes")
    raw.execute("ALTER TABLE samples RENAME COLUMN scene TO place")
    raw.execute(f"PRAGMA user_version = {OLDER}")
    raw.close()


def add_bytes_and_rename_place(operations):
    operations.execute("ALTER TABLE samples RENAME COLUMN place TO scene")
    operations.execute("ALTER TABLE history_steps ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0")


def test_an_older_project_is_migrated_and_kept(document, path):
    expected, steps = dump(document), document.history()
    document.close()
    make_older(path)
    old = hashlib.sha256(path.read_bytes()).hexdigest()
    known = {OLDER: add_bytes_and_rename_place}
    kept = migrations.migrate(path, document.backups_folder, OLDER, known)
    assert kept.exists()
    assert hashlib.sha256(path.read_bytes()).hexdigest() != old
    document = Document.open(path)
    assert dump(document) == expected
    assert document.history() == steps
    assert document.undo().title == "Fill"
    document.close()
    check_file(path)
    assert [each.name for each in path.parent.glob(".*")] == []


@pytest.mark.parametrize("fault", ["nothing", "half", "error"])
def test_a_migration_that_fails_leaves_the_old_file(document, path, fault):
    document.close()
    make_older(path)
    before = path.read_bytes()

    def half(operations):
        operations.execute("ALTER TABLE history_steps ADD COLUMN bytes INTEGER DEFAULT 0")

    def error(operations):
        raise StudioError("It cannot be done.")

    known = {"nothing": {}, "half": {OLDER: half}, "error": {OLDER: error}}[fault]
    with pytest.raises(StudioError):
        migrations.migrate(path, document.backups_folder, OLDER, known)
    assert path.read_bytes() == before
    assert list(path.parent.glob(".*")) == []


def test_every_released_version_has_a_migration():
    assert set(migrations.MIGRATIONS) == set(range(1, schema.VERSION))
