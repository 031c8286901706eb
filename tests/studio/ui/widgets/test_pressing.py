from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from studio.ui.widgets.pressing import make_pressable


def test_a_painted_card_is_pressed_by_mouse_and_keys(qtbot):
    card, presses = QWidget(), []
    make_pressable(card, lambda: presses.append("pressed"))
    qtbot.addWidget(card)
    card.resize(80, 40)
    card.show()
    QTest.mouseClick(card, Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
        QTest.keyClick(card, key)
    assert len(presses) == 4


def test_a_card_is_not_pressed_by_other_keys_buttons_or_a_release_outside(qtbot):
    card, presses = QWidget(), []
    make_pressable(card, lambda: presses.append("pressed"))
    qtbot.addWidget(card)
    card.resize(80, 40)
    card.show()
    QTest.keyClick(card, Qt.Key.Key_A)
    QTest.mouseClick(card, Qt.MouseButton.RightButton, pos=QPoint(20, 20))
    QTest.mousePress(card, Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
    QTest.mouseRelease(card, Qt.MouseButton.LeftButton, pos=QPoint(200, 20))
    assert presses == []
