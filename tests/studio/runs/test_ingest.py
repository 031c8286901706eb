"""Journals into rows: odd, damaged, repeated and foreign lines."""

import math

import pytest

from studio.runs.ingest import BYTES_AT_ONCE, ingest, replay
from studio.runs.run_record import load_record
from studio.runs.state import LastWord
from tests.studio.runs.run_questions import all_rows, losses
from workers.contract import events
from workers.contract.journal import JournalWriter


@pytest.fixture
def run_id(controller, document, options):
    """A queued run whose journal these tests write themselves."""
    return controller.train(options, recipe="", start=False)


@pytest.fixture
def journal(document, run_id):
    return document.folder / document.query(load_record, run_id).folder / "events.jsonl"


def stepped(step, loss):
    return events.Stepped(step=step, epoch=step / 10, metrics={"train/loss": loss})


def write(journal, *said):
    with JournalWriter(journal) as writer:
        for event in said:
            writer.append(event)


def test_good_lines_before_and_after_garbage_are_kept_and_the_bad_ones_counted(
    document, run_id, journal
):
    write(journal, stepped(1, 0.5))
    with journal.open("ab") as file:
        file.write(b"\xff\xfe\x00 not utf-8\n")
        file.write(b"[" * 100_000 + b"\n")
        file.write(b'{"kind": "stepped", "step": 99}\n')
        file.write(b"\x1b[31mred\x1b[0m\n")
        file.write(b"x" * (BYTES_AT_ONCE + 1000) + b"\n")
    write(journal, stepped(2, 0.25))
    ingest(document, run_id)
    assert losses(document, run_id) == [(1, 0.5), (2, 0.25)]
    damaged = document.query(
        lambda c: c.exec_driver_sql("SELECT journal_damaged FROM runs").scalar()
    )
    assert damaged == 5


def test_an_unfinished_line_waits_for_its_end(document, run_id, journal):
    write(journal, stepped(1, 0.5), stepped(2, 0.25))
    whole = journal.read_bytes()
    journal.write_bytes(whole[:-7])
    ingest(document, run_id)
    assert losses(document, run_id) == [(1, 0.5)]
    journal.write_bytes(whole)
    ingest(document, run_id)
    assert losses(document, run_id) == [(1, 0.5), (2, 0.25)]


def test_steps_told_again_after_a_resume_replace_the_old_ones(document, run_id, journal):
    write(journal, *(stepped(step, 1.0) for step in (1, 2, 3)))
    ingest(document, run_id)
    write(journal, events.Resumed(step=1), *(stepped(step, 0.5) for step in (2, 3, 4)))
    ingest(document, run_id)
    assert losses(document, run_id) == [(1, 1.0), (2, 0.5), (3, 0.5), (4, 0.5)]


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_becomes_null_and_never_0(document, run_id, journal, loss):
    write(journal, stepped(1, loss), stepped(2, 0.0))
    ingest(document, run_id)
    assert losses(document, run_id) == [(1, None), (2, 0.0)]


def test_reading_in_small_parts_or_at_once_gives_the_same_rows(document, run_id, journal):
    for step in range(1, 40):
        write(journal, stepped(step, 1 / step))
        if step % 3 == 0:
            ingest(document, run_id)
    ingest(document, run_id)
    before = all_rows(document, run_id)
    replay(document, run_id)
    assert all_rows(document, run_id) == before
    assert len(losses(document, run_id)) == 39


def test_a_pause_with_its_reason_is_the_last_word_until_it_goes_on(document, run_id, journal):
    write(
        journal,
        stepped(4, 0.1),
        events.Paused(step=5, reason=events.Reason.DIVERGED, sample_ids=(3, 4), message="NaN."),
    )
    assert ingest(document, run_id).last_word == LastWord.PAUSED
    record = document.query(load_record, run_id)
    assert record.summary["paused"]["sample_ids"] == [3, 4]
    assert record.message == "NaN."
    write(journal, events.Resumed(step=5))
    assert ingest(document, run_id).last_word == LastWord.GOING
    assert document.query(load_record, run_id).message == ""


def test_a_map_outside_the_run_s_folder_or_changed_is_left_out(document, run_id, journal):
    (document.folder / "outside.safetensors").write_bytes(b"secret")
    (journal.parent / "changed.safetensors").write_bytes(b"changed")
    write(
        journal,
        events.MapCaptured(sample_id=1, path="../../outside.safetensors", sha256="0" * 64),
        events.MapCaptured(sample_id=1, path="changed.safetensors", sha256="0" * 64),
    )
    assert ingest(document, run_id).events == 2
    count = document.query(
        lambda c: c.exec_driver_sql("SELECT count(*) FROM attention_maps").scalar()
    )
    assert count == 0
