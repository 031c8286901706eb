"""Export: a checkpoint as a folder for others, handed over only when a clean process agrees."""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workers import prove, reporting
from workers.contract import folder
from workers.contract.events import Exported, Finished, Reason, Stopped
from workers.contract.folder import Request
from workers.contract.job import ExportJob, TrainingJob
from workers.contract.options import Precision, QuantisationKind, with_values
from workers.contract.snapshot import read_snapshot
from workers.exporting import folder as exported
from workers.exporting import questions
from workers.exporting.folder import MANIFEST, Proof
from workers.models import adapters, arms, causal, checkpoints, loading
from workers.models.trouble import Trouble

if TYPE_CHECKING:
    from torch import nn
    from transformers import PreTrainedTokenizerBase

STAGES = ("write", "load", "compare", "hash")
_POLL_SECONDS = 0.1


class CancelledError(Exception):
    """A stop was asked for before the folder was handed over."""


def export(report: reporting.Report) -> reporting.Ending:
    """Write aside, prove, then rename: the destination is complete and proven, or not there."""
    job = report.job
    assert isinstance(job, ExportJob)
    destination = Path(job.destination)
    refuse_taken(destination)
    parent = (report.folder / job.parent).resolve()
    trained = arms.read_run(parent, job.checkpoint)[0]
    exported.refuse_own_code(trained)
    exported.refuse_eyes(trained)
    try:
        with folder_aside(destination) as aside:
            proof, base = _write_and_prove(report, job, aside)
            exported.write_card(aside, job.model_card, base, proof, merged=job.merged)
            report.progress("hash", 0, 1)
            files = write_manifest(aside)
            _refuse_stop(report)
            hand_over(aside, destination)
    except CancelledError:
        return Stopped(step=0)
    report.progress("hash", 1, 1)
    report.append(
        Exported(
            path=str(destination),
            max_logit_difference=proof.largest_difference,
            samples=proof.samples,
            files=files,
        )
    )
    return Finished()


def _write_and_prove(
    report: reporting.Report, job: ExportJob, aside: Path
) -> tuple[Proof, TrainingJob]:
    report.progress("write", 0, 1)
    model, tokenizer, base = _load(job, (report.folder / job.parent).resolve())
    if not job.merged:
        exported.refuse_adapter_of_whole(base)
    asked = questions.of_run(model, tokenizer, base, read_snapshot(report.folder))
    if not asked:
        raise Trouble(Reason.BAD_SAMPLE, "There is no sample to compare the answers on.")
    expected = []
    for question in asked:
        expected.append(questions.logits_of(model, question))
        _refuse_stop(report)
    exported.write_weights(aside, model, tokenizer, base, merged=job.merged)
    report.progress("write", 1, 1)
    weights = str(loading.find_weights(base.base_model))
    found = ask_clean_process(report, aside, [question.given for question in asked], weights)
    return compare(expected, found, questions.limit_of(base)), base


def _load(
    job: ExportJob, parent: Path
) -> tuple["nn.Module", "PreTrainedTokenizerBase", TrainingJob]:
    """The model of the run. A merged one needs full weights, whatever the run kept frozen."""
    model, tokenizer, base = loading.load_trained(parent, job.checkpoint)
    quantised = base.options.quantisation.kind != QuantisationKind.NONE
    if not job.merged:
        if quantised:
            loading.choose_kernels(model, fastest=True)  # as whoever loads the folder will have it
        return model, tokenizer, base
    of_answers = base.options.task.writes
    if not quantised and not (of_answers and base.options.precision != Precision.FP32):
        return model, tokenizer, base
    full = {"quantisation.kind": QuantisationKind.NONE.value}
    if of_answers:
        full["precision"] = Precision.FP32.value
    plain = with_values(base.options, full)
    if of_answers:
        model, tokenizer = causal.load_language_model(base.base_model, plain)
    else:
        model, tokenizer = loading.load_classifier(base.base_model, base.labels, plain)
    model = adapters.prepare(model, plain)
    step = folder.chosen_step(parent, job.checkpoint)
    checkpoints.load_weights(model, folder.checkpoint_folder(parent, step))
    return model.requires_grad_(False).eval(), tokenizer, base


