"""Where each page's class lies; a page's code is loaded when it is first shown."""

import importlib
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, SignalInstance
from PySide6.QtWidgets import QWidget

from studio.document import Document
from studio.runs.controller import RunController
from studio.runs.inspector import Inspector
from studio.ui.navigation import RAIL_ORDER, Destination, PageName
from studio.ui.widgets.image_loader import ImageLoader
from studio.ui.widgets.page_frame import PageHeader

ASKING = (PageName.SAMPLES, PageName.RECIPE)
HERE = Path(__file__).resolve().parent


class Page(Protocol):
    """What the window asks of a page, which is a QWidget besides."""

    go: SignalInstance
    said: SignalInstance
    header: PageHeader

    def show_destination(self, destination: Destination) -> None:
        """Show what the destination names."""
        ...


def present_pages() -> tuple[PageName, ...]:
    """The pages of the rail whose code is there."""
    return tuple(page for page in RAIL_ORDER if (HERE / page / "page.py").exists())


def module_of(page: PageName) -> str:
    """The module of a page."""
    return f"studio.ui.{page}.page"


def load_pages() -> None:
    """Load every page's code, from any thread: a first visit has only to build its page then."""
    for page in present_pages():
        importlib.import_module(module_of(page))


def make_page(
    page: PageName,
    document: Document,
    controller: RunController,
    images: ImageLoader,
    inspector: Inspector,
) -> QWidget:
    """Load a page's code and build it; those that ask about models share one inspector."""
    module = importlib.import_module(module_of(page))
    shared = {"inspector": inspector} if page in ASKING else {}
    made = getattr(module, f"{page.capitalize()}Page")(document, controller, images, **shared)
    made.header.set_project(document.name)
    return made


def as_page(widget: QObject) -> Page:
    """The page's own side of its widget."""
    return widget  # type: ignore[return-value] - each page has these attributes, by agreement
