"""What the page does to the project: each act with its title, on what is chosen."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from studio.document import Document
from studio.errors import StudioError
from studio.numbers import format_count
from studio.project import edits
from studio.project.records import LabelRow, SuggestionRow
from studio.ui import background, sample_edits
from studio.ui.sample_edits import Chosen
from studio.ui.samples.replace_strip import Replacement
from studio.ui.samples.split_strip import SplitWish

AT_ONCE = 200  # more samples than this are edited on a thread


class SampleActs(QObject):
    """Edits the project; says in words what could not be done."""

    said = Signal(str)
    busy = Signal(bool)

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document

    def label(self, chosen: Chosen, label: LabelRow | None) -> bool:
        return self._do(chosen.count, sample_edits.set_label, self.document, chosen, label)

    def split(self, chosen: Chosen, split: str | None) -> bool:
        return self._do(chosen.count, sample_edits.set_split, self.document, chosen, split)

    def review(self, chosen: Chosen, reviewed: bool) -> bool:
        return self._do(chosen.count, sample_edits.set_reviewed, self.document, chosen, reviewed)

    def caption(self, sample_id: int, key: str, text: str) -> bool:
        return self._do(1, sample_edits.write_caption, self.document, sample_id, key, text)

    def answer(self, sample_id: int, key: str, text: str) -> bool:
        title = f"Answer of {key}"
        return self._do(1, self.document.edit, title, edits.write_answer, sample_id, text)

    def add_caption(self, sample_id: int, key: str) -> bool:
        title = f"Add a caption to {key}"
        return self._do(1, self.document.edit, title, edits.add_caption, sample_id, "New caption")

    def promote_caption(self, key: str, caption_id: int) -> bool:
        title = f"Choose another caption of {key}"
        return self._do(1, self.document.edit, title, edits.promote_caption, caption_id)

    def remove_caption(self, key: str, caption_id: int) -> bool:
        title = f"Remove a caption of {key}"
        return self._do(1, self.document.edit, title, edits.remove_caption, caption_id)

    def accept_suggestion(self, row: SuggestionRow, key: str, text: str | None = None) -> bool:
        verb = "Accept" if text is None else "Edit"
        title = f"{verb} the suggested caption of {key}"
        args = (edits.accept_suggestion, row.sample_id, row.run_id, text)
        return self._do(1, self.document.edit, title, *args)

    def reject_suggestion(self, row: SuggestionRow, key: str) -> bool:
        title = f"Reject the suggested caption of {key}"
        args = (edits.reject_suggestion, row.sample_id, row.run_id)
        return self._do(1, self.document.edit, title, *args)

    def accept_suggestions(self, chosen: Chosen, count: int, run_id: int | None) -> bool:
        """Of a whole query or of the chosen samples: the newest, or those of one run."""
        return self._decide("Accept", edits.accept_suggestions, chosen, count, run_id)

    def reject_suggestions(self, chosen: Chosen, count: int, run_id: int | None) -> bool:
        return self._decide("Reject", edits.reject_suggestions, chosen, count, run_id)

    def _decide(
        self,
        verb: str,
        function: Callable[..., int],
        chosen: Chosen,
        count: int,
        run_id: int | None,
    ) -> bool:
        unit = "suggested caption" if count == 1 else "suggested captions"
        title = f"{verb} {format_count(count)} {unit}"
        ids = list(chosen.ids) if chosen.query is None else None

        def decide() -> None:
            self.document.edit(title, function, chosen.query or "", ids, run_id=run_id)

        return self._do(count, decide)

    def delete(self, chosen: Chosen) -> bool:
        title = f"Remove {chosen.words}"
        return self._do(
            chosen.count, self.document.edit, title, edits.delete_samples, list(chosen.ids)
        )

    def save_view(self, name: str, query: str) -> bool:
        title = f"Save the view {name}"
        return self._do(1, self.document.edit, title, edits.save_view, name, query)

    def rename_view(self, view_id: int, name: str) -> bool:
        title = f"Rename a view to {name}"
        return self._do(1, self.document.edit, title, edits.rename_view, view_id, name)

    def remove_view(self, view_id: int, name: str) -> bool:
        title = f"Remove the view {name}"
        return self._do(1, self.document.edit, title, edits.remove_view, view_id)

    def replace(self, query: str, wanted: Replacement, count: int) -> bool:
        unit = "caption" if count == 1 else "captions"
        title = f"Replace “{wanted.find}” with “{wanted.put}” in {format_count(count)} {unit}"
        return self._do(count, self._replace, title, query, wanted)

    def _replace(self, title: str, query: str, wanted: Replacement) -> None:
        self.document.edit(
            title,
            edits.replace_in_captions,
            query,
            wanted.find,
            wanted.put,
            match_case=wanted.match_case,
        )

    def split_by_rule(self, query: str, ratio: str, wish: SplitWish) -> bool:
        tail = ", by label" if wish.stratified else ""
        return self._do(AT_ONCE + 1, self._split_by_rule, f"Split {ratio}{tail}", query, wish)

    def _split_by_rule(self, title: str, query: str, wish: SplitWish) -> str:
        counts = self.document.edit(
            title, edits.split_samples, wish.share, wish.seed, wish.stratified, query
        )
        return (
            f"{title}: {format_count(counts.train)} train, "
            f"{format_count(counts.validation)} validation. Frames of one scene stay together."
        )

    def _do(self, count: int, function: Callable[..., Any], *args: Any) -> bool:
        """At once for a few samples, on a thread for many; False when it was refused."""
        if count > AT_ONCE:
            self.busy.emit(True)
            background.run(
                lambda: function(*args), done=self._done, failed=self._failed, owner=self
            )
            return True
        try:
            function(*args)
        except StudioError as error:
            self.said.emit(str(error))
            return False
        return True

    def _done(self, answer: object) -> None:
        self.busy.emit(False)
        if isinstance(answer, str):
            self.said.emit(answer)

    def _failed(self, error: Exception) -> None:
        self.busy.emit(False)
        if not isinstance(error, StudioError):
            raise error
        self.said.emit(str(error))
