"""Folders of pictures: labels from the subfolders' names, captions from .txt files beside them."""

from pathlib import Path

from studio.dataset.records import BadRow, Dialect, ImportRow, Mapping, Rows, Stray
from studio.dataset.row_values import LONGEST_CAPTION
from studio.dataset.table_rows import SPLITS
from studio.dataset.walk import files_under, is_image, stray_of

LARGEST_SIDECAR = 2**20
HOLDERS = {"images", "image", "img", "imgs"}  # such a folder's name says nothing of its pictures


def read_folder_labels(root: Path, mapping: Mapping) -> Rows:
    """Each picture with the name of its folder as label; train/… folders above give the split."""
    number = 0
    for path in files_under(root):
        if isinstance(path, Stray):
            yield path
        elif not is_image(path):
            yield stray_of(path)
        else:
            number += 1
            split, label = folder_meaning(path.relative_to(root))
            if label is not None and label in mapping.label_values:
                label = mapping.label_values[label] or None
            yield ImportRow(number, key=path.stem, label=label, image=path, split=split)


def folder_meaning(relative: Path) -> tuple[str | None, str | None]:
    """Split and label that the folders above a picture name."""
    names = list(relative.parts[:-1])
    split = SPLITS.get(names[0].lower()) if names else None
    if split:
        names = names[1:]
    while names and names[0].lower() in HOLDERS:
        names = names[1:]
    return split, names[0] if names else None


def read_sidecars(root: Path, mapping: Mapping) -> Rows:
    """Each picture with the text of the .txt file of its name."""
    number = 0
    for path in files_under(root):
        if isinstance(path, Stray):
            yield path
        elif path.suffix.lower() == ".txt":
            if not _has_picture(path):
                number += 1
                yield BadRow(number, path.name, "no picture of this name beside it")
        elif not is_image(path):
            yield stray_of(path)
        else:
            number += 1
            yield _with_sidecar(number, path, root, mapping)


def sidecar_of(path: Path) -> Path:
    """Where the caption of a picture is looked for."""
    return path.with_suffix(".txt")


def _has_picture(sidecar: Path) -> bool:
    return any(is_image(other) for other in sidecar.parent.glob(_escaped(sidecar.stem) + ".*"))


def _escaped(stem: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in stem)


def _with_sidecar(number: int, path: Path, root: Path, mapping: Mapping) -> ImportRow | BadRow:
    sidecar = sidecar_of(path)
    name = sidecar.name
    try:
        if sidecar.is_symlink() or not sidecar.is_file():
            return BadRow(number, name, "no .txt beside the picture", path.name)
        if sidecar.stat().st_size > LARGEST_SIDECAR:
            return BadRow(number, name, "caption file larger than 1 MB")
        text = sidecar.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return BadRow(number, name, f"not valid UTF-8 at byte {error.start + 1}")
    except OSError as error:
        return BadRow(number, name, f"not readable: {error.strerror}")
    if "\0" in text:
        return BadRow(number, name, "contains a NUL character")
    texts = captions_of(text, mapping.dialect or Dialect.PROSE)
    if not texts:
        return BadRow(number, name, "caption empty")
    if len(text) > LONGEST_CAPTION:
        return BadRow(number, name, f"caption longer than {LONGEST_CAPTION:,} characters")
    split, label = folder_meaning(path.relative_to(root))
    if label is not None and label in mapping.label_values:
        label = mapping.label_values[label] or None
    return ImportRow(number, path.stem, texts, label=label, image=path, split=split)


def captions_of(text: str, dialect: Dialect) -> tuple[str, ...]:
    """The captions in a sidecar; tags and prose stay exactly as found."""
    if not text.strip():
        return ()
    if dialect is Dialect.CAPTIONS:
        return tuple(line for line in text.splitlines() if line.strip())
    return (text,)


def guess_dialect(texts: list[str]) -> Dialect:
    """What sidecars most likely are: several lines, short parts between commas, or prose."""
    several = sum(len(captions_of(text, Dialect.CAPTIONS)) > 1 for text in texts)
    if several * 2 > len(texts):
        return Dialect.CAPTIONS
    tags = sum(_looks_like_tags(text) for text in texts)
    return Dialect.TAGS if tags * 2 > len(texts) else Dialect.PROSE


def _looks_like_tags(text: str) -> bool:
    parts = [part.strip() for part in text.split(",")]
    short = all(len(part.split()) <= 3 for part in parts)
    return len(parts) >= 3 and short and not text.rstrip().endswith(".")
