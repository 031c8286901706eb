"""The one door: signals, threads, closing, and undo under random use."""

import tempfile
import threading
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from sqlalchemy import insert

from studio.document import Changes, Document
from studio.errors import StudioError
from studio.project import edits, queries, schema


def add_samples(connection, count):
    connection.execute(
        insert(schema.samples),
        [{"id": n, "key": f"{n:06d}", "label_id": 1 + n % 2} for n in range(1, count + 1)],
    )
    connection.execute(
        insert(schema.captions),
        [
            {"sample_id": n, "text": f"scene {n}", "origin": "import", "written_at": 1.0}
            for n in range(1, count + 1)
        ],
    )


@pytest.fixture
def document(tmp_path):
    made = Document.create(tmp_path / "p.studio")
    made.edit("Add samples", add_samples, 500)
    yield made
    made.close()


def test_a_new_project_has_its_labels_and_places(tmp_path):
    document = Document.create(tmp_path / "my street.studio")
    labels = document.query(queries.label_rows)
    assert [(label.name, label.key) for label in labels] == [
        ("dangerous", "1"),
        ("safe", "2"),
        ("unsure", "3"),
    ]
    assert document.name == "my street"
    assert document.folder == tmp_path
    assert document.runs_folder == tmp_path / "my street.runs"
    assert document.writable
    assert document.history() == []
    assert document.undo() is None
    assert document.redo() is None
    document.close()
    with pytest.raises(StudioError, match="exists already"):
        Document.create(tmp_path / "my street.studio")


def test_each_change_is_told_once_with_the_tables_it_touched(document):
    told = []
    document.changed.connect(told.append)
    document.edit("Label", edits.set_label, [1], 3)
    document.edit("Nothing", edits.set_label, [1], 3)
    document.edit("Delete", edits.delete_samples, [2])
    document.undo()
    document.redo()
    document.record(lambda connection: None, run_id=4, tables=("metrics",))
    document.record(lambda connection: None)
    steps = "history_steps"
    assert told == [
        Changes(frozenset({"samples", steps}), "Label"),
        Changes(frozenset({"samples", "captions", steps}), "Delete"),
        Changes(frozenset({"samples", "captions", steps}), "Undo: Delete"),
        Changes(frozenset({"samples", "captions", steps}), "Redo: Delete"),
        Changes(frozenset({"metrics"}), run_id=4),
    ]


def test_what_is_recorded_is_no_step_of_undo(document):
    document.record(edits.set_label, [1], 3)
    assert [step.title for step in document.history()] == ["Add samples"]


def test_reads_do_not_wait_for_a_long_edit_in_another_thread(document):
    inside, go_on = threading.Event(), threading.Event()

    def slow(connection):
        edits.relabel_query(connection, "", 3)
        inside.set()
        go_on.wait(30)

    thread = threading.Thread(target=document.edit, args=("Slow", slow))
    thread.start()
    assert inside.wait(30)
    assert document.busy
    started = time.monotonic()
    assert document.query(queries.count, "label:unsure") == 0
    assert len(document.history()) == 1
    assert time.monotonic() - started < 5
    go_on.set()
    thread.join()
    assert not document.busy
    assert document.query(queries.count, "label:unsure") == 500


def test_edits_from_many_threads_are_each_one_step(document):
    def edit(number):
        for each in range(5):
            document.edit(f"{number}.{each}", edits.write_caption, number, f"text {each}")
            assert document.query(queries.sample_rows, [number])[0].caption == f"text {each}"

    threads = [threading.Thread(target=edit, args=(n,)) for n in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    steps = document.history()
    assert len(steps) == 41
    assert {step.title for step in steps[:-1]} == {
        f"{n}.{e}" for n in range(1, 9) for e in range(5)
    }


def test_a_closed_project_says_so(document):
    document.close()
    document.close()
    for use in (
        document.history,
        document.undo,
        lambda: document.edit("x", edits.set_label, [], 1),
    ):
        with pytest.raises(StudioError, match="closed"):
            use()


def test_the_last_edit_is_known_after_a_restart(document):
    before = time.time()
    document.edit("Label 1", edits.set_label, [1], 3)
    path = document.path
    document.close()
    reopened = Document.open(path)
    last = reopened.history()[0]
    assert last.title == "Label 1"
    assert before - 1 <= last.made_at <= time.time() + 1
    reopened.close()


def state_of(document):
    tables = (schema.samples, schema.captions, schema.caption_revisions, schema.labels)
    return document.query(
        lambda connection: [
            connection.execute(table.select().order_by(table.c.id)).all() for table in tables
        ]
    )


SAMPLES = st.lists(st.integers(1, 12), max_size=4)
LABELS = st.sampled_from([1, 2, 3, None])


class RandomUse(RuleBasedStateMachine):
    """Whatever is done, undo and redo walk along the states that were seen."""

    @initialize()
    def start(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "p.studio"
        self.document = Document.create(self.path)
        self.states = [state_of(self.document)]
        self.at = 0
        self.edit(add_samples, 12)

    def edit(self, function, *arguments):
        steps = len([step for step in self.document.history() if not step.undone])
        self.document.edit("Step", function, *arguments)
        if len([step for step in self.document.history() if not step.undone]) > steps:
            del self.states[self.at + 1 :]
            self.states.append(state_of(self.document))
            self.at += 1
        self.check()

    def check(self):
        assert state_of(self.document) == self.states[self.at]

    @rule(ids=SAMPLES, label=LABELS)
    def label(self, ids, label):
        self.edit(edits.set_label, ids, label)

    @rule(sample=st.integers(1, 12), text=st.text(st.characters(codec="utf-8"), max_size=20))
    def write(self, sample, text):
        if self.document.query(queries.sample_rows, [sample]):
            self.edit(edits.write_caption, sample, text)

    @rule(ids=SAMPLES)
    def delete(self, ids):
        self.edit(edits.delete_samples, ids)

    @rule(find=st.sampled_from(["scene", "1", "e"]), replace=st.text("ab雨", max_size=3))
    def replace(self, find, replace):
        self.edit(edits.replace_in_captions, "", find, replace)

    @rule(label=LABELS)
    def relabel(self, label):
        self.edit(edits.relabel_query, "label:safe", label)

    @rule(times=st.integers(1, 4))
    def undo(self, times):
        for _ in range(times):
            walked = self.document.undo()
            assert (walked is None) == (self.at == 0)
            self.at = max(self.at - 1, 0)
        self.check()

    @rule(times=st.integers(1, 4))
    def redo(self, times):
        for _ in range(times):
            walked = self.document.redo()
            assert (walked is None) == (self.at == len(self.states) - 1)
            self.at = min(self.at + 1, len(self.states) - 1)
        self.check()

    @rule()
    def reopen(self):
        self.document.close()
        self.document = Document.open(self.path)
        self.check()

    def teardown(self):
        if hasattr(self, "document"):
            self.document.close()
            self.folder.cleanup()


TestRandomUse = RandomUse.TestCase
TestRandomUse.settings = settings(
    max_examples=15,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
