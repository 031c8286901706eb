"""Where each image token of a model lies in the picture as it is seen upright."""

from workers.contract.frozen import Frozen


class Grid(Frozen):
    """Tokens in rows over a rectangle of the picture, read row by row.

    The rectangle is in shares of the picture's width and height; what reaches below 0 or above 1
    is padding. `start` is the place of the first token among the image tokens, and each row takes
    `stride` of them: more than `columns` where something closes a row.
    """

    rows: int
    columns: int
    left: float = 0.0
    top: float = 0.0
    right: float = 1.0
    bottom: float = 1.0
    start: int = 0
    stride: int = 0

    def tokens(self) -> list[list[int]]:
        """The image tokens' places, [row][column]."""
        step = self.stride or self.columns
        firsts = range(self.start, self.start + self.rows * step, step)
        return [list(range(first, first + self.columns)) for first in firsts]

    def patch(self, row: int, column: int) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of a patch, in shares of the picture."""
        wide = (self.right - self.left) / self.columns
        high = (self.bottom - self.top) / self.rows
        left, top = self.left + column * wide, self.top + row * high
        return left, top, left + wide, top + high


class Geometry(Frozen):
    """All image tokens of one picture: how many there are, and the grids that some of them make.

    Tokens in no grid, such as row ends, lie nowhere.
    """

    family: str
    width: int
    height: int
    tokens: int
    grids: tuple[Grid, ...]
