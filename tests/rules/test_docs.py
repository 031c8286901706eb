"""The docs say what the code says."""

import re
from pathlib import Path

from workers.contract.options_table import options_table

REPOSITORY = Path(__file__).resolve().parents[2]


def test_the_option_table_is_made_from_the_options():
    written = (REPOSITORY / "docs" / "options.md").read_text()
    assert written == options_table(), "python -m workers.contract.options_table > docs/options.md"


def test_every_place_named_in_the_docs_exists():
    text = (REPOSITORY / "docs" / "architecture.md").read_text()
    places = re.findall(r"`((?:studio|workers|resources)/[\w/.]+)`", text)
    assert len(places) > 10
    missing = [place for place in places if not (REPOSITORY / place).exists()]
    assert missing == []


def test_the_readme_names_every_folder_of_the_program():
    text = (REPOSITORY / "README.md").read_text()
    folders = [
        path.name
        for parent in ("", "studio", "workers")
        for path in (REPOSITORY / parent).iterdir()
        if path.is_dir()
        and any(path.rglob("*.py"))
        and not path.name.startswith((".", "_"))
        and path.name != "build"
    ]
    missing = [name for name in folders if f"{name}/" not in text]
    assert missing == []


def test_every_picture_of_the_readme_is_there():
    text = (REPOSITORY / "README.md").read_text()
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text)
    assert len(pictures) >= 8
    assert [name for name in pictures if not (REPOSITORY / name).is_file()] == []


def test_every_command_of_the_makefile_is_explained():
    targets = re.search(r"^\.PHONY: (.*)$", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    assert targets
    text = (REPOSITORY / "README.md").read_text()
    assert [name for name in targets.group(1).split() if f"make {name}" not in text] == []
