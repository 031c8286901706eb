"""Attention maps: the same tokens read by the base weights and by the tuned ones; or checks of
such maps, by hiding what was read.
"""

import hashlib
import json
import sys

from workers import reporting
from workers.contract import folder
from workers.contract.events import Finished, MapCaptured, Reason, Stopped
from workers.contract.folder import MAPS, Request
from workers.contract.images import ImageProblem
from workers.contract.job import AttentionJob
from workers.contract.snapshot import SnapshotSample, read_snapshot
from workers.maps import answers, captions, checking
from workers.maps.reader import Reader, load_reader
from workers.models.trouble import Trouble


def attend(report: reporting.Report) -> reporting.Ending:
    """Write maps/<sample>.safetensors for each sample, or check maps; a stop keeps what is done."""
    job = report.job
    assert isinstance(job, AttentionJob)
    reader = load_reader((report.folder / job.parent).resolve(), job.checkpoint)
    if job.check is not None:
        return checking.check_maps(report, reader, job.check)
    samples = _with_words_to_read(report, reader, list(read_snapshot(report.folder)))
    (report.folder / MAPS).mkdir(exist_ok=True)
    report.say(f"Samples to capture: {len(samples)}; checkpoint of step {reader.step}.")
    problem = ""
    for done, sample in enumerate(samples, start=1):
        if report.is_asked(Request.STOP):
            return Stopped(step=done - 1)
        try:
            _write(report, sample.id, capture_sample(reader, sample))
        except ImageProblem as found:
            problem = f"{found}."
            report.say(problem, warning=True)
        report.progress("attention", done, len(samples))
    if problem and not any((report.folder / MAPS).iterdir()):
        raise Trouble(Reason.BAD_SAMPLE, problem)
    return Finished()


def _write(report: reporting.Report, sample_id: int, content: bytes) -> None:
    path = f"{MAPS}/{sample_id}.safetensors"
    folder.replace_file(report.folder / path, content)
    digest = hashlib.sha256(content).hexdigest()
    report.append(MapCaptured(sample_id=sample_id, path=path, sha256=digest))


def capture_sample(reader: Reader, sample: SnapshotSample) -> bytes:
    """The map file of one sample: its arrays as bytes of shares, and provenance."""
    from safetensors.numpy import save

    of_answers = reader.job.options.task.writes
    arrays, provenance = (answers if of_answers else captions).capture(reader, sample)
    return save(arrays, {"provenance": json.dumps(provenance, ensure_ascii=False, sort_keys=True)})


def _with_words_to_read(
    report: reporting.Report, reader: Reader, samples: list[SnapshotSample]
) -> list[SnapshotSample]:
    """The samples that can be captured: a language model's rows are those of a given answer."""
    if not reader.job.options.task.writes:
        return samples
    kept = [sample for sample in samples if answers.answer_of(reader, sample)]
    if samples and not kept:
        raise Trouble(
            Reason.BAD_SAMPLE,
            "None of the samples has an answer, and its words are what the map is of. "
            "Give them a label or an answer first.",
        )
    if len(kept) < len(samples):
        report.say(f"Samples left out, without an answer: {len(samples) - len(kept)}.")
    return kept


def main(argv: list[str]) -> int:
    """Do the job in the folder that is named."""
    return reporting.run_job(argv, attend)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
