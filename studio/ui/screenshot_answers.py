"""Moments of language models worth a picture, shown on the project of answers."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from studio.document import Document
from studio.project import answer_edits, queries, run_queries
from studio.runs import prepare, queue
from studio.runs.run_record import load_record
from studio.ui.main_window import MainWindow
from studio.ui.navigation import Destination, PageName
from studio.ui.runs import details
from workers.contract import events, folder
from workers.contract.journal import JournalWriter

Ready = Callable[[], object]
STEPS, DONE = 40, 13
SHORT_OF_MEMORY = "Out of GPU memory at step 1: needed about 12.6 GB, 11.2 GB were free."
TRACE = "Traceback (most recent call last):\n  File “train.py”\ntorch.OutOfMemoryError"


def runs_of(document: Document, *, words: bool) -> list[int]:
    """The finished runs that answer in words, or those that answer with a label; oldest first."""
    found = []
    for row in document.query(run_queries.run_rows, "train"):
        record = document.query(load_record, row.id)
        if row.state == "finished" and record.answers_freely == words:
            found.append(row.id)
    return sorted(found)


def _document(window: MainWindow) -> Document:
    assert window.view is not None
    return window.view.document


def _page(window: MainWindow, page: PageName, **named: object) -> object:
    window.go(Destination(page, **named))  # type: ignore[arg-type]
    assert window.view is not None
    return window.view.made[page]


def _newest(window: MainWindow) -> int:
    document = _document(window)
    return (runs_of(document, words=True) or runs_of(document, words=False))[-1]


def _recipe(tab: str, run: int = -1, option: str = "") -> Callable[[MainWindow], Ready | None]:
    def show(window: MainWindow) -> Ready | None:
        run_id = _newest(window) if run < 0 else runs_of(_document(window), words=False)[run]
        page = _page(window, PageName.RECIPE, run_ids=(run_id,), part="continue")
        page.dock.show_tab(tab)  # type: ignore[attr-defined]
        if option:
            page.panel.show_option(option)  # type: ignore[attr-defined]
        return lambda: page.dock.answer and page.preview.answer  # type: ignore[attr-defined]

    return show


def _wrong_template(window: MainWindow) -> Ready | None:
    ready = _recipe("template", option="prompt.text")(window)
    page = _page(window, PageName.RECIPE)
    page.editing.set_value("prompt.text", "Answer in one word.")  # type: ignore[attr-defined]
    page.editing.set_value("generation.sample", False)  # type: ignore[attr-defined]
    return ready


def _grid(window: MainWindow) -> Ready | None:
    ready = _recipe("modules")(window)
    page = _page(window, PageName.RECIPE)
    asked: list[bool] = []

    def opened() -> bool:
        if ready is not None and ready() and not asked:
            asked.append(True)
            page._act("grid")  # type: ignore[attr-defined]
        return bool(asked)

    return opened


def _runs(tab: int | None = None, *, words: bool = True) -> Callable[[MainWindow], Ready | None]:
    def show(window: MainWindow) -> Ready:
        run_id = runs_of(_document(window), words=words)[-1]
        page = _page(window, PageName.RUNS, run_ids=(run_id,))
        if tab is not None:
            page.parts.details.tabs.setCurrentIndex(tab)  # type: ignore[attr-defined]
        return _settled(lambda: page.parts.details.evaluation.table.rows())  # type: ignore[attr-defined]

    return show


def _settled(ready: Ready) -> Ready:
    """Ready, and a second later: what came is laid out by then."""
    since: list[float] = []

    def later() -> bool:
        if ready() and not since:
            since.append(time.monotonic())
        return bool(since) and time.monotonic() - since[0] > 1

    return later


def _try(window: MainWindow) -> Ready | None:
    """A sample of the run, answered by both models in a process of their own."""
    _runs(details.TRY)(window)
    page = _page(window, PageName.RUNS)
    page.trying.step(1)  # type: ignore[attr-defined]
    page.trying.ask()  # type: ignore[attr-defined]
    return lambda: not page.trying.trial.is_busy and page.parts.details.trying.answer.isVisible()  # type: ignore[attr-defined]


def begin_run(project: Path) -> IO[bytes]:
    """A run whose worker, this process, has come to a third of its way; ends with its lock."""
    document = Document.open(project)
    place = _prepare(document, "Advice, slower")
    lock = folder.hold_lock(place)
    with JournalWriter(place / folder.JOURNAL) as journal:
        journal.append(_started(place, os.getpid()))
        journal.append(events.Said(message="Loading SmolLM2-135M-Instruct."))
        journal.append(_prepared())
        for step in range(1, DONE + 1):
            values = {"train/loss": 3.4 / (1 + step / 8), "gradient_norm": 1 + 3 / step}
            values |= {"learning_rate": 3e-4 * (1 - step / STEPS), "samples_per_second": 1.9}
            at = time.time() - 60 + 4 * step
            journal.append(events.Stepped(step=step, epoch=step / STEPS, metrics=values, at=at))
    document.close()
    return lock


def fail_run(project: Path) -> None:
    """A run that was short of memory before its first step."""
    document = Document.open(project)
    place = _prepare(document, "Advice, long inputs")
    with JournalWriter(place / folder.JOURNAL) as journal:
        journal.append(_started(place, 1))
        journal.append(events.Said(message="Loading SmolLM2-135M-Instruct."))
        journal.append(_prepared())
        journal.append(
            events.Failed(
                reason=events.Reason.OUT_OF_MEMORY, message=SHORT_OF_MEMORY, traceback=TRACE
            )
        )
    document.close()


def _prepare(document: Document, name: str) -> Path:
    """The folder of a run like the newest one, marked as begun."""
    record = document.query(load_record, runs_of(document, words=True)[-1])
    options = record.training.options
    run_id = prepare.prepare_training(document, options, recipe="qlora-instruct", name=name)
    document.record(queue.mark_started, run_id, tables=("runs",))
    return document.folder / document.query(run_queries.run, run_id).folder


def _last_run(window: MainWindow) -> Ready | None:
    rows = _document(window).query(run_queries.run_rows, "train")
    newest = max(row.id for row in rows)
    page = _page(window, PageName.RUNS, run_ids=(newest,))
    return lambda: page.chosen_run() == newest  # type: ignore[attr-defined]


def _started(place: Path, process: int) -> events.Started:
    token = folder.load_job(place).token
    return events.Started(pid=process, start_time=0.0, token=token, at=time.time() - 60)


def _prepared() -> events.Prepared:
    return events.Prepared(
        total_steps=STEPS, steps_per_epoch=STEPS, train_count=80, validation_count=9,
        trainable=3_686_400, total=138_201_408,
    )  # fmt: skip


def _compare(*, words: bool) -> Callable[[MainWindow], Ready | None]:
    def show(window: MainWindow) -> Ready:
        runs = runs_of(_document(window), words=words)
        page = _page(window, PageName.COMPARE, run_ids=(runs[0], runs[-1]))
        return _settled(lambda: page.compared() is not None)  # type: ignore[attr-defined]

    return show


def _attention(window: MainWindow) -> None:
    maps = _document(window).query(run_queries.attention_maps)
    chosen = {"run_ids": (maps[0].run_id,), "sample_id": maps[0].sample_id} if maps else {}
    _page(window, PageName.ATTENTION, **chosen)


def _samples(window: MainWindow) -> Ready | None:
    page = _page(window, PageName.SAMPLES)
    return lambda: page.isVisible()  # type: ignore[attr-defined]


def _no_answers(window: MainWindow) -> Ready | None:
    """A recipe that learns answers on samples that have none."""
    document = _document(window)
    ids = list(document.query(queries.sample_ids, ""))
    document.edit("Clear the answers", _clear, ids)
    return _recipe("template")(window)


def _clear(connection: object, ids: list[int]) -> None:
    for sample_id in ids:
        answer_edits.write_answer(connection, sample_id, "")  # type: ignore[arg-type]


def write_sets(place: Path, rows: list[tuple[str, str, str]]) -> Path:
    """Instruction data beside a dataset_info.json that names three data sets, one with faults."""
    place.mkdir(exist_ok=True)
    alpaca = [{"instruction": one, "input": two, "output": three} for one, two, three in rows]
    turns = [
        {"conversations": [{"from": "human", "value": two}, {"from": "gpt", "value": three}]}
        for _, two, three in rows
    ]
    faults = [*alpaca, {"instruction": "", "input": "", "output": "Stop."}, "no row", {"output": 7}]
    info = {
        "street_advice": {"file_name": "street_advice.json"},
        "street_turns": {"file_name": "street_turns.json", "formatting": "sharegpt"},
        "street_faults": {"file_name": "street_faults.json"},
    }
    for name, found in (
        ("street_advice", alpaca), ("street_turns", turns), ("street_faults", faults),
        ("dataset_info", info),
    ):  # fmt: skip
        (place / f"{name}.json").write_text(json.dumps(found, ensure_ascii=False), "utf-8")
    return place / "dataset_info.json"


def _import(name: str) -> Callable[[MainWindow], Ready | None]:
    def show(window: MainWindow) -> Ready | None:
        document = _document(window)
        ids = list(document.query(queries.sample_ids, ""))[:24]
        rows = document.query(queries.sample_rows, ids)
        texts = [(row.instruction, f"{row.caption} (2)", row.answer) for row in rows]
        info = write_sets(document.folder / "instructions", texts)
        path = info if name == "dataset_info.json" else info.parent / name
        page = _page(window, PageName.DATA, part=f"import:{path}")
        return lambda: page.import_button.isEnabled()  # type: ignore[attr-defined]

    return show


def _export(kind: str) -> Callable[[MainWindow], Ready | None]:
    def show(window: MainWindow) -> Ready | None:
        page = _page(window, PageName.EXPORT, run_ids=(_newest(window),))
        page.form.kind.choose(kind)  # type: ignore[attr-defined]
        return lambda: page.form.card.toPlainText()  # type: ignore[attr-defined]

    return show


SHOWS: dict[str, Callable[[MainWindow], Ready | None]] = {
    "answers-recipe-modules": _recipe("modules"),
    "answers-recipe-template": _recipe("template"),
    "answers-recipe-verdict": _recipe("template", run=0, option="prompt.template"),
    "answers-recipe-lineage": _recipe("lineage"),
    "answers-recipe-generation": _recipe("modules", option="generation.max_new_tokens"),
    "answers-recipe-problem": _wrong_template,
    "answers-recipe-nothing": _no_answers,
    "answers-recipe-grid": _grid,
    "answers-runs": _runs(),
    "answers-runs-verdict": _runs(words=False),
    "answers-runs-evaluation": _runs(details.EVALUATION),
    "answers-runs-evaluation-verdict": _runs(details.EVALUATION, words=False),
    "answers-runs-checkpoints": _runs(details.CHECKPOINTS),
    "answers-runs-worst": _runs(details.EXTREMES),
    "answers-runs-try": _try,
    "answers-runs-running": _last_run,
    "answers-runs-failed": _last_run,
    "answers-compare": _compare(words=True),
    "answers-compare-verdict": _compare(words=False),
    "answers-attention": _attention,
    "answers-samples": _samples,
    "answers-import": _import("street_turns.json"),
    "answers-import-sets": _import("dataset_info.json"),
    "answers-import-faults": _import("street_faults.json"),
    "answers-export": _export("adapter"),
    "answers-export-merged": _export("merged"),
    "answers-export-recipe": _export("recipe"),
}
BEFORE: dict[str, Callable[[Path], object]] = {
    "answers-runs-running": begin_run,
    "answers-runs-failed": fail_run,
}
