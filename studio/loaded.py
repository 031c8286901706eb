"""What follows once the program is loaded."""

import gc


def collect_garbage() -> None:
    """Collect garbage from now on, past what is loaded: that stays, and looking at it takes long.

    A whole collection would otherwise keep the window from painting for some 50 ms.
    """
    gc.freeze()
    gc.enable()
