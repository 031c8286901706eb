"""Writes the application's one style sheet from the tokens."""

import tempfile
from functools import lru_cache
from pathlib import Path
from string import Template

from studio.ui.tokens import Tokens

SHEET = Template("""
QWidget { color: $text_1; }
QMainWindow, QDialog { background: $ground; }
QLabel { background: transparent; }
QLabel[tone="text_2"] { color: $text_2; }
QLabel[tone="text_3"] { color: $text_3; }
QLabel[tone="text_off"] { color: $text_off; }
QLabel[tone="accent_text"] { color: $accent_text; }
QLabel[tone="on_accent"] { color: $on_accent; }
QLabel[tone="dangerous"] { color: $dangerous; }
QLabel[tone="safe"] { color: $safe; }
QLabel[tone="unsure"] { color: $unsure; }
QLabel[tone="warn"] { color: $warn; }
QLabel[tone="error"] { color: $error; }
QLabel[tone="done"] { color: $done; }
QLabel:disabled { color: $text_off; }

QToolTip { background: $raised; color: $text_1; border: 1px solid $line_strong; padding: 4px 6px; }

QFrame[surface="rail"], QWidget[surface="rail"] { background: $rail; }
QFrame[surface="matte"], QWidget[surface="matte"] { background: $matte; }
QFrame[surface="ground"], QWidget[surface="ground"] { background: $ground; }
QFrame[surface="panel"], QWidget[surface="panel"] { background: $panel; }
QFrame[surface="raised"], QWidget[surface="raised"] { background: $raised; }
QFrame[surface="card"], QWidget[surface="card"] {
    background: $raised; border: 1px solid $line_strong; border-radius: 8px; }
QFrame[surface="band_warn"] { background: $warn_soft; border: 0; border-radius: 6px; }
QFrame[surface="band_error"] { background: $error_soft; border: 0; border-radius: 6px; }
QFrame[surface="band_accent"] { background: $accent_soft; border: 0; border-radius: 6px; }
QFrame[line="below"] { border: 0; border-bottom: 1px solid $line; border-radius: 0; }
QFrame[line="above"] { border: 0; border-top: 1px solid $line; border-radius: 0; }
QFrame[line="right"] { border: 0; border-right: 1px solid $line; border-radius: 0; }
QFrame[line="left"] { border: 0; border-left: 1px solid $line; border-radius: 0; }
QFrame[rule="flat"] { background: $line; border: 0; max-height: 1px; min-height: 1px; }
QFrame[rule="upright"] { background: $line; border: 0; max-width: 1px; min-width: 1px; }

QPushButton {
    background: $raised; border: 1px solid $line_strong; border-radius: 6px;
    padding: 0 10px; min-height: 26px; max-height: 26px; }
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $press; }
QPushButton:disabled { color: $text_off; border-color: $line; }
QPushButton:focus { border: 1px solid $accent_line; }
QPushButton:checked { background: $accent_soft; border-color: $accent_line; color: $accent_text; }
QPushButton[kind="primary"] {
    background: $accent_fill; color: $on_accent; border-color: $accent_fill; }
QPushButton[kind="primary"]:hover { background: $accent_fill_hover; }
QPushButton[kind="primary"]:pressed { background: $accent_fill_press; }
QPushButton[kind="primary"]:focus { border: 1px solid $on_accent; }
QPushButton[kind="primary"]:disabled {
    background: $raised; color: $text_off; border-color: $line_strong; }
QPushButton[kind="ghost"] { background: transparent; border-color: transparent; padding: 0 8px; }
QPushButton[kind="ghost"]:hover { background: $hover; }
QPushButton[kind="ghost"]:pressed { background: $press; }
QPushButton[kind="ghost"]:checked { background: $press; color: $text_1; border-color: $press; }
QPushButton[kind="ghost"]:focus { border: 1px solid $accent_line; }
QPushButton[kind="danger"] { color: $error; }
QPushButton[kind="danger"][filled="true"] {
    background: $error_fill; color: $on_accent; border-color: $error_fill; }
QPushButton[kind="danger"][filled="true"]:hover { background: $error_fill_hover; }
QPushButton[kind="link"] {
    background: transparent; border: 0; padding: 0; color: $accent_text; text-align: left; }
QPushButton[kind="link"]:hover { color: $text_1; }
QPushButton[size="bar"] { min-height: 22px; max-height: 22px; padding: 0 8px; }
QPushButton[size="dialog"] { min-height: 34px; max-height: 34px; padding: 0 14px; }
QPushButton[shape="square"] { padding: 0; min-width: 26px; max-width: 26px; }
QPushButton[shape="square"][size="bar"] { min-width: 22px; max-width: 22px; }
QPushButton::menu-indicator { image: url($caret_down); width: 12px; height: 12px;
    subcontrol-position: right center; right: 8px; }

QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox {
    background: $raised; border: 1px solid $line_strong; border-radius: 6px;
    padding: 0 8px; min-height: 26px; max-height: 26px;
    selection-background-color: $accent_fill; selection-color: $on_accent; }
QLineEdit:hover, QSpinBox:hover, QDoubleSpinBox:hover, QComboBox:hover {
    border-color: $line_control; }
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus {
    border: 1px solid $accent_line; }
QLineEdit:disabled, QComboBox:disabled { color: $text_off; }
QLineEdit[state="edited"], QComboBox[state="edited"] { border-color: $accent_line; }
QLineEdit[state="warning"], QComboBox[state="warning"], QPlainTextEdit[state="warning"] {
    background: $warn_soft; border-color: $warn_mark; }
QLineEdit[state="problem"], QComboBox[state="problem"], QPlainTextEdit[state="problem"] {
    background: $error_soft; border-color: $error_mark; }
QLineEdit[bare="true"] { background: transparent; border: 0; padding: 0; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 0; height: 0; border: 0; }
QAbstractSpinBox > QLineEdit {
    background: transparent; border: 0; padding: 0 8px; min-height: 0; max-height: 24px; }
QComboBox { padding-right: 24px; combobox-popup: 0; }
QComboBox::drop-down { border: 0; width: 24px; }
QComboBox::down-arrow { image: url($caret_down); width: 12px; height: 12px; }
QComboBox QAbstractItemView {
    background: $raised; border: 1px solid $line_strong; outline: 0; padding: 4px;
    selection-background-color: $accent_soft; selection-color: $text_1; }
QComboBox QAbstractItemView::item { min-height: 26px; padding: 0 8px; border-radius: 4px; }
QComboBox QAbstractItemView::item:selected { background: $accent_soft; color: $text_1; }
QComboBox QAbstractItemView::item:disabled { color: $text_off; }

QPlainTextEdit, QTextEdit {
    background: $raised; border: 1px solid $line_strong; border-radius: 6px; padding: 6px 8px;
    selection-background-color: $accent_fill; selection-color: $on_accent; }
QPlainTextEdit:focus, QTextEdit:focus { border: 1px solid $accent_line; }
QPlainTextEdit[bare="true"] { background: transparent; border: 0; padding: 0; }

QCheckBox, QRadioButton { spacing: 8px; background: transparent; min-height: 24px; }
QCheckBox::indicator { width: 15px; height: 15px; border-radius: 4px;
    border: 1px solid $line_control; background: $raised; }
QCheckBox::indicator:hover { border-color: $text_2; }
QCheckBox::indicator:checked { background: $accent_fill; border-color: $accent_fill;
    image: url($check); }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border: 2px solid $accent_line; }
QRadioButton::indicator { width: 15px; height: 15px; border-radius: 8px;
    border: 1px solid $line_control; background: $raised; }
QRadioButton::indicator:checked { image: url($dot); border-color: $accent_line; }

QMenu { background: $raised; border: 1px solid $line_strong; padding: 4px; }
QMenu::item { padding: 5px 28px 5px 12px; border-radius: 4px; }
QMenu::item:selected { background: $accent_soft; }
QMenu::item:disabled { color: $text_off; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
QMenu::icon { padding-left: 8px; }
QMenuBar { background: $panel; }
QMenuBar::item:selected { background: $hover; }

QScrollArea, QAbstractScrollArea { background: transparent; border: 0; }
QPlainTextEdit[field="true"] {
    background: $raised; border: 1px solid $line_strong; border-radius: 6px; }
QPlainTextEdit[field="true"]:hover { border-color: $line_control; }
QPlainTextEdit[field="true"][state="edited"] { border-color: $accent_line; }
QPlainTextEdit[field="true"][state="warning"] {
    background: $warn_soft; border-color: $warn_mark; }
QPlainTextEdit[field="true"][state="problem"] {
    background: $error_soft; border-color: $error_mark; }
QPlainTextEdit[field="true"]:focus { border-color: $accent_line; }
QScrollArea[surface="form"] { background: $form; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $press; border-radius: 3px; border: 2px solid transparent; }
QScrollBar::handle:vertical { min-height: 32px; margin: 0 2px; }
QScrollBar::handle:horizontal { min-width: 32px; margin: 2px 0; }
QScrollBar::handle:hover { background: $line_control; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QListView, QTreeView, QTableView {
    background: transparent; border: 0; outline: 0; alternate-background-color: $panel;
    selection-background-color: $accent_soft; selection-color: $text_1;
    gridline-color: $line; }
QListView::item:hover, QTreeView::item:hover { background: $hover; }
QListView::item:selected, QTreeView::item:selected, QTableView::item:selected {
    background: $accent_soft; color: $text_1; }
QHeaderView { background: transparent; }
QHeaderView::section { background: $panel; color: $text_3; border: 0;
    border-bottom: 1px solid $line; padding: 4px 8px 4px 3px; }
QTableCornerButton::section { background: $panel; border: 0; }

QTabBar { background: transparent; }
QTabBar::tab { background: transparent; color: $text_2; border: 0; padding: 8px 0 7px 0;
    margin-right: 18px; border-bottom: 2px solid transparent; }
QTabBar::tab:hover { color: $text_1; }
QTabBar::tab:selected { color: $text_1; border-bottom: 2px solid $accent_line; }
QTabWidget::pane { border: 0; border-top: 1px solid $line; }

QSlider::groove:horizontal { background: $press; height: 4px; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent_line; border-radius: 2px; }
QSlider::handle:horizontal { background: $text_1; width: 14px; height: 14px; margin: -5px 0;
    border-radius: 7px; }
QSlider::handle:horizontal:hover { background: $accent_text; }
QProgressBar { background: $press; border: 0; border-radius: 2px; max-height: 4px;
    min-height: 4px; }
QProgressBar::chunk { background: $accent_line; border-radius: 2px; }

QSplitter::handle { background: $line; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QStatusBar { background: $panel; }
QStatusBar::item { border: 0; }
""")


def write_stylesheet(tokens: Tokens) -> str:
    """The style sheet of one theme."""
    return SHEET.substitute(tokens.values | _glyph_files(tokens))


@lru_cache(maxsize=1)
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="traffic-studio-theme-")


def _glyph_files(tokens: Tokens) -> dict[str, str]:
    """Style sheets take images from files only: the three that they need, drawn in our colours."""
    from studio.ui.widgets import icons

    wanted = {
        "caret_down": ("caret-down", tokens.value("text_3")),
        "check": ("check-bold", tokens.value("on_accent")),
        "dot": ("circle-fill", tokens.value("accent_line")),
    }
    files = {}
    for name, (glyph, colour) in wanted.items():
        path = Path(_folder().name) / f"{name}-{colour[1:]}.png"
        if not path.exists():
            icons.icon_pixmap(glyph, colour, 12).save(str(path))
            icons.icon_pixmap(glyph, colour, 12, 2.0).save(str(path.with_stem(path.stem + "@2x")))
        files[name] = path.as_posix()
    return files
