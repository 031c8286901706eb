"""Reading a project leaves nothing beside it, and takes nothing from whoever writes to it."""

from studio.document import Document
from studio.project import edits, queries


def beside(path):
    return sorted(each.name for each in path.parent.iterdir() if each.name.startswith(path.name))


def test_reading_a_closed_project_leaves_one_file(document, path):
    document.close()
    reader = Document.open(path, read_only=True)
    assert reader.query(queries.count, "") > 0
    reader.close()
    assert beside(path) == [path.name]


def test_a_reader_that_closes_leaves_the_writer_what_it_writes_to(document, path):
    reader = Document.open(path)
    assert not reader.writable
    reader.close()
    document.edit("Label", edits.set_label, [1], 3)
    again = Document.open(path, read_only=True)
    assert again.history()[0].title == "Label"
    again.close()
    document.undo()
    document.close()
    assert beside(path) == [path.name]
