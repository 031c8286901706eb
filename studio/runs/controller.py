"""Runs of one open project: start, follow, ask, end; the same with and without a window."""

import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from studio.document import Document
from studio.errors import StudioError
from studio.project.schema import RunId
from studio.runs import captioning, grids, keeping, prepare, queue, resuming, splitting, trash
from studio.runs.captioning import CaptionWish
from studio.runs.exporting import card_of
from studio.runs.ingest import ingest
from studio.runs.lost import words_for
from studio.runs.map_checking import CheckWish, prepare_check
from studio.runs.process import RunProcess
from studio.runs.run_record import RunRecord, load_record
from studio.runs.state import Evidence, LastWord, RunState, decide
from workers.contract import folder as run_folder
from workers.contract.folder import Request
from workers.contract.options import TrainingOptions

POLL_SECONDS = 0.2
PATIENCE_SECONDS = 30.0


class RunController(QObject):
    """One per open project. Every method may be called from any thread.

    `poll` does all the following; `start_timer` calls it from a thread of its own, so that
    signals may come from there. `module` replaces the worker that is started, for demonstration.
    """

    progressed = Signal(int)
    ended = Signal(int)
    said = Signal(str)

    def __init__(
        self, document: Document, parent: QObject | None = None, *, module: str | None = None
    ) -> None:
        super().__init__(parent)
        self.document = document
        self._module = module
        self._lock = threading.RLock()
        self._processes: dict[int, RunProcess] = {}
        self._stops: dict[int, float] = {}
        self._quit = threading.Event()
        self._thread: threading.Thread | None = None

    def train(
        self,
        options: TrainingOptions,
        *,
        recipe: str,
        name: str = "",
        start: bool = True,
        start_from: int | None = None,
        keeps_optimizer: bool = False,
        start_checkpoint: str = "last",
    ) -> RunId:
        """Freeze and queue a training. Splits 9:1 first where no sample is in a split yet.

        `start_from` names a run that ended: the new one goes on from its checkpoint (`last`,
        `best` or a step), with its optimizer's moments where `keeps_optimizer`; the schedule
        starts anew. StudioError says why another base model, adapter shape or label does not fit.
        """
        self._split_if_needed()
        run_id = prepare.prepare_training(
            self.document,
            options,
            recipe=recipe,
            name=name,
            start_from=start_from,
            keeps_optimizer=keeps_optimizer,
            start_checkpoint=start_checkpoint,
        )
        return self._queued(run_id, start)

    def train_grid(
        self,
        options: TrainingOptions,
        values: Mapping[str, Sequence[Any]],
        *,
        recipe: str,
        name: str = "",
        start_from: int | None = None,
        keeps_optimizer: bool = False,
        start_checkpoint: str = "last",
    ) -> tuple[RunId, ...]:
        """Queue a training for each combination of the values; each is named by what differs.

        All are checked before the first is queued. One that fails holds up none after it.
        """
        points = grids.grid(options, values)
        self._split_if_needed()
        prepare.refuse_problems(self.document, points)
        made: list[RunId] = []
        for point in points:
            differs = grids.point_name(point, list(values))
            made.append(
                self.train(
                    point,
                    recipe=recipe,
                    name=f"{name} · {differs}" if name else differs,
                    start=False,
                    start_from=start_from,
                    keeps_optimizer=keeps_optimizer,
                    start_checkpoint=start_checkpoint,
                )
            )
        self._queued(made[0], True)
        return tuple(made)

    def evaluate(
        self,
        run_id: int,
        checkpoint: str = "best",
        splits: Sequence[str] = ("validation",),
        *,
        untrained: bool = False,
        shots: Sequence[int] = (),
        writes: bool = False,
    ) -> RunId:
        """Queue a measurement of a checkpoint on the project's samples as they are now.

        For a language model: `untrained` asks the base model alone (zero-shot), `shots` are the
        ids of samples that stand before each prompt in this order, `writes` has it write answers.
        """
        keeping.restore_checkpoint(self.document, run_id)
        prepared = prepare.prepare_evaluation(
            self.document,
            run_id,
            checkpoint,
            splits,
            untrained=untrained,
            shots=shots,
            writes=writes,
        )
        return self._queued(prepared, True)

    def attend(self, run_id: int, sample_ids: Sequence[int], checkpoint: str = "best") -> RunId:
        """Queue the capture of attention maps."""
        keeping.restore_checkpoint(self.document, run_id)
        prepared = prepare.prepare_attention(self.document, run_id, sample_ids, checkpoint)
        return self._queued(prepared, True)

    def check_maps(self, wish: CheckWish) -> RunId:
        """Queue a check of captured maps: how likely words stay while what was read is hidden."""
        return self._queued(prepare_check(self.document, wish), True)

    def export(
        self,
        run_id: int,
        destination: Path,
        *,
        merged: bool = False,
        checkpoint: str = "best",
        model_card: str | None = None,
    ) -> RunId:
        """Queue an export and its proof."""
        keeping.restore_checkpoint(self.document, run_id)
        card = card_of(self.document, run_id) if model_card is None else model_card
        prepared = prepare.prepare_export(
            self.document,
            run_id,
            destination,
            merged=merged,
            checkpoint=checkpoint,
            model_card=card,
        )
        return self._queued(prepared, True)

    def caption(self, wish: CaptionWish) -> RunId:
        """Queue the writing of captions; they become suggestions as they come."""
        return self._queued(captioning.prepare_captions(self.document, wish), True)

    def rank(self, base_model: str = "minilm") -> RunId:
        """Queue an instant ranking of the labels."""
        return self._queued(prepare.prepare_ranking(self.document, base_model), True)

    def probe(self, options: TrainingOptions, *, memory: int = 0) -> RunId:
        """Queue some steps on the longest batch; `memory` is what they may take, 0 what is free."""
        self._split_if_needed()
        return self._queued(prepare.prepare_probe(self.document, options, memory), True)

    def resume(self, run_id: int, options: TrainingOptions | None = None) -> None:
        """Queue an ended training to go on from its newest checkpoint, in the same folder.

        It goes on with the options it began with: others, and a job.json that was changed by
        hand, are refused, since what follows would be another run.
        """
        with self._lock:
            record = self._record(run_id)
            folder = self._folder(record)
            resuming.refuse_state(record, folder)
            resuming.refuse_changes(record, folder, options)
            run_folder.write_job(folder, record.training.model_copy(update={"resume": True}))
            for request in Request:
                run_folder.take_back(folder, request)
            self.document.record(queue.requeue, run_id, run_id=run_id, tables=("runs",))
            self._start_next()

    def pause(self, run_id: int) -> None:
        """Ask the worker to wait after its step."""
        run_folder.ask(self._live_folder(run_id), Request.PAUSE)

    def go_on(self, run_id: int) -> None:
        """Take a pause back."""
        run_folder.take_back(self._live_folder(run_id), Request.PAUSE)

    def save_now(self, run_id: int) -> None:
        """Ask for a checkpoint now."""
        run_folder.ask(self._live_folder(run_id), Request.SAVE)

    def evaluate_now(self, run_id: int) -> None:
        """Ask for a measurement of the validation split now."""
        run_folder.ask(self._live_folder(run_id), Request.EVALUATE)

    def stop(self, run_id: int) -> None:
        """Ask for a checkpoint and an end; asked a second time, end the process group."""
        with self._lock:
            record = self._record(run_id)
            if record.state == RunState.QUEUED:
                self._set_state(record, RunState.STOPPED, "Taken out of the queue.")
                return
            if not record.state.is_live:
                return
            if run_id in self._stops:
                self._kill(run_id)
                return
            self._stops[run_id] = time.monotonic()
            self._process(record).ask_stop()

    def move_in_queue(self, run_id: int, position: int) -> None:
        """Move a queued run so that `position` others wait before it."""
        self.document.record(queue.move, run_id, position, run_id=run_id, tables=("runs",))

    def trash(self, run_id: int) -> None:
        """Out of sight, with its folder and rows kept until the trash is emptied."""
        if self._record(run_id).state.is_live:
            raise StudioError(f"Run {run_id} is still running.", "Stop it first.")
        self.document.record(trash.trash, run_id, run_id=run_id, tables=("runs",))

    def restore(self, run_id: int) -> None:
        """Back from the trash."""
        self.document.record(trash.restore, run_id, run_id=run_id, tables=("runs",))

    def empty_trash(self) -> int:
        """Delete trashed runs for good, with their folders; returns how many."""
        return trash.empty(self.document)

    def live_runs(self) -> list[int]:
        """Runs that are running or paused, as of the last poll."""
        return self.document.query(queue.live)

    def waiting_runs(self) -> list[int]:
        """Queued runs, the next one first."""
        return self.document.query(queue.waiting)

    def waits_for(self, run_id: int) -> str:
        """What a queued run waits for, in words; empty when it does not wait."""
        return self.document.query(queue.waits_for, run_id)

    def is_idle(self) -> bool:
        """Whether no run is live or waiting."""
        return not self.live_runs() and not self.waiting_runs()

    def poll(self) -> None:
        """Ingest and decide for every live run, then start the next of the queue."""
        if not self.document.writable:
            return
        with self._lock:
            for run_id in self.live_runs():
                self._follow(run_id)
            self._start_next()

    def wait(self, run_id: int, timeout: float | None = None) -> RunState:
        """Poll until the run has ended; the state it is in then, or at the timeout."""
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            self.poll()
            state = self._record(run_id).state
            if state.is_over or (until is not None and time.monotonic() > until):
                return state
            time.sleep(POLL_SECONDS)

    def start_timer(self) -> None:
        """Poll 5 times a second from a thread of its own, until `close`."""
        if self._thread is None:
            self._quit.clear()
            self._thread = threading.Thread(
                target=self._poll_on, name="run-controller", daemon=True
            )
            self._thread.start()

    def close(self) -> None:
        """Stop following. Workers go on; the next controller of this project finds them."""
        self._quit.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _poll_on(self) -> None:
        told = ""
        while not self._quit.wait(POLL_SECONDS):
            try:
                self.poll()
                told = ""
            except StudioError as error:  # such as a full disk: it may have room the next time
                if error.message != told:
                    self.said.emit(str(error))
                told = error.message

    def _follow(self, run_id: int) -> None:
        record = self._record(run_id)
        process = self._process(record)
        alive = process.is_alive()
        found = ingest(self.document, run_id, batches=8 if alive else None)
        record = self._record(run_id)
        process.identity = record.identity
        if found.last_word == LastWord.NOTHING and alive:
            self._kill_if_deaf(run_id)
            return
        asked = run_folder.is_asked(self._folder(record), Request.STOP)
        state = decide(Evidence(True, found.last_word, alive, asked))
        if state != record.state:
            self._set_state(record, state, words_for(self._folder(record), record, state))
        if state.is_over:
            self._finish(run_id)
        else:
            self._kill_if_deaf(run_id)
        if found.events:
            self.progressed.emit(run_id)

    def _finish(self, run_id: int) -> None:
        self._processes.pop(run_id, None)
        self._stops.pop(run_id, None)
        keeping.keep(self.document, run_id)
        self.progressed.emit(run_id)
        self.ended.emit(run_id)

    def _kill_if_deaf(self, run_id: int) -> None:
        asked_at = self._stops.get(run_id)
        if asked_at is not None and time.monotonic() - asked_at > PATIENCE_SECONDS:
            self._kill(run_id)

    def _kill(self, run_id: int) -> None:
        self._process(self._record(run_id)).kill()

    def _start_next(self) -> None:
        if not self.document.writable or self.live_runs():
            return
        for run_id in self.waiting_runs()[:1]:
            record = self._record(run_id)
            folder = self._folder(record)
            if not (folder / run_folder.JOB).is_file():
                self._set_state(record, RunState.FAILED, "Its folder is gone.")
                continue
            if run_folder.is_alive(folder):  # its former process is not quite gone yet
                continue
            process = RunProcess(folder, module=self._module)
            self.document.record(queue.mark_started, run_id, run_id=run_id, tables=("runs",))
            process.start(record.kind)
            self._processes[run_id] = process
            self.progressed.emit(run_id)

    def _queued(self, run_id: int, start: bool) -> RunId:
        if start:
            with self._lock:
                self._start_next()
        return RunId(run_id)

    def _split_if_needed(self) -> None:
        if told := splitting.split_if_needed(self.document):
            self.said.emit(f"{told}.")

    def _set_state(self, record: RunRecord, state: RunState, message: str) -> None:
        args = (record.id, state, message)
        self.document.record(queue.set_state, *args, run_id=record.id, tables=("runs",))

    def _process(self, record: RunRecord) -> RunProcess:
        if record.id not in self._processes:
            self._processes[record.id] = RunProcess(self._folder(record), record.identity)
        return self._processes[record.id]

    def _record(self, run_id: int) -> RunRecord:
        return self.document.query(load_record, run_id)

    def _folder(self, record: RunRecord) -> Path:
        return self.document.folder / record.folder

    def _live_folder(self, run_id: int) -> Path:
        record = self._record(run_id)
        if not record.state.is_live:
            raise StudioError(f"Run {run_id} is not running.")
        return self._folder(record)
