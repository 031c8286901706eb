"""Checks of maps that were captured before: a plan's samples, one after the other."""

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workers.contract.events import Finished, MapChecked, Reason, Stopped
from workers.contract.folder import Request
from workers.contract.hiding import HiddenSample, MapCheck, read_plan
from workers.contract.images import ImageProblem
from workers.contract.snapshot import SnapshotSample, read_snapshot
from workers.maps import answers, hiding
from workers.maps.reader import Reader, base_model
from workers.models.trouble import Trouble
from workers.reporting import Ending, Report

if TYPE_CHECKING:
    from torch import nn

STAGE = "Hiding patches"


@dataclass
class Passes:
    """How many edited pictures went through the model, of all."""

    report: Report
    total: int
    done: int = 0

    def tell(self, count: int) -> bool:
        """So many more are done; False when the check is to end."""
        self.done += count
        self.report.progress(STAGE, self.done, self.total)
        return not self.report.is_asked(Request.STOP)

    def leave_out(self, count: int) -> None:
        """So many will not be needed."""
        self.total -= count
        self.report.progress(STAGE, self.done, self.total)


def check_maps(report: Report, reader: Reader, check: MapCheck) -> Ending:
    """Hide each picture step by step and say how likely its words stay; a stop keeps what is done.

    A sample whose picture or words are not those of its map is left out and named.
    """
    plan = _read_plan(report, check)
    passes = Passes(report, sum(hiding.count_passes(one, check) for one in plan))
    samples = {sample.id: sample for sample in read_snapshot(report.folder)}
    problem, checked = "", 0
    with base_model(reader) if check.of_base else contextlib.nullcontext(reader.model) as model:
        for planned in plan:
            try:
                words = _check(
                    reader, model, samples.get(planned.sample_id), planned, check, passes
                )
            except ImageProblem as found:
                problem = f"Sample {planned.sample_id}: {found}."
                report.say(problem, warning=True)
                passes.leave_out(hiding.count_passes(planned, check))
                continue
            if words is None:
                return Stopped(step=checked)
            checked += 1
            report.append(words)
    if problem and not checked:
        raise Trouble(Reason.BAD_SAMPLE, problem)
    return Finished()


def _read_plan(report: Report, check: MapCheck) -> list[HiddenSample]:
    try:
        return list(read_plan(report.folder, check.plan_sha256))
    except (OSError, ValueError) as error:
        raise Trouble(
            Reason.BAD_OPTION, f"The plan of what to hide cannot be read: {error}."
        ) from error


def _check(
    reader: Reader,
    model: "nn.Module",
    sample: SnapshotSample | None,
    planned: HiddenSample,
    check: MapCheck,
    passes: Passes,
) -> MapChecked | None:
    """What a sample's check says; None when it was stopped."""
    if reader.eye is None:
        raise Trouble(
            Reason.MODEL_NOT_SUPPORTED, "This model sees no picture that could be hidden."
        )
    if sample is None:
        raise ImageProblem("it is not in the snapshot")
    written = answers.write(reader, sample)
    words = hiding.check_sample(model, reader.eye.sight, written, planned, check, passes.tell)
    if words is None:
        return None
    return MapChecked(
        sample_id=sample.id,
        map_sha256=planned.map_sha256,
        look=check.look,
        words=tuple(words),
    )
