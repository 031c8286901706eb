"""How many written captions name what they should: their label, what is boxed, or given words."""

from collections.abc import Sequence
from enum import StrEnum

from studio.runs.caption_scores import RankedCaption
from workers.metrics.captions.containment import Correct, containment


class Naming(StrEnum):
    """Where the names come from that a caption should contain."""

    LABEL = "label"
    BOXES = "boxes"
    WORDS = "words"


TITLES = {
    Naming.LABEL: "their label",
    Naming.BOXES: "something boxed",
    Naming.WORDS: "given words",
}


def count_naming(
    captions: Sequence[RankedCaption], naming: Naming, words: Sequence[str] = ()
) -> Correct:
    """Captions that contain one of their names, of those whose sample has a name.

    Case, width, kind of apostrophe and number of spaces do not matter; “car” is found in “cars”.
    """
    names = [_names_of(one, naming, words) for one in captions]
    asked = [(one, wanted) for one, wanted in zip(captions, names, strict=True) if wanted]
    return containment([one.written for one, _ in asked], [wanted for _, wanted in asked])


def sources_of(captions: Sequence[RankedCaption]) -> tuple[Naming, ...]:
    """The kinds of names that these captions' samples have; given words are always one."""
    kinds = (Naming.LABEL, Naming.BOXES)
    known = [kind for kind in kinds if any(_names_of(one, kind, ()) for one in captions)]
    return (*known, Naming.WORDS)


def words_of(typed: str) -> tuple[str, ...]:
    """Names between commas."""
    return tuple(word for part in typed.split(",") if (word := part.strip()))


def _names_of(caption: RankedCaption, naming: Naming, words: Sequence[str]) -> tuple[str, ...]:
    match naming:
        case Naming.LABEL:
            return (caption.label,) if caption.label else ()
        case Naming.BOXES:
            return caption.boxed
        case Naming.WORDS:
            return tuple(words)
