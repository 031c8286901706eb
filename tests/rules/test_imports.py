"""What must never be imported where, asked of bare interpreters."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
TRAINING_STACK = (
    "torch",
    "transformers",
    "peft",
    "bitsandbytes",
    "accelerate",
    "datasets",
    "pandas",
)


def loaded_after(statement: str) -> set[str]:
    script = f"import sys; {statement}; print(*sorted(sys.modules))"
    answer = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    return set(answer.stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import studio.app, studio.ui.main_window",
        "import studio.cli",
        "import workers.contract.job",
        "import studio.commands.scoring, workers.metrics.captions.scoring",
    ],
)
def test_neither_window_nor_contract_imports_the_training_stack(statement):
    assert loaded_after(statement) & {*TRAINING_STACK, "numpy.random"} == set()


def test_the_command_line_needs_no_widgets():
    assert "PySide6.QtWidgets" not in loaded_after("import studio.cli")


@pytest.mark.parametrize(
    "verb", ["train", "evaluate", "attend", "export", "rank", "probe", "inspector"]
)
def test_no_worker_knows_qt_sql_or_the_studio(verb):
    names = loaded_after(f"import workers.{verb}")
    assert {
        name for name in names if name.split(".")[0] in ("PySide6", "sqlalchemy", "studio")
    } == set()


def test_widgets_are_imported_only_by_the_window():
    allowed = {REPOSITORY / "studio" / "app.py"}
    below = [
        str(file.relative_to(REPOSITORY))
        for folder in ("studio", "workers", "resources")
        for file in (REPOSITORY / folder).rglob("*.py")
        if (REPOSITORY / "studio" / "ui") not in file.parents
        and file not in allowed
        and re.search(r"QtWidgets|QtGui|pyqtgraph", file.read_text())
    ]
    assert below == []


def test_no_page_imports_another_page():
    pages = REPOSITORY / "studio" / "ui"
    names = [folder.name for folder in pages.iterdir() if (folder / "page.py").is_file()]
    crossed = [
        f"{file.relative_to(pages)} imports {other}"
        for name in names
        for file in (pages / name).rglob("*.py")
        for other in names
        if other != name and f"studio.ui.{other}" in file.read_text()
    ]
    assert len(names) >= 8
    assert crossed == []


def test_widgets_for_every_page_know_no_project():
    widgets = REPOSITORY / "studio" / "ui" / "widgets"
    knowing = [
        file.name
        for file in widgets.glob("*.py")
        if re.search(r"studio\.(document|project|runs)", file.read_text())
    ]
    assert knowing == []
