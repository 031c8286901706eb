"""Turns a table's row into a sample by the mapping; the same for CSV, JSON and metadata files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from studio.dataset.instruction_rows import is_instruction, spoken_in
from studio.dataset.records import BadRow, ImportBox, ImportRow, Mapping
from studio.dataset.row_values import BadField, check_length, text_of, value_at
from studio.dataset.walk import inside

SPLITS = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "eval": "validation",
    "test": "test",
    "testing": "test",
}


def to_rows(
    number: int, values: dict[str, Any], mapping: Mapping, root: Path, split: str | None = None
) -> Iterator[ImportRow | BadRow]:
    """The samples of one row: one, or as many as the exploded columns hold."""
    for part in _exploded(values, mapping):
        try:
            yield _to_row(number, part, mapping, root, split)
        except BadField as bad:
            yield BadRow(number, bad.column, bad.reason, bad.value)


def _exploded(values: dict[str, Any], mapping: Mapping) -> Iterator[dict[str, Any]]:
    """The row itself, or the row joined with each item of the named columns."""
    if not mapping.explode:
        yield values
        return
    for column in mapping.explode:
        held = value_at(values, column)
        if isinstance(held, dict):
            items = list(cast("dict[str, Any]", held).items())
        elif isinstance(held, list):
            items = [(str(place), item) for place, item in enumerate(cast("list[Any]", held), 1)]
        else:
            continue
        for place, item in items:
            if isinstance(item, dict):
                found = cast("dict[str, Any]", item)
                yield {**values, **found, _PLACE: f"{column.rsplit('.', 1)[-1].lower()}-{place}"}


_PLACE = "\0place"  # no column of a file can be called this


def _to_row(
    number: int, values: dict[str, Any], mapping: Mapping, root: Path, split: str | None
) -> ImportRow:
    place = values.get(_PLACE)
    key = text_of(value_at(values, mapping.key)) if mapping.key else ""
    spoken = spoken_in(values, mapping) if is_instruction(mapping) else None
    return ImportRow(
        row=number,
        key=f"{key}-{place}" if key and place else key,
        texts=(spoken.caption,) if spoken else _texts(values, mapping),
        label=_label(values, mapping),
        image=_path(spoken.image, mapping, root) if spoken else _image(values, mapping, root),
        split=_split(values, mapping) or split,
        scene=text_of(value_at(values, mapping.scene)) or None if mapping.scene else None,
        boxes=_boxes(values, mapping),
        instruction=spoken.instruction if spoken else "",
        answer=spoken.answer if spoken else "",
    )


def _texts(values: dict[str, Any], mapping: Mapping) -> tuple[str, ...]:
    if not mapping.text:
        return ()
    value = value_at(values, mapping.text)
    found = cast("list[Any]", value) if isinstance(value, list) else [value]
    if any(isinstance(text, dict | list | bool) for text in found):
        raise BadField(mapping.text, "caption is not text", value)
    texts = [text_of(text) for text in found]
    texts = [text for text in texts if text.strip()]
    if not texts:
        raise BadField(mapping.text, "caption empty")
    for text in texts:
        check_length(mapping.text, text, "caption")
    return tuple(texts)


def _label(values: dict[str, Any], mapping: Mapping) -> str | None:
    """The value found, mapped where the mapping knows it; of a list, the first it knows."""
    if not mapping.label:
        return None
    value = value_at(values, mapping.label)
    if isinstance(value, list):
        found = [text_of(item) for item in cast("list[Any]", value)]
        known = [item for item in found if item in mapping.label_values]
        known.sort(key=lambda item: not mapping.label_values[item])  # a label before none
        text = known[0] if known else ", ".join(found)
    else:
        text = text_of(value)
    if text not in mapping.label_values:
        text = text.strip()
    return mapping.label_values.get(text, text) or None


def _image(values: dict[str, Any], mapping: Mapping, root: Path) -> Path | None:
    if not mapping.image:
        return None
    text = text_of(value_at(values, mapping.image)).strip()
    if not text:
        if mapping.text:
            return None
        raise BadField(mapping.image, "image not named")
    return _path(text, mapping, root)


def _path(text: str, mapping: Mapping, root: Path) -> Path | None:
    """The file of an image's name, which must lie below the root."""
    if not text:
        return None
    column = mapping.image or "image"
    if "\0" in text:
        raise BadField(column, "contains a NUL character")
    path = inside(root, text)
    if path is None:
        raise BadField(column, "image lies outside the source's folder", text)
    return path


def _split(values: dict[str, Any], mapping: Mapping) -> str | None:
    if not mapping.split:
        return None
    text = text_of(value_at(values, mapping.split)).strip()
    if not text:
        return None
    split = SPLITS.get(text.lower())
    if split is None:
        raise BadField(mapping.split, "split not known", text)
    return split


def _boxes(values: dict[str, Any], mapping: Mapping) -> tuple[ImportBox, ...]:
    """Boxes as Hugging Face writes them: bbox lists of x, y, width, height, with categories."""
    objects = value_at(values, mapping.boxes) if mapping.boxes else None
    if not isinstance(objects, dict):
        return ()
    found = cast("dict[str, Any]", objects)
    boxes, names = found.get("bbox"), found.get("categories", found.get("category"))
    if not isinstance(boxes, list):
        raise BadField(mapping.boxes, "boxes without a list “bbox”", objects)
    names = cast("list[Any]", names) if isinstance(names, list) else []
    result: list[ImportBox] = []
    for place, box in enumerate(cast("list[Any]", boxes)):
        numbers = cast("list[Any]", box) if isinstance(box, list) else []
        if len(numbers) != 4 or not all(_is_number(number) for number in numbers):
            raise BadField(mapping.boxes, "a box is not four numbers", box)
        x, y, width, height = (float(number) for number in numbers)
        if width <= 0 or height <= 0:
            raise BadField(mapping.boxes, "a box without width or height", box)
        name = str(names[place]) if place < len(names) else "object"
        result.append(ImportBox(name, x, y, width, height))
    return tuple(result)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9
