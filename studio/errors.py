"""Errors that a user can act on; everything else is a bug and keeps its traceback."""


class StudioError(Exception):
    """Says what happened and what to do, in sentences that a window can show as they are."""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(f"{message} {advice}".strip())
        self.message = message
        self.advice = advice


class ProjectClosed(StudioError):
    """Asked of a project that was closed meanwhile: whoever asked has gone with it."""

    def __init__(self) -> None:
        super().__init__("The project is closed.")
