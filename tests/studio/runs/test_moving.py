"""A project can be moved with its runs: nothing in them says where they once were."""

import shutil

from studio.document import Document
from studio.runs import prepare
from studio.runs.controller import RunController
from studio.runs.run_record import load_record
from studio.runs.state import RunState
from tests.studio.runs.conftest import FAKE
from workers.contract.folder import load_job


def folder_of(document, run_id):
    return document.folder / document.query(load_record, run_id).folder


def test_a_moved_project_evaluates_and_resumes(document, options, tmp_path):
    controller = RunController(document, module=FAKE)
    trained = controller.train(options, recipe="")
    assert controller.wait(trained, timeout=120) == RunState.FINISHED
    stopped = controller.train(options, recipe="diverge")
    while not document.query(load_record, stopped).has_diverged:
        controller.wait(stopped, timeout=0.1)
    controller.stop(stopped)
    assert controller.wait(stopped, timeout=120) == RunState.STOPPED
    queued = prepare.prepare_evaluation(document, trained, "best", ("validation",))
    controller.close()
    document.close()
    place = tmp_path / "elsewhere"
    place.mkdir()
    for name in ("p.studio", "p.runs"):
        shutil.move(tmp_path / name, place / name)
    moved = Document.open(place / "p.studio")
    job = load_job(folder_of(moved, queued))
    parent = (folder_of(moved, queued) / job.parent).resolve()
    assert parent == folder_of(moved, trained).resolve()
    again = RunController(moved, module=FAKE)
    assert again.wait(queued, timeout=120) == RunState.FINISHED
    again.resume(stopped)
    while not moved.query(load_record, stopped).has_diverged:  # as it did, and from there
        again.wait(stopped, timeout=0.1)
    assert moved.query(load_record, stopped).step == 14
    again.stop(stopped)
    again.wait(stopped, timeout=120)
    again.close()
    moved.close()
