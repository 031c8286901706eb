"""All words of a caption on one sheet: a small picture with its heat for each."""

from dataclasses import replace

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from studio.attention import picture_look
from studio.attention.look import Look
from studio.numbers import format_probability
from studio.ui import fonts, theme
from studio.ui.attention.picture_stage import Showing, greyed, heat_of
from studio.ui.attention.picture_words import where_words
from studio.ui.attention.sample_facts import SampleView

COLUMNS = 4
WIDTH = 320  # pixels of a small picture
GAP = 16
WORDS = 24
FOOT = 40


def draw_sheet(
    view: SampleView, places: list[int], look: Look, showing: Showing, image: QImage | None
) -> QImage:
    """The words at these places with the look's layers, head and side."""
    assert view.found is not None
    row = view.detail.row
    high = round(WIDTH * row.height / max(1, row.width))
    lines = -(-len(places) // COLUMNS)
    sheet = QImage(
        COLUMNS * (WIDTH + GAP) + GAP,
        lines * (high + WORDS + GAP) + GAP + FOOT,
        QImage.Format.Format_RGB32,
    )
    tokens = theme.current_tokens()
    sheet.fill(tokens.color("panel"))
    painter = QPainter(sheet)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    under = _scaled(image, high, grey=showing.grey)
    most = None
    if showing.one_scale:
        rows = picture_look.each_word(view.found, view.words, places, look)
        most = picture_look.densest(rows, view.found)
    for number, place in enumerate(places):
        down, across = divmod(number, COLUMNS)
        area = QRectF(GAP + across * (WIDTH + GAP), GAP + down * (high + WORDS + GAP), WIDTH, high)
        reading = picture_look.read_picture(
            view.found, view.words, replace(look, word=place, until=None)
        )
        painter.fillRect(area, tokens.color("matte"))
        if under is not None:
            painter.drawImage(area, under)
        reading = replace(reading, most=most)
        painter.drawImage(area, heat_of(reading, area.size().toSize(), showing))
        words = f"{view.words[place].text}   {format_probability(abs(reading.mass))}"
        painter.setFont(fonts.role_font("body"))
        painter.setPen(tokens.color("text_1"))
        below = QRectF(area.left(), area.bottom() + 2, area.width(), WORDS)
        painter.drawText(below, Qt.AlignmentFlag.AlignVCenter, words)
    painter.setFont(fonts.role_font("small"))
    painter.setPen(tokens.color("text_2"))
    foot = QRectF(GAP, sheet.height() - FOOT, sheet.width() - 2 * GAP, FOOT - 8)
    painter.drawText(foot, Qt.AlignmentFlag.AlignVCenter, _foot_words(view, look))
    painter.end()
    return sheet


def _scaled(image: QImage | None, high: int, *, grey: bool) -> QImage | None:
    if image is None:
        return None
    whole = Qt.AspectRatioMode.IgnoreAspectRatio
    small = image.scaled(WIDTH, high, whole, Qt.TransformationMode.SmoothTransformation)
    return greyed(small) if grey else small


def _foot_words(view: SampleView, look: Look) -> str:
    assert view.found is not None
    origin = view.found.provenance
    return (
        f"{view.detail.row.key} · {look.side}, {where_words(look).lower()} · {origin.base_model} · "
        f"adapter {origin.adapter_sha256[:4]} · step {origin.step} · map {view.found.digest[:8]} · "
        "figure: share of attention on the picture"
    )
