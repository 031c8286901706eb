"""Markup in captions, labels, files' names and runs' names is shown letter by letter everywhere."""

import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QHelpEvent, Qt, QTextDocument
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLabel,
    QTextEdit,
    QToolTip,
    QWidget,
)

from studio.document import Document
from studio.project import caption_edits, label_edits, setting_edits
from studio.ui.compare.reading import read_compared
from studio.ui.compare.report import report_html
from studio.ui.main_window import MainWindow
from studio.ui.navigation import RAIL_ORDER, Destination, PageName
from studio.ui.widgets.image_loader import ImageLoader
from tests.studio.ui.runs import filled
from workers.contract.options import option_values

WIDEST = 6000  # pixels: what a table of a million would burst


@pytest.fixture(scope="module")
def payloads(tmp_path_factory):
    """Markup that would read a local picture, take a million pixels, or change what is said."""
    picture = tmp_path_factory.mktemp("bait") / "bait.png"
    Image.new("RGB", (3000, 2000), "red").save(picture)
    return (
        f'<img src="{picture}">',
        '<table width="1000000"><tr><td>wide</td></tr></table>',
        "<b>bold</b> &lt;i&gt; & <a href='file:///etc/passwd'>link</a>",
    )


@pytest.fixture(scope="module")
def hostile(tmp_path_factory, payloads, qapp):
    """A project whose every text is one of the payloads."""
    image, table, link = payloads
    folder = tmp_path_factory.mktemp("hostile")
    place = folder / "<b>images"
    place.mkdir()
    pictures = []
    for number in range(12):
        pictures.append(place / f"<u>scene {number}.png")
        Image.new("RGB", (320, 200), (20 * number, 90, 40)).save(pictures[-1])
    document = filled.make_document(folder / "<i>crossing & co.studio", 60, pictures)
    document.edit(f"Rename {table}", label_edits.rename_label, 1, image)
    document.edit("Rename safe", label_edits.rename_label, 2, link)
    for number in range(1, 61):
        document.edit(f"Write {image}", _disguise, number, payloads[number % 3])
    document.edit(f"Keep {link}", setting_edits.save_view, table, f'caption:"{link}"')
    options = filled.make_options(folder)
    document.edit("Keep", setting_edits.save_recipe, image, "bert-lora", option_values(options))
    runs = [
        filled.add_run(document, options, name=payloads[number], seed=number) for number in range(2)
    ]
    filled.add_run(document, options, name=link, end="failed")
    document.close()
    return document.path, runs


def _disguise(connection, sample_id, text):
    caption_edits.write_caption(connection, sample_id, f"{text} {sample_id}")
    connection.exec_driver_sql(
        "UPDATE samples SET key = ? WHERE id = ?", (f"{text} {sample_id}", sample_id)
    )


@pytest.fixture
def window(qtbot, hostile):
    made = MainWindow()
    qtbot.addWidget(made)
    made.resize(1440, 900)
    made.show()
    made.open_project(hostile[0])
    yield made
    made.close()


def _settle(qtbot):
    qtbot.wait(400)
    for _ in range(5):
        QApplication.processEvents()


def _tooltip_of(widget):
    """The words that hovering over the middle of a widget shows."""
    QToolTip.hideText()
    middle = widget.rect().center()
    asked = QHelpEvent(QEvent.Type.ToolTip, middle, widget.mapToGlobal(middle))
    QApplication.sendEvent(widget, asked)
    return QToolTip.text() or widget.toolTip()


def _as_shown(markup):
    """What a reader sees of a tooltip."""
    if not Qt.mightBeRichText(markup):
        return markup
    document = QTextDocument()
    document.setHtml(markup)
    assert "\ufffc" not in document.toPlainText(), f"a picture in a tooltip: {markup}"
    return document.toPlainText()


def _faults(widget, payloads):
    is_label = isinstance(widget, QLabel) and widget.textFormat() != Qt.TextFormat.PlainText
    if is_label and Qt.mightBeRichText(widget.text()):
        yield f"label {widget.text()!r}"
    if isinstance(widget, QTextEdit) and widget.acceptRichText():
        yield f"{type(widget).__name__} takes rich text"
    if max(widget.width(), widget.minimumSizeHint().width()) > WIDEST:
        yield f"{type(widget).__name__} is {widget.width()} wide"
    has_key = isinstance(widget, QAbstractButton) and not widget.shortcut().isEmpty()
    if has_key and any(payload in widget.text() for payload in payloads):
        yield f"an & became the key {widget.shortcut().toString()}"
    for markup in _tooltips(widget):
        shown = _as_shown(markup)
        for payload in payloads:
            start = payload[:12]
            if start in markup and start not in shown:
                yield f"tooltip of {type(widget).__name__}: {markup[:120]}"


def _tooltips(widget):
    if widget.isVisible():
        yield _tooltip_of(widget)
    model = widget.model() if isinstance(widget, QAbstractItemView | QComboBox) else None
    if model is not None:
        for row in range(min(model.rowCount(), 40)):
            for column in range(model.columnCount()):
                yield str(model.index(row, column).data(Qt.ItemDataRole.ToolTipRole) or "")


@pytest.mark.parametrize("page", RAIL_ORDER)
def test_no_page_reads_markup(window, hostile, payloads, qtbot, page):
    _, runs = hostile
    sample = 1 if page in (PageName.SAMPLES, PageName.ATTENTION) else None
    window.go(Destination(page, run_ids=tuple(runs), sample_id=sample))
    _settle(qtbot)
    widgets = [window, *window.findChildren(QWidget)]
    shown = [widget for widget in widgets if widget.isVisible()]
    assert len(shown) > 20
    assert [fault for widget in widgets for fault in _faults(widget, payloads)] == []
    window.status.show_edit(payloads[0])
    window.toast.say(payloads[1])
    for label in (*window.status.findChildren(QLabel), window.toast.sentence):
        assert label.textFormat() == Qt.TextFormat.PlainText
    assert window.width() == 1440


def test_painted_tooltips_show_the_letters(window, qtbot):
    """The grid paints its cells itself; hovering anywhere over it reads no markup."""
    window.go(Destination(PageName.SAMPLES))
    _settle(qtbot)
    found = set()
    for place in range(40, window.width() - 40, 60):
        for height in range(120, window.height() - 60, 60):
            widget = window.childAt(QPoint(place, height))
            at = widget.mapFrom(window, QPoint(place, height))
            QToolTip.hideText()
            asked = QHelpEvent(QEvent.Type.ToolTip, at, widget.mapToGlobal(at))
            QApplication.sendEvent(widget, asked)
            found.add(QToolTip.text())
    shown = [_as_shown(text) for text in found]
    assert any("<a href=" in text for text in shown), shown
    QToolTip.hideText()


def test_the_report_of_a_comparison_escapes_everything(hostile, payloads, qtbot):
    path, runs = hostile
    document = Document.open(path, read_only=True)
    images = ImageLoader()
    try:
        page = report_html(read_compared(document, *runs), QWidget(), images)
    finally:
        images.close()
        document.close()
    for payload in payloads:
        assert payload not in page
    assert "&lt;img src=" in page or "&lt;table" in page
