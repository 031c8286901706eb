"""Rarer moments of the window that are worth a picture: empty, at work, in trouble, a dialog."""

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from studio import preferences
from studio.document import Document
from studio.project import edits, queries, run_queries
from studio.ui.main_window import MainWindow
from studio.ui.navigation import Destination, PageName
from studio.ui.screenshot_answers import BEFORE, SHOWS

Ready = Callable[[], object]
Show = Callable[[MainWindow], Ready | None]
ROWS = 40
BROKEN = 3  # images of the project in trouble that are no images any more
MARKUP = '<img src="x"><table width=1000000> A caption with markup in it, shown as it stands.'


@dataclass(frozen=True)
class State:
    """`project` is full, empty, trouble or answers; `at_once` pictures what is there unread."""

    show: Show
    project: str = "full"
    at_once: bool = False
    before: Callable[[Path], object] | None = None  # what is done to the project unopened


def make_empty(folder: Path) -> Path:
    """A project without samples."""
    path = folder / "new-project.studio"
    Document.create(path).close()
    return path


def make_trouble(project: Path, folder: Path) -> Path:
    """A copy of a project with broken images, markup and an endless word in its captions."""
    shutil.copytree(project.parent, folder)
    path = folder / project.name
    document = Document.open(path)
    ids = list(document.query(queries.sample_ids, ""))[: BROKEN + 2]
    rows = document.query(queries.sample_rows, ids)
    for row in rows[:BROKEN]:
        if row.image_path is not None:
            row.image_path.write_bytes(b"no image")
    texts = (MARKUP, "w" * 400)
    for row, text in zip(rows[BROKEN:], texts, strict=False):
        document.edit("Caption", edits.write_caption, row.id, text)
    document.close()
    return path


def write_table(project: Path) -> Path:
    """A table beside a project, some of whose rows cannot be imported."""
    document = Document.open(project, read_only=True)
    ids = list(document.query(queries.sample_ids, ""))[:ROWS]
    rows = document.query(queries.sample_rows, ids)
    document.close()
    folder = project.parent / "harbour"
    folder.mkdir(exist_ok=True)
    path = folder / "harbour-2026.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("image", "text", "risk"))
        for number, row in enumerate(rows):
            image = row.image_path
            copied = folder / f"frame-{number:04d}.jpg"
            if image is not None and number % 9 != 4:
                copied.write_bytes(image.read_bytes() + b"\0")  # else it is a duplicate
            label = "danger" if number % 5 == 0 else row.label or ""
            writer.writerow((copied.name, "" if number % 11 == 7 else row.caption, label))
    return path


def _on(page: PageName, **named: object) -> Show:
    return lambda window: window.go(Destination(page, **named))  # type: ignore[arg-type]


def _import(window: MainWindow) -> Ready | None:
    assert window.view is not None
    table = write_table(window.view.document.path)
    window.go(Destination(PageName.DATA, part=f"import:{table}"))
    page = window.view.made[PageName.DATA]
    return lambda: page.import_button.isEnabled()  # type: ignore[attr-defined]


def _imported(window: MainWindow) -> Ready | None:
    ready = _import(window)
    assert window.view is not None
    page = window.view.made[PageName.DATA]

    def pressed() -> bool:
        if ready is not None and ready():
            page.import_button.click()  # type: ignore[attr-defined]
        return bool(page.importing.right.see.isVisible())  # type: ignore[attr-defined]

    return pressed


def _relink(window: MainWindow) -> Ready | None:
    assert window.view is not None
    document = window.view.document
    source = document.query(queries.source_rows)[0]
    document.edit("Link", edits.relink_source, source.id, "moved-away")
    window.go(Destination(PageName.DATA, part="sources"))
    return None


def _backups(window: MainWindow) -> Ready | None:
    assert window.view is not None
    for _ in range(3):
        window.view.document.back_up()
    window.go(Destination(PageName.DATA, part="backups"))
    return None


def _chosen(window: MainWindow) -> Ready | None:
    window.go(Destination(PageName.SAMPLES, query="split:train"))
    assert window.view is not None
    grid = window.view.made[PageName.SAMPLES].grid  # type: ignore[attr-defined]
    grid.selection = grid.selection.joined(3, 8)
    grid.selection_changed.emit()
    grid.viewport().update()
    return None


def _strip(name: str) -> Show:
    def show(window: MainWindow) -> None:
        window.go(Destination(PageName.SAMPLES))
        assert window.view is not None
        getattr(window.view.made[PageName.SAMPLES].wishes, name)()  # type: ignore[attr-defined]

    return show


def _large(window: MainWindow) -> Ready | None:
    window.go(Destination(PageName.SAMPLES))
    assert window.view is not None
    window.view.made[PageName.SAMPLES].wishes.show_big(2)  # type: ignore[attr-defined]
    return None


