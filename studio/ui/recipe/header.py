"""The header of Recipe: which recipe, how much is edited, what can be done with it, Train."""

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QMenu

from studio.ui import actions
from studio.ui.recipe.choices import RecipeChoice
from studio.ui.widgets.buttons import make_button, make_icon_button
from studio.ui.widgets.chip import Chip
from studio.ui.widgets.page_frame import PageHeader
from studio.ui.widgets.text import plain_tooltip

WISHES = (
    ("save_as", "Save as…", "any"),
    ("duplicate", "Duplicate…", "any"),
    ("rename", "Rename…", "saved"),
    ("remove", "Delete", "saved"),
    ("", "", ""),
    ("back", "Back to the recipe’s values", "edited"),
    ("grid", "Grid of runs…", "ready"),
    ("command", "Preview command…", "any"),
)


class RecipeHeader(PageHeader):
    """`wanted` carries save_as, duplicate, rename, remove, back, grid or command."""

    recipe_chosen = Signal(str)
    wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__("Recipe")
        self.combo = QComboBox()
        self.combo.setMinimumWidth(200)
        self.combo.setMaximumWidth(320)
        self.combo.setAccessibleName("Recipe")
        self.combo.activated.connect(
            lambda index: self.recipe_chosen.emit(self.combo.itemData(index))
        )
        self.edited = Chip("", "accent")
        self.difference = make_button(
            "Difference", "ghost", "git-diff", tooltip="What differs from the shipped recipe."
        )
        self.more = make_icon_button("dots-three", "More for this recipe", size="")
        self.more.clicked.connect(self._open_menu)
        self.train = make_button("Train", "primary", "play", actions.shown_key("train"))
        for widget in (self.combo, self.edited, self.difference, self.more):
            self.add_button(widget)
        self.add_button(self.train, primary=True)
        self.saved = False
        self.show_edited(0)

    def show_choices(self, choices: list[RecipeChoice], current: RecipeChoice) -> None:
        """List the recipes; mark the present one."""
        with QSignalBlocker(self.combo):
            self.combo.clear()
            for choice in choices:
                self.combo.addItem(choice.title, choice.key)
            self.combo.setCurrentIndex(self.combo.findData(current.key))
        self.combo.setToolTip(plain_tooltip(current.shipped.about))
        self.saved = current.row_id is not None

    def show_edited(self, count: int) -> None:
        """Say how many options differ from the shipped recipe."""
        self.edited.show_text(f"{count} edited")
        self.edited.setVisible(count > 0)
        self.difference.setEnabled(count > 0)

    def _open_menu(self) -> None:
        menu = QMenu(self)
        for wish, words, when in WISHES:
            if not wish:
                menu.addSeparator()
                continue
            act = menu.addAction(words)
            act.setEnabled(
                when == "any"
                or (when == "ready" and self.train.isEnabled())
                or (when == "saved" and self.saved)
                or (when == "edited" and not self.edited.isHidden())
            )
            act.triggered.connect(lambda _=False, wish=wish: self.wanted.emit(wish))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))
