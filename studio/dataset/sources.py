"""The formats a source may have: how each is recognised, described and read."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, assert_never, cast

from studio.dataset import folders, llama_factory
from studio.dataset.csv_file import read_csv
from studio.dataset.encodings import refuse_other_encoding
from studio.dataset.instruction_formats import recognise
from studio.dataset.json_file import first_character, read_json
from studio.dataset.records import BadRow, Column, Detection, Dialect, Format, Mapping, Rows, Stray
from studio.dataset.row_values import shorten
from studio.dataset.table_rows import SPLITS, to_rows
from studio.dataset.walk import files_under, is_image, junk_kind, stray_of
from studio.errors import StudioError

TABLES = {".csv": Format.CSV, ".tsv": Format.CSV, ".jsonl": Format.JSON, ".ndjson": Format.JSON}
TABLES[".json"] = Format.JSON
ROWS_OF = {
    Format.ALPACA: "alpaca rows",
    Format.SHAREGPT: "ShareGPT conversations",
    Format.MESSAGES: "OpenAI messages",
}
METADATA = ("metadata.jsonl", "metadata.csv")
LOOKED_AT = 2_000  # files, to tell a format
ROWS_LOOKED_AT = 200
NAMES = {
    "text": ("text", "caption", "captions", "description", "sentence", "prompt", "translation"),
    "label": ("label", "class", "category", "target", "intent", "risk"),
    "image": ("file_name", "image", "image_path", "filename", "img", "path", "file"),
    "key": ("id", "key", "sample_id", "uid"),
    "split": ("split", "subset"),
    "scene": ("scene", "scene_id", "clip", "video"),
}


def detect(path: Path, data_set: str = "") -> Detection:
    """The format of a file or folder; raises StudioError when there is nothing to import.

    Of a folder with a dataset_info.json, the data set of that name, else the first.
    """
    if not path.exists():
        raise StudioError(f"{path} does not exist.", "Check the path.")
    info = llama_factory.info_of(path)
    if info is not None:
        return _detect_set(info, data_set)
    if data_set:
        raise StudioError(f"{path.name} holds no {llama_factory.INFO}, so no data set has a name.")
    if path.is_dir():
        return _detect_folder(path)
    format = TABLES.get(path.suffix.lower())
    if format is None or not path.is_file():
        raise StudioError(
            f"{path.name} is not a format that can be imported.",
            "Choose a folder, or a file ending in .csv, .tsv, .jsonl or .json.",
        )
    reason = "a table with a header" if format is Format.CSV else "JSON lines"
    if format is Format.JSON and first_character(path) == "[":
        reason = "a JSON list"
    return _with_columns(path, format, f"{path.suffix.lower()} file → {reason}", [path])


def read(detection: Detection, mapping: Mapping) -> Rows:
    """Everything found in the source, one by one, good and bad."""
    path = detection.path
    match detection.format:
        case Format.FOLDER_LABELS:
            yield from folders.read_folder_labels(path, mapping)
        case Format.SIDECARS:
            yield from folders.read_sidecars(path, mapping)
        case Format.CSV | Format.JSON | Format.ALPACA | Format.SHAREGPT | Format.MESSAGES:
            root, split = root_of(detection, mapping), mapping.into_split or None
            for number, values in islice(_table(path), mapping.most_rows or None):
                yield from to_rows(number, values, mapping, root, split) if number else values
        case Format.IMAGEFOLDER:
            yield from _read_imagefolder(path, mapping)
        case _:
            assert_never(detection.format)


def root_of(detection: Detection, mapping: Mapping) -> Path:
    """The folder that image paths are relative to."""
    if mapping.image_root:
        return mapping.image_root
    return detection.path if detection.path.is_dir() else detection.path.parent


def columns_of(files: list[Path]) -> tuple[Column, ...]:
    """Columns in the first rows, nested ones as dotted paths, with up to three values each."""
    found: dict[str, list[str]] = {}
    for file in files[:3]:
        for number, values in islice(_table(file), ROWS_LOOKED_AT):
            if number:
                for name, value in _flattened(values, ""):
                    examples = found.setdefault(name, [])
                    text = shorten(value)
                    if value not in (None, "") and len(examples) < 3 and text not in examples:
                        examples.append(text)
    return tuple(Column(name, tuple(examples)) for name, examples in list(found.items())[:200])


def _flattened(values: dict[str, Any], before: str) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        path = f"{before}{name}"
        if isinstance(value, dict) and path.count(".") < 3:
            yield path, value
            yield from _flattened(cast("dict[str, Any]", value), f"{path}.")
        else:
            yield path, value


def _table(path: Path) -> Iterator[Any]:
    """Pairs of row number and values; a bad row comes as (0, [BadRow])."""
    reader: Callable[[Path], Any] = (
        read_csv if TABLES[path.suffix.lower()] is Format.CSV else read_json
    )
    for found in reader(path):
        yield (0, [found]) if isinstance(found, BadRow) else found


def _detect_set(info: Path, name: str) -> Detection:
    found = llama_factory.read_sets(info)
    chosen = llama_factory.choose(found, name)
    refuse_other_encoding(chosen.file)
    reason = f"{info.name} → {chosen.format.value} in {chosen.file.name}"
    return Detection(
        chosen.file,
        chosen.format,
        reason,
        chosen.mapping,
        columns_of([chosen.file]),
        tuple(one.name for one in found if not one.problem),
        chosen.name,
    )


def _detect_folder(root: Path) -> Detection:
    metadata = _metadata_files(root)
    if metadata:
        reason = f"{metadata[0].name} beside images → imagefolder"
        return _with_columns(root, Format.IMAGEFOLDER, reason, metadata)
    looked_at = [path for path in islice(files_under(root), LOOKED_AT) if isinstance(path, Path)]
    pictures = [path for path in looked_at if is_image(path)]
    tables = [path for path in looked_at if path.parent == root and path.suffix.lower() in TABLES]
    if not pictures:
        if len(tables) == 1:
            return detect(tables[0])
        raise StudioError(
            f"No pictures and no table were found in {root.name}.",
            "Choose a folder with pictures, or a .csv or .jsonl file.",
        )
    with_text = [path for path in pictures if folders.sidecar_of(path).is_file()]
    if len(with_text) * 2 > len(pictures):
        texts = [_some_text(folders.sidecar_of(path)) for path in with_text[:50]]
        mapping = Mapping(dialect=folders.guess_dialect(texts))
        return Detection(root, Format.SIDECARS, ".txt files beside pictures → captions", mapping)
    if len(tables) == 1:
        return detect(tables[0])
    named = {folders.folder_meaning(path.relative_to(root))[1] for path in pictures} - {None}
    reason = "pictures in subfolders → the folder's name is the label"
    if not named:
        reason = "pictures without captions or labels"
    return Detection(root, Format.FOLDER_LABELS, reason, Mapping(add_labels=True))


def _some_text(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read(4096)


def _metadata_files(root: Path) -> list[Path]:
    """The metadata file of the root, else those of its split folders."""
    for name in METADATA:
        if (root / name).is_file():
            return [root / name]
    found: list[Path] = []
    for folder in sorted(root.iterdir()):
        if folder.name.lower() in SPLITS and folder.is_dir() and not folder.is_symlink():
            found += [folder / name for name in METADATA if (folder / name).is_file()][:1]
    return found


def _read_imagefolder(root: Path, mapping: Mapping) -> Rows:
    """Rows of the metadata files; file names are relative to the file they stand in."""
    for file in _metadata_files(root):
        split = SPLITS.get(file.parent.name.lower()) if file.parent != root else None
        for number, values in _table(file):
            yield from to_rows(number, values, mapping, file.parent, split) if number else values
    for path in files_under(root):
        if isinstance(path, Stray):
            yield path
        elif not is_image(path) and path.name not in METADATA and not junk_kind(path.name):
            yield stray_of(path)


def _with_columns(path: Path, format: Format, reason: str, files: list[Path]) -> Detection:
    for file in files:
        refuse_other_encoding(file)
    columns = columns_of(files)
    lower = {column.name.lower(): column.name for column in reversed(columns)}
    chosen = {
        meaning: next((lower[name] for name in names if name in lower), "")
        for meaning, names in NAMES.items()
    }
    mapping = Mapping(
        text=chosen["text"],
        label=chosen["label"],
        image=chosen["image"],
        key=chosen["key"],
        split=chosen["split"],
        scene=chosen["scene"],
        boxes=lower["objects"] if "objects" in lower and "objects.bbox" in lower else "",
    )
    first = (
        next((values for number, values in _table(path) if number), {}) if files == [path] else {}
    )
    known = recognise(first, columns, mapping)
    if known is not None and format is Format.JSON:
        return Detection(
            path, known.format, f"{reason} of {ROWS_OF[known.format]}", known.mapping, columns
        )
    if known is not None and known.format is Format.ALPACA:
        mapping = known.mapping
    return Detection(path, format, reason, mapping, columns)


def dialect_question() -> dict[Dialect, str]:
    """What is asked once about sidecars."""
    return {
        Dialect.TAGS: "tags, separated by commas",
        Dialect.CAPTIONS: "each line is a caption of its own",
        Dialect.PROSE: "one caption in plain prose",
    }
