"""What can go wrong while highlighting, as data."""

from snippets.notes import Note


class HighlighterError(Exception):
    """A rung of the ladder did not deliver; `note` says why. Expected: the next rung takes over."""

    def __init__(self, note: Note, detail: str = "") -> None:
        """Keep the reason, and the detail for the log alone."""
        super().__init__(f"{note.sentence}{f' ({detail})' if detail else ''}")
        self.note = note