def _wrong_query(window: MainWindow) -> Ready | None:
    window.go(Destination(PageName.SAMPLES))
    assert window.view is not None
    window.view.made[PageName.SAMPLES].show_query("label:dangerous AND (conf:<x")  # type: ignore[attr-defined]
    return None


def _blind(window: MainWindow) -> Ready | None:
    window.go(Destination(PageName.REVIEW, query="split:validation"))
    assert window.view is not None
    window.view.made[PageName.REVIEW].toggle_blind()  # type: ignore[attr-defined]
    return None


def _deck_of_samples(window: MainWindow) -> Ready | None:
    assert window.view is not None
    ids = list(window.view.document.query(queries.sample_ids, "split:validation"))[:6]
    query = f"sample:{','.join(map(str, ids))}"
    window.go(Destination(PageName.REVIEW, query=query))
    return None


def _deck_end(window: MainWindow) -> Ready | None:
    _deck_of_samples(window)
    assert window.view is not None
    window.view.made[PageName.REVIEW].go_to(6)  # type: ignore[attr-defined]
    return None


def _no_map(window: MainWindow) -> Ready | None:
    assert window.view is not None
    document = window.view.document
    having = {one.sample_id for one in document.query(run_queries.attention_maps)}
    ids = [one for one in document.query(queries.sample_ids, "") if one not in having]
    window.go(Destination(PageName.ATTENTION, sample_id=ids[0]))
    return None


def _dialog(name: str) -> Show:
    def show(window: MainWindow) -> None:
        window.go(Destination(PageName.SAMPLES))
        getattr(window.acts, name)()

    return show


def _first_launch(window: MainWindow) -> Ready | None:
    window.close_project()
    preferences.change(recents=())
    window.welcome.show_recents()
    return lambda: window.welcome.scene.image is not None


def _lost_projects(window: MainWindow) -> Ready | None:
    window.close_project()
    real = preferences.load().recents[:1]
    folder = Path(real[0].path).parent
    newer = folder / "from-a-newer-version.studio"
    newer.write_text(json.dumps({"not": "a project"}), "utf-8")
    others = [
        preferences.Recent(path=str(folder / f"{name}.studio"), opened_at=at, samples=samples)
        for name, at, samples in (
            ("夜间路口", 1.79e9, 2310),
            ("a-project-with-a-name-that-goes-on-and-on-and-does-not-end-soon", 1.78e9, 12480),
        )
    ]
    damaged = preferences.Recent(path=str(newer), opened_at=1.785e9, samples=3)
    preferences.change(recents=(*real, damaged, *others))
    window.welcome.show_recents()
    return lambda: window.welcome.scene.image is not None


STATES: dict[str, State] = {
    "welcome-first": State(_first_launch, "empty"),
    "welcome-trouble": State(_lost_projects),
    "data-empty": State(_on(PageName.DATA), "empty"),
    "data-trouble": State(_relink, "trouble"),
    "import-empty": State(_on(PageName.DATA, part="import"), "empty"),
    "import-problems": State(_import),
    "import-done": State(_imported),
    "backups-empty": State(_on(PageName.DATA, part="backups"), "empty"),
    "backups": State(_backups),
    "samples-empty": State(_on(PageName.SAMPLES), "empty"),
    "samples-loading": State(_on(PageName.SAMPLES), at_once=True),
    "samples-trouble": State(_on(PageName.SAMPLES), "trouble"),
    "samples-nothing": State(_on(PageName.SAMPLES, query="label:safe conf:<0.0001 caption:zebra")),
    "samples-wrong-query": State(_wrong_query),
    "samples-chosen": State(_chosen),
    "samples-replace": State(_strip("open_replace")),
    "samples-split": State(_strip("open_split")),
    "samples-large": State(_large),
    "review-empty": State(_on(PageName.REVIEW), "empty"),
    "review-nothing": State(_on(PageName.REVIEW, query="caption:zebra")),
    "review-blind": State(_blind),
    "review-some": State(_deck_of_samples),
    "review-end": State(_deck_end),
    "review-trouble": State(_on(PageName.REVIEW, query=""), "trouble"),
    "recipe-empty": State(_on(PageName.RECIPE), "empty"),
    "runs-empty": State(_on(PageName.RUNS), "empty"),
    "compare-empty": State(_on(PageName.COMPARE), "empty"),
    "attention-empty": State(_on(PageName.ATTENTION), "empty"),
    "attention-no-map": State(_no_map),
    "export-empty": State(_on(PageName.EXPORT), "empty"),
    "settings": State(_dialog("open_settings")),
    "keys": State(_dialog("open_keys")),
    "go-to": State(_dialog("open_go_to")),
}
STATES |= {name: State(show, "answers", before=BEFORE.get(name)) for name, show in SHOWS.items()}
