"""Captions of images in JSON files: references, predictions, and names that captions contain."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from studio.errors import StudioError

NAMED = 3  # ids in a sentence
Value = TypeVar("Value")
_KINDS: dict[type, str] = {
    type(None): "empty (null)",
    bool: "a truth value",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
    str: "a text",
}


@dataclass(frozen=True)
class References:
    """Captions by image id, and the ids by file name without its ending, where files are named."""

    captions: Mapping[str, tuple[str, ...]]
    ids_by_name: Mapping[str, str]


def read_references(path: Path) -> References:
    """A COCO captions file, or an object of lists of captions by id."""
    held = _read(path)
    if isinstance(held, dict) and isinstance(held.get("annotations"), list):
        captions: dict[str, list[str]] = {}
        for one, caption in _rows(path, held["annotations"]):
            captions.setdefault(one, []).append(caption)
        grouped = {one: tuple(group) for one, group in captions.items()}
        return References(_some(path, grouped, "references"), _file_names(held.get("images")))
    if not isinstance(held, dict):
        raise StudioError(
            f"{path} holds no references.",
            "They are a COCO captions file with “annotations”, or an object of lists by id.",
        )
    by_id = {one: _texts(path, one, value) for one, value in held.items()}
    return References(_some(path, by_id, "references"), {})


def read_predictions(path: Path) -> Mapping[str, str]:
    """A COCO results file, or an object of captions by id; one caption an image."""
    held = _read(path)
    if isinstance(held, list):
        captions: dict[str, str] = {}
        for one, caption in _rows(path, held):
            if one in captions:
                raise StudioError(f"{path}: image “{one}” has two predictions; one is needed.")
            captions[one] = caption
        return _some(path, captions, "predictions")
    if not isinstance(held, dict) or "annotations" in held:
        raise StudioError(
            f"{path} holds no predictions.",
            "They are a COCO results file, a list of “image_id” and “caption”, or an object of "
            "captions by id.",
        )
    by_id = {one: _text(path, one, value) for one, value in held.items()}
    return _some(path, by_id, "predictions")


def read_names(path: Path) -> Mapping[str, tuple[str, ...]]:
    """An object of a name, or of several, by id."""
    held = _read(path)
    if not isinstance(held, dict):
        raise StudioError(f"{path} holds no names.", "They are an object of names by id.")
    names = {one: _texts(path, one, value) for one, value in held.items()}
    for one, group in names.items():
        if not any(name.strip() for name in group):
            raise StudioError(f"{path}: “{one}” has no name.")
    return _some(path, names, "names")


def by_reference_ids(predictions: Mapping[str, str], references: References) -> dict[str, str]:
    """The predictions by the ids of the references, where they go by file names."""
    if not any(one in references.captions for one in predictions):
        predictions = _renamed(predictions, references.ids_by_name)
    must_be_among(predictions, references.captions, "predictions", "references")
    return dict(predictions)


def must_be_among(
    ids: Mapping[str, Any], others: Mapping[str, Any], what: str, missing: str
) -> None:
    """Say which ids have nothing beside them."""
    lacking = [one for one in ids if one not in others]
    if lacking:
        count = f"{len(lacking):,} of {len(ids):,} {what} have no {missing}"
        raise StudioError(f"{count}: {listed(lacking)}.")


def listed(ids: list[str] | tuple[str, ...]) -> str:
    """The first ids, and how many more there are."""
    more = f" and {len(ids) - NAMED:,} more" if len(ids) > NAMED else ""
    return ", ".join(_shown(one) for one in ids[:NAMED]) + more


def _renamed(predictions: Mapping[str, str], ids_by_name: Mapping[str, str]) -> dict[str, str]:
    return {ids_by_name.get(one, one): caption for one, caption in predictions.items()}


def _read(path: Path) -> Any:
    try:
        text = path.read_bytes().decode("utf-8-sig")
        return json.loads(text, object_pairs_hook=_each_name_once)
    except UnicodeDecodeError as error:
        raise StudioError(f"{path} is not UTF-8 text, so it is not JSON.") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise StudioError(f"{path} is not JSON: {place}: {error.msg}.") from error
    except RecursionError as error:
        raise StudioError(f"{path} cannot be read: it is nested too deep.") from error
    except _Twice as error:
        raise StudioError(f"{path}: “{_shown(str(error))}” stands there twice.") from error
    except ValueError as error:
        raise StudioError(f"{path} cannot be read: a number in it is too long.") from error


class _Twice(ValueError):
    """A name stands twice in an object: one of its values would be lost."""


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    if len(held) < len(pairs):
        seen: set[str] = set()
        raise _Twice(next(name for name, _ in pairs if name in seen or seen.add(name)))
    return held


def _rows(path: Path, rows: list[Any]) -> list[tuple[str, str]]:
    """Image id and caption of each row of a COCO file."""
    found: list[tuple[str, str]] = []
    for number, row in enumerate(rows, start=1):
        one = row.get("image_id") if isinstance(row, dict) else None
        if isinstance(one, bool) or not isinstance(one, int | str):
            raise StudioError(f"{path}: item {number:,} has no “image_id”.")
        if "caption" not in row:
            raise StudioError(f"{path}: item {number:,} has no “caption”.")
        found.append((str(one), _text(path, str(one), row["caption"])))
    return found


def _text(path: Path, one: str, value: Any) -> str:
    if not isinstance(value, str):
        raise StudioError(f"{path}: the caption of “{_shown(one)}” is {_kind(value)}, not a text.")
    return value


def _texts(path: Path, one: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list):
        raise StudioError(f"{path}: “{_shown(one)}” has {_kind(value)}, not a list of texts.")
    if not value:
        raise StudioError(f"{path}: the list of “{_shown(one)}” is empty.")
    return tuple(_text(path, one, text) for text in value)


def _file_names(images: Any) -> dict[str, str]:
    """Ids by file name without its ending; a name of two images names none."""
    found: dict[str, str] = {}
    twice: set[str] = set()
    for image in images if isinstance(images, list) else ():
        if isinstance(image, dict) and isinstance(image.get("file_name"), str):
            name = PurePosixPath(image["file_name"]).stem
            if name in found:
                twice.add(name)
            found[name] = str(image.get("id"))
    return {name: one for name, one in found.items() if name not in twice}


def _some(path: Path, held: dict[str, Value], what: str) -> dict[str, Value]:
    if not held:
        raise StudioError(f"{path} holds no {what}: it is empty.")
    return held


def _shown(one: str) -> str:
    return one if len(one) <= 60 else f"{one[:57]}…"


def _kind(value: Any) -> str:
    return _KINDS[type(value)]
