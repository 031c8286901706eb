"""Checks beside a map: frozen as a job, told by its journal, shown for the word they are of."""

import json

import pytest

from studio.attention import hiding
from studio.attention.look import Look, Side
from studio.attention.reduce import Over, Reduction
from studio.errors import StudioError
from studio.project import map_queries
from studio.project.schema import map_checks
from studio.runs import ingest, map_checking
from studio.runs.run_record import load_record
from studio.ui.attention import query_facts
from studio.ui.attention.check_view import CheckShown, Going, verdict_words
from workers.contract import folder
from workers.contract.events import MapChecked, Progressed
from workers.contract.hiding import CheckedWord, read_plan
from workers.contract.job import AttentionJob
from workers.contract.journal import JournalWriter

LAST = Reduction(Over.LAYER, 5)


@pytest.fixture
def page(picture_page):
    return picture_page


def plan(page, look):
    planned = hiding.plan_sample(page.view.found, page.view.words, [look])
    return query_facts.make_wish(page.run_id, page.view.found.provenance.step, look, [planned])


def curve(start, end):
    step = (end - start) / hiding.STEPS
    return tuple(round(start + place * step, 4) for place in range(hiding.STEPS + 1))


def checked(word, *, good=True):
    fast = (0.9, *[0.1] * hiding.STEPS)
    own = fast if good else curve(0.9, 0.1)
    return CheckedWord(
        text=word.text,
        rows=word.rows,
        deletion=own,
        insertion=own[::-1],
        chance=(curve(0.9, 0.1), curve(0.8, 0.1)),
    )


def run_check(page, look, *, good=True):
    """What a worker would say of the looked-at word, taken in."""
    wish = plan(page, look)
    run_id = map_checking.prepare_check(page.document, wish)
    place = page.document.folder / page.document.query(load_record, run_id).folder
    (sample,) = wish.samples
    words = tuple(checked(word, good=good) for word in sample.words)
    with JournalWriter(place / folder.JOURNAL) as journal:
        journal.append(Progressed(stage="Hiding patches", done=3, total=51))
        said = MapChecked(
            sample_id=sample.sample_id, map_sha256=sample.map_sha256, look=wish.look, words=words
        )
        journal.append(said)
    ingest.ingest(page.document, run_id)
    return run_id


def taxi(page, **changes):
    place = next(at for at, word in enumerate(page.view.words) if word.text == "taxicab")
    return Look(place, LAST, **changes)


def test_a_check_is_frozen_with_its_plan(page):
    wish = plan(page, taxi(page))
    run_id = map_checking.prepare_check(page.document, wish)
    record = page.document.query(load_record, run_id)
    job = record.job
    assert isinstance(job, AttentionJob)
    assert (record.kind, record.parent_id, job.checkpoint) == ("attend", page.run_id, "12")
    assert job.check.look == "tuned, layer 5, all heads"
    (sample,) = read_plan(page.document.folder / record.folder, job.check.plan_sha256)
    assert [word.text for word in sample.words] == ["taxicab"]
    assert sample.words[0].rows == (2, 3)
    assert max(sample.words[0].steps) == hiding.STEPS - 1
    with pytest.raises(StudioError, match="None of these maps"):
        map_checking.prepare_check(
            page.document, query_facts.make_wish(page.run_id, 12, Look(), [])
        )


def test_the_looked_at_word_shows_its_check_and_others_do_not(page, qtbot):
    look = taxi(page)
    page.want(look)
    assert page.dock.check.check.text() == "Check this map"
    run_check(page, look)
    qtbot.waitUntil(lambda: bool(page.view.checks), timeout=5000)
    view = page.dock.check
    assert view.curves.isVisible()
    assert view.sentence.text().startswith("Hiding takes “taxicab” away faster than all 2 random")
    assert "(chance .4" in view.curves.accessibleDescription()
    page.choose_head(5, 1)
    assert not view.curves.isVisible()
    page.want(taxi(page, side=Side.BASE))
    assert not view.curves.isVisible()
    page.want(taxi(page, side=Side.DIFFERENCE))  # checked as the tuned model's
    assert view.curves.isVisible()
    page.step_word(1)
    assert not view.curves.isVisible()


def test_a_map_no_better_than_chance_is_called_so(page, qtbot):
    page.want(taxi(page))
    run_check(page, taxi(page), good=False)
    qtbot.waitUntil(lambda: bool(page.view.checks), timeout=5000)
    assert page.dock.check.sentence.text().startswith("No better than chance: ")
    assert "0 of 2 random orders" in page.dock.check.sentence.text()
    unlikely = hiding.Judged("left", 0.001, 0.002, 0.001, 2, 2)
    assert "too unlikely" in verdict_words(unlikely)


def test_replaying_a_journal_brings_the_same_check_back(page):
    run_id = run_check(page, taxi(page))
    before = page.document.query(map_queries.map_checks_of, page.run_id)
    page.document.record(lambda connection: connection.execute(map_checks.delete()))
    ingest.replay(page.document, run_id)
    assert page.document.query(map_queries.map_checks_of, page.run_id) == before
    assert [row.run_id for row in before] == [run_id]
    assert page.document.query(map_queries.map_checks_of, page.run_id, [-1]) == []
    page.controller.trash(run_id)
    assert page.document.query(map_queries.map_checks_of, page.run_id) == []


def test_a_check_tells_how_far_it_is_and_can_be_cancelled(page):
    view = page.dock.check
    stopped = []
    view.cancelled.connect(lambda: stopped.append(True))
    view.show_check(CheckShown("taxicab", going=Going("Hiding patches", 12, 51)))
    assert view.progress.isVisible()
    assert view.progress.count.text() == "12 of 51"
    assert not view.check.isVisible()
    view.progress.cancel.click()
    assert stopped == [True]
    view.show_check(CheckShown("taxicab", going=Going()))
    assert view.progress.name.text() == "Waiting for other runs"
    view.show_check(CheckShown("taxicab", problem="The model is gone."))
    assert view.sentence.text() == "The model is gone."
    view.show_check(CheckShown("taxicab", why_not="Stale."))
    assert not view.check.isEnabled()


def test_the_progress_of_a_check_comes_from_its_run(page):
    page.checks.run_id = run_check(page, taxi(page))
    page.checks.refresh()
    assert page.dock.check.shown.going == Going("Hiding patches", 3, 51)
    assert page.over.panel.check_progress.isVisibleTo(page.over.panel)
    row = page.document.query(load_record, page.checks.run_id).summary
    assert json.loads(json.dumps(row))["progress"]["total"] == 51
