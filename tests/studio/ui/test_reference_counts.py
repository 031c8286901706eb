"""T1: no Qt call of ours may lose or keep a reference to None, True, False or ()."""

import sys

import pytest
from PySide6.QtCore import QObject, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QLabel, QListWidget, QPushButton, QStackedWidget, QWidget

CALLS = 1000
MOST_DRIFT = 0.05


class Sender(QObject):
    said = Signal(object)


def painting_calls(painter):
    red, rect, area = QColor(255, 0, 0), QRect(0, 0, 20, 20), QRectF(0, 0, 20, 20)
    pen, font = QPen(red, 1), QFont()
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    pixmap = QPixmap(8, 8)
    shape = QPolygonF([QPointF(0, 0), QPointF(9, 0), QPointF(4, 8)])
    return {
        "fillRect": lambda: painter.fillRect(rect, red),
        "fillRect of fractions": lambda: painter.fillRect(area, red),
        "drawRect": lambda: painter.drawRect(area),
        "drawRoundedRect": lambda: painter.drawRoundedRect(area, 4, 4),
        "drawEllipse": lambda: painter.drawEllipse(area),
        "drawLine": lambda: painter.drawLine(0, 0, 9, 9),
        "drawPoint": lambda: painter.drawPoint(QPointF(3, 3)),
        "drawPolygon": lambda: painter.drawPolygon(shape),
        "drawPolyline": lambda: painter.drawPolyline(shape),
        "drawText": lambda: painter.drawText(rect, 0, "bus"),
        "drawImage": lambda: painter.drawImage(area, image, QRectF(0, 0, 8, 8)),
        "drawPixmap": lambda: painter.drawPixmap(0, 0, pixmap),
        "setPen": lambda: painter.setPen(pen),
        "setPen of a colour": lambda: painter.setPen(red),
        "setBrush": lambda: painter.setBrush(red),
        "setBrush of nothing": lambda: painter.setBrush(Qt.BrushStyle.NoBrush),
        "setFont": lambda: painter.setFont(font),
        "setOpacity": lambda: painter.setOpacity(0.5),
        "save and restore": lambda: (painter.save(), painter.restore()),
        "setRenderHint": lambda: painter.setRenderHint(QPainter.RenderHint.Antialiasing),
        "setClipRect": lambda: painter.setClipRect(rect),
        "translate": lambda: painter.translate(0, 0),
    }


def widget_calls(widget):
    label, button, stack, rows = QLabel(widget), QPushButton(widget), QStackedWidget(widget), None
    rows = QListWidget(widget)
    rows.addItems(["one", "two"])
    stack.addWidget(QWidget())
    timer = QTimer(widget)
    sender = Sender(widget)
    sender.said.connect(lambda value: None)
    metrics = QFontMetrics(QFont())
    return {
        "setText": lambda: label.setText("bus"),
        "setVisible": lambda: label.setVisible(False),
        "setToolTip": lambda: label.setToolTip("bus"),
        "setProperty": lambda: label.setProperty("tone", "text_1"),
        "setEnabled": lambda: button.setEnabled(True),
        "setChecked": lambda: button.setChecked(False),
        "update": lambda: widget.update(),
        "updateGeometry": lambda: widget.updateGeometry(),
        "setFixedSize": lambda: widget.setFixedSize(QSize(40, 40)),
        "move": lambda: widget.move(0, 0),
        "raise": lambda: label.raise_(),
        "setCurrentRow": lambda: rows.setCurrentRow(1),
        "setCurrentIndex": lambda: stack.setCurrentIndex(0),
        "timer": lambda: (timer.start(1000), timer.stop()),
        "emit": lambda: sender.said.emit(None),
        "blockSignals": lambda: label.blockSignals(False),
        "isVisible": lambda: label.isVisible(),
        "parentWidget": lambda: widget.parentWidget(),
        "elidedText": lambda: metrics.elidedText("bus", Qt.TextElideMode.ElideRight, 9),
        "horizontalAdvance": lambda: metrics.horizontalAdvance("bus"),
    }


def drifting(calls):
    """The calls that change how often None, True, False or () is referred to."""
    found = []
    for name, call in calls.items():
        call()
        before = [sys.getrefcount(value) for value in (None, True, False, ())]
        for _ in range(CALLS):
            call()
        after = [sys.getrefcount(value) for value in (None, True, False, ())]
        drift = max(abs(b - a) for a, b in zip(before, after, strict=True))
        if drift > CALLS * MOST_DRIFT:
            found.append((name, drift))
    return found


def test_painting_keeps_count_of_references(qapp):
    pixmap = QPixmap(64, 64)
    painter = QPainter(pixmap)
    calls = painting_calls(painter)
    found = drifting(calls)
    painter.end()
    assert len(calls) >= 20
    assert found == []


def test_widgets_keep_count_of_references(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    calls = widget_calls(widget)
    assert len(calls) >= 20
    assert drifting(calls) == []


@pytest.mark.parametrize("calls", [20_000])
def test_many_paint_calls_do_not_abort_the_process(qapp, calls):
    """PySide6 6.12.0 on Python 3.11 aborted after some 7,000."""
    pixmap = QPixmap(64, 64)
    painter = QPainter(pixmap)
    for number in range(calls):
        painter.fillRect(QRect(0, 0, 1 + number % 60, 9), QColor(number % 255, 0, 0))
    painter.end()
    assert not pixmap.isNull()
