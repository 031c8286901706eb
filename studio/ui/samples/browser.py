"""What the Samples page is to those that carry out its wishes."""

from contextlib import AbstractContextManager
from typing import Protocol

from studio.document import Document
from studio.project.records import LabelRow, SampleDetail
from studio.runs.controller import RunController
from studio.ui.sample_edits import Chosen
from studio.ui.samples.browsing import Asked
from studio.ui.samples.details import DetailsPanel
from studio.ui.samples.filters import PanelFacts
from studio.ui.samples.grid import SampleGrid
from studio.ui.samples.left_dock import LeftDock
from studio.ui.samples.middle import MiddlePanel
from studio.ui.widgets.buttons import KeyButton
from studio.ui.widgets.image_view import ImageView


class Browser(Protocol):
    """What is shown and chosen, and the parts that show it."""

    document: Document
    controller: RunController
    asked: Asked
    facts: PanelFacts | None
    labels: list[LabelRow]
    shown: SampleDetail | None
    left: LeftDock
    middle: MiddlePanel
    grid: SampleGrid
    details: DetailsPanel
    undo_button: KeyButton
    redo_button: KeyButton
    import_button: KeyButton
    split_button: KeyButton
    review_button: KeyButton

    def chosen(self) -> Chosen: ...
    def current(self) -> Chosen: ...
    def browsed(self) -> Chosen: ...
    def every_chosen_id(self) -> list[int]: ...
    def need_all_ids(self) -> None: ...
    def own_edit(self, single: bool) -> AbstractContextManager[None]: ...
    def show_images(self, ids: list[int]) -> None: ...
    def viewers(self) -> list[ImageView]: ...
