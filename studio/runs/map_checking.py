"""Checks of captured maps: what is hidden of which pictures, frozen as a job."""

import hashlib
from dataclasses import dataclass

from studio.document import Document
from studio.errors import StudioError
from studio.runs import keeping
from studio.runs.prepare import parent_folder, record_run
from studio.runs.samples import snapshot_of
from workers.contract.hiding import PLAN, HiddenSample, MapCheck, plan_bytes
from workers.contract.job import AttentionJob, Job


@dataclass(frozen=True)
class CheckWish:
    """Maps of the training `run_id` at the checkpoint of a step, and what is hidden for each.

    `look` names the layers and heads that the order of hiding is of; with `of_base` the model as
    it was before training is asked.
    """

    run_id: int
    step: int
    look: str
    steps: int
    samples: tuple[HiddenSample, ...]
    of_base: bool = False


def prepare_check(document: Document, wish: CheckWish) -> int:
    """Freeze a check: job, snapshot and plan; StudioError when there is nothing to hide."""
    keeping.restore_checkpoint(document, wish.run_id)
    parent = parent_folder(document, wish.run_id)
    known = document.query(snapshot_of, [one.sample_id for one in wish.samples])
    pictured = {one.id for one in known if one.image and one.image_width}
    planned = [one for one in wish.samples if one.sample_id in pictured]
    if not planned:
        raise StudioError("None of these maps is of a picture that could be hidden.")
    plan = plan_bytes(planned)
    check = MapCheck(
        plan_sha256=hashlib.sha256(plan).hexdigest(),
        look=wish.look,
        steps=wish.steps,
        of_base=wish.of_base,
    )

    def make_job(token: str, digest: str) -> Job:
        return AttentionJob(
            token=token,
            parent=parent,
            checkpoint=str(wish.step),
            snapshot_sha256=digest,
            check=check,
        )

    samples = [one for one in known if one.id in pictured]
    name = f"Check of run {wish.run_id}"
    return record_run(
        document, make_job, samples, parent_id=wish.run_id, name=name, files={PLAN: plan}
    )
