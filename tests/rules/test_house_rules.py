"""The house rules that a machine can check: sizes, words, and the two doors for errors."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    file
    for folder in ("studio", "workers", "resources")
    for file in (REPOSITORY / folder).rglob("*.py")
)
LONGEST_FILE = 400
LONGEST_FUNCTION = 50
FORBIDDEN_NAMES = {
    "manager",
    "helper",
    "helpers",
    "util",
    "utils",
    "handler",
    "base",
    "common",
    "misc",
}
# Where everything may be caught: the studio's top handler and the worker's door to the journal.
CATCH_ALL = {"studio/ui/error_dialog.py", "studio/ui/background.py", "workers/reporting.py"}

parsed = pytest.mark.parametrize(
    "file", SOURCES, ids=lambda file: str(file.relative_to(REPOSITORY))
)


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def catches_all(node: ast.ExceptHandler) -> bool:
    return node.type is None or (
        isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")
    )


def raises_again(node: ast.ExceptHandler) -> bool:
    return isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None


@parsed
def test_files_and_functions_stay_small(file):
    text = file.read_text()
    assert text.count("\n") <= LONGEST_FILE
    long = [
        f"{node.name} {node.end_lineno - node.lineno + 1}"
        for node in functions(ast.parse(text))
        if node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []


@parsed
def test_every_module_says_what_it_is_for(file):
    text = file.read_text()
    if text.strip():
        assert ast.get_docstring(ast.parse(text))


@parsed
def test_no_file_has_a_name_that_says_nothing(file):
    words = set(file.stem.replace("base_model", "").split("_"))  # a base model has its own word
    assert not words & FORBIDDEN_NAMES


@parsed
def test_nothing_unfinished_is_left(file):
    assert (
        re.findall(r"\b(TODO|FIXME|XXX|HACK|raise NotImplementedError)\b", file.read_text()) == []
    )


@parsed
def test_everything_is_caught_only_at_the_two_doors(file):
    caught = [
        node.lineno
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ExceptHandler) and catches_all(node) and not raises_again(node)
    ]
    if str(file.relative_to(REPOSITORY)) not in CATCH_ALL:
        assert caught == []


@parsed
def test_no_function_takes_many_positional_parameters(file):
    crowded = [
        node.name
        for node in functions(ast.parse(file.read_text()))
        if len([a for a in node.args.posonlyargs + node.args.args if a.arg not in ("self", "cls")])
        > 6
    ]
    assert crowded == []


def _shown_as_tooltip(call: ast.Call) -> ast.expr | None:
    """What a call gives to a tooltip."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if name == "setToolTip" and call.args:
        return call.args[0]
    if name == "showText" and len(call.args) > 1:
        return call.args[1]
    return None


@parsed
def test_every_tooltip_goes_through_the_door_for_plain_text(file):
    """Qt guesses whether a tooltip is markup; only fixed words may go past `plain_tooltip`."""
    if "ui" not in file.parts:
        return
    guessed = [
        call.lineno
        for call in ast.walk(ast.parse(file.read_text()))
        if isinstance(call, ast.Call) and (shown := _shown_as_tooltip(call)) is not None
        if not isinstance(shown, ast.Constant) and "plain_tooltip(" not in ast.unparse(shown)
    ]
    assert guessed == []


@parsed
def test_colours_are_written_in_one_file(file):
    if file.name == "tokens.py" or "ui" not in file.parts:
        return
    assert re.findall(r"[\"']#[0-9a-fA-F]{3,8}[\"']", file.read_text()) == []


@parsed
def test_every_label_shows_plain_text(file):
    """A caption in a QLabel that guesses its format would be read as markup."""
    if "ui" not in file.parts:
        return
    text = file.read_text()
    makes_label = re.search(r"\bQLabel\(", text)
    assert not makes_label or "PlainText" in text
    assert "RichText" not in text
