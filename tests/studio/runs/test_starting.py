"""Going on from another run: what is copied, what is refused, and what the line of runs says."""

import os
import shutil

import pytest

from studio.errors import StudioError
from studio.runs import lineage
from studio.runs.ingest import replay
from studio.runs.run_record import load_record
from studio.runs.starting import start_problem
from studio.runs.state import RunState
from workers.contract import folder as run_folder
from workers.contract.folder import load_job
from workers.contract.options import with_values


@pytest.fixture
def parent(controller, options):
    run_id = controller.train(options, recipe="")
    assert controller.wait(run_id, timeout=20) == RunState.FINISHED
    return run_id


def folder_of(document, run_id):
    return document.folder / document.query(load_record, run_id).folder


def delete_for_good(controller, run_id):
    controller.trash(run_id)
    assert controller.empty_trash() == 1


def test_a_start_is_a_checked_copy_that_outlives_the_parent(controller, document, options, parent):
    child = controller.train(options, recipe="", start_from=parent, start=False)
    record = document.query(load_record, child)
    assert record.parent_id == record.parent_run_id == parent
    assert record.labels == ("dangerous", "safe")
    start = load_job(folder_of(document, child)).start
    assert (start.step, start.epochs, start.keeps_optimizer) == (30, 3, False)
    assert start.token == document.query(load_record, parent).token
    copied = folder_of(document, child) / run_folder.START
    newest = run_folder.checkpoint_folder(folder_of(document, parent), 30)
    assert os.path.samefile(copied / "adapter.safetensors", newest / "adapter.safetensors")
    delete_for_good(controller, parent)
    assert (copied / "adapter.safetensors").read_bytes() == b"weights of step 30"
    assert controller.wait(child, timeout=20) == RunState.FINISHED
    (gone, here) = lineage.lineage(document, child)
    assert (gone.run_id, gone.name, gone.cumulative_epochs) == (None, f"Run {parent}", 3)
    assert (here.run_id, here.epochs, here.cumulative_epochs) == (child, 3, 6)
    replay(document, child)
    assert document.query(load_record, child).state == RunState.FINISHED


def test_one_and_one_and_three_epochs_are_five_in_all(controller, document, options, parent):
    second = controller.train(
        with_values(options, {"epochs": 1}), recipe="", start_from=parent, keeps_optimizer=True
    )
    controller.wait(second, timeout=20)
    third = controller.train(options, recipe="", start_from=second)
    other = controller.train(options, recipe="", start_from=parent, start_checkpoint="20")
    controller.wait(other, timeout=30)
    chain = lineage.lineage(document, third)
    assert [(one.run_id, one.epochs, one.cumulative_epochs) for one in chain] == [
        (parent, 3, 3),
        (second, 1, 4),
        (third, 3, 7),
    ]
    assert [one.keeps_optimizer for one in chain] == [False, True, False]
    assert chain[0].children == (second, other)
    assert lineage.sentence(chain) == (
        f"Run {parent} · 3 epochs → Run {second} · 1 epoch → Run {third} · 3 epochs: "
        "7 epochs in all"
    )
    early = lineage.lineage(document, other)
    assert [(one.epochs, one.cumulative_epochs) for one in early] == [(2, 2), (3, 5)]
    family = lineage.family(document, other)
    assert [(one.run_id, one.depth) for one in family] == [
        (parent, 0),
        (second, 1),
        (third, 2),
        (other, 1),
    ]
    assert family[0].epochs == 3
    assert lineage.sentence(lineage.lineage(document, parent)) == ""


def test_another_base_model_is_refused_with_both_names(controller, document, options, parent):
    other = document.folder / "other-model"
    shutil.copytree(options.base_model, other)
    changed = with_values(options, {"base_model": str(other)})
    with pytest.raises(StudioError, match="trained model; these options are for other-model"):
        controller.train(changed, recipe="", start_from=parent)
    assert "other-model" in start_problem(document, parent, changed)
    assert start_problem(document, parent, options) == ""


def test_another_adapter_shape_is_refused_by_its_option(controller, options, parent):
    changed = with_values(options, {"adapter.rank": 40})
    with pytest.raises(StudioError, match=r"has adapter\.rank 8, these options 40") as refused:
        controller.train(changed, recipe="", start_from=parent)
    assert "Set adapter.rank as in run" in refused.value.advice


def test_what_cannot_be_started_from_says_why(controller, document, options, parent):
    with pytest.raises(StudioError, match="There is no run 99"):
        controller.train(options, recipe="", start_from=99)
    waiting = controller.train(options, recipe="", start=False)
    with pytest.raises(StudioError, match="has not ended"):
        controller.train(options, recipe="", start_from=waiting)
    with pytest.raises(StudioError, match="No checkpoint “7” here; steps saved: 10, 20, 30"):
        controller.train(options, recipe="", start_from=parent, start_checkpoint="7")
    controller.trash(parent)
    with pytest.raises(StudioError, match="is in the trash"):
        controller.train(options, recipe="", start_from=parent)
    assert len(list(document.runs_folder.iterdir())) == 2


def test_a_start_is_restored_from_the_project_but_not_its_optimizer(
    controller, document, options, parent
):
    shutil.rmtree(folder_of(document, parent))
    with pytest.raises(StudioError, match="kept its weights but not its optimizer"):
        controller.train(options, recipe="", start_from=parent, keeps_optimizer=True)
    child = controller.train(options, recipe="", start_from=parent)
    copied = folder_of(document, child) / run_folder.START
    assert (copied / "adapter.safetensors").read_bytes() == b"weights of step 30"


def test_a_damaged_start_is_refused_and_leaves_no_run(controller, document, options, parent):
    newest = run_folder.checkpoint_folder(folder_of(document, parent), 30)
    (newest / "adapter.safetensors").write_bytes(b"something else")
    with pytest.raises(StudioError, match=r"adapter\.safetensors is not what was saved"):
        controller.train(options, recipe="", start_from=parent)
    assert len(list(document.runs_folder.iterdir())) == 1
    with pytest.raises(StudioError, match="no run"):
        document.query(load_record, parent + 1)


def test_a_continued_run_is_evaluated_after_its_folder_is_gone(
    controller, document, options, parent
):
    child = controller.train(options, recipe="", start_from=parent)
    controller.wait(child, timeout=20)
    shutil.rmtree(folder_of(document, child))
    measured = controller.evaluate(child)
    assert controller.wait(measured, timeout=20) == RunState.FINISHED
    assert document.query(load_record, measured).owner_id == child