def ask_clean_process(
    report: reporting.Report, place: Path, texts: Sequence[questions.Given], base: str
) -> list[list[float]]:
    """The logits of an isolated Python that knows the folder, transformers and peft alone."""
    environment = os.environ | {
        "BASE_MODEL": base,
        "HF_HUB_OFFLINE": "1",
        "TORCHDYNAMO_DISABLE": "1",  # as in the worker itself
        "OMP_NUM_THREADS": str(report.threads),
        "MKL_NUM_THREADS": str(report.threads),
    }
    with tempfile.TemporaryDirectory(prefix="traffic-studio-proof-") as elsewhere:
        said, complaints = Path(elsewhere) / "said", Path(elsewhere) / "complaints"
        asked = Path(elsewhere) / "asked"
        asked.write_text(json.dumps(texts))
        with asked.open("rb") as texts_in, said.open("wb") as out, complaints.open("wb") as err:
            process = subprocess.Popen(
                [sys.executable, "-I", str(Path(prove.__file__).resolve()), str(place.resolve())],
                cwd=elsewhere,
                env=environment,
                stdin=texts_in,
                stdout=out,
                stderr=err,
            )
            try:
                _follow(report, process, said, len(texts))
            finally:
                process.kill()
                process.wait()
        return _read_logits(said, complaints, len(texts))


def compare(
    expected: list[list[float]], found: list[list[float]], limit: float = questions.LIMIT
) -> Proof:
    """The largest difference of any logit; Trouble when it is beyond the limit."""
    pairs = zip(expected, found, strict=True)
    differences = [abs(ours - theirs) for rows in pairs for ours, theirs in zip(*rows, strict=True)]
    # A comparison with "not a number" is never true: this catches it as too large.
    if not all(difference <= limit for difference in differences):
        largest = max(differences)
        raise Trouble(
            Reason.NOT_PROVEN,
            f"Loaded, but the answers differ by {largest:.2g} (limit {_power(limit)}). "
            "Nothing was handed over.",
        )
    return Proof(max(differences), len(expected))


def refuse_taken(destination: Path) -> None:
    """An export never overwrites: the folder is new or empty."""
    if destination.is_dir() and not any(destination.iterdir()):
        return
    if destination.exists() or destination.is_symlink():
        raise Trouble(
            Reason.BAD_OPTION, f"“{destination}” exists and is not empty. Choose another folder."
        )


@contextlib.contextmanager
def folder_aside(destination: Path) -> Iterator[Path]:
    """A hidden folder beside the destination, gone afterwards unless it was handed over."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    aside = destination.with_name(f".{destination.name}.{uuid.uuid4().hex[:12]}")
    aside.mkdir()
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def write_manifest(place: Path) -> dict[str, str]:
    """The sha256 of every file, also written as manifest.json."""
    files = sorted(path for path in place.rglob("*") if path.is_file())
    digests = {path.relative_to(place).as_posix(): _digest(path) for path in files}
    (place / MANIFEST).write_text(json.dumps({"format": 1, "sha256": digests}, indent=1) + "\n")
    return digests


def hand_over(aside: Path, destination: Path) -> None:
    """Everything to the disk, then one rename."""
    for path in (*aside.rglob("*"), aside):
        _sync(path)
    if destination.is_dir():
        destination.rmdir()
    aside.rename(destination)
    _sync(destination.parent)


def _follow(
    report: reporting.Report, process: subprocess.Popen[bytes], said: Path, count: int
) -> None:
    report.progress("load", 0, 1)
    told = 0
    while process.poll() is None:
        lines = said.read_bytes().count(b"\n")
        if lines and not told:
            report.progress("load", 1, 1)
        if lines > told:
            told = lines
            report.progress("compare", min(lines - 1, count), count)
        _refuse_stop(report)
        time.sleep(_POLL_SECONDS)
    if not told:
        report.progress("load", 1, 1)
    report.progress("compare", count, count)


def _read_logits(said: Path, complaints: Path, count: int) -> list[list[float]]:
    rows = [json.loads(line) for line in said.read_bytes().splitlines()]
    if len(rows) != count + 2:
        lines = complaints.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
        raise Trouble(
            Reason.NOT_PROVEN,
            f"The folder could not be loaded in a clean process: {lines[-1]}. "
            "Nothing was handed over.",
        )
    if rows[-1]:
        raise Trouble(Reason.NOT_PROVEN, f"The clean process was not clean: it knew {rows[-1]}.")
    return rows[1:-1]


def _power(limit: float) -> str:
    return f"{limit:.0e}".replace("e-0", "e-")


def _refuse_stop(report: reporting.Report) -> None:
    if report.is_asked(Request.STOP):
        raise CancelledError


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def main(argv: list[str]) -> int:
    """Do the job in the folder that is named."""
    return reporting.run_job(argv, export)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
