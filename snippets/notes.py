"""Why a file did not get the colours it might have had: one word in the row, one sentence on the page."""

from enum import StrEnum


class Note(StrEnum):
    """A reason as it is stored in `File.note`; `Note.X.sentence` says it to a visitor."""

    sentence: str

    def __new__(cls, word: str, sentence: str = "") -> "Note":
        """Make the member equal to its word, with the sentence beside it."""
        note = str.__new__(cls, word)
        note._value_ = word
        note.sentence = sentence
        return note

    UNREACHABLE = "unreachable", "the highlighter could not be reached"
    SLOW = "slow", "the highlighter took too long"
    REDIRECTED = "redirected", "the highlighter pointed elsewhere"
    STATUS = "status", "the highlighter answered with an error"
    LARGE = "large", "the highlighter's answer was too large"
    ENCODED = "encoded", "the highlighter's answer was compressed"
    BROKEN = "broken", "the highlighter's answer broke off"
    GARBLED = "garbled", "the highlighter's answer was not understood"
    ALTERED = "altered", "the highlighter changed the text"
    SPANS = "spans", "the highlighter's answer had too many spans"
    DOWN = "down", "the highlighter is down"
    PRIVATE = "private", "private snippets are not sent to the highlighter"
    POISON = "poison", "this text took too long a short while ago"
    GAVE_UP = "gave-up", "highlighting failed each time it was tried"
    STOPPED = "stopped", "an operator stopped it"
    LOCAL_SLOW = "pygments-slow", "Pygments took too long"
    LOCAL_LARGE = "pygments-large", "the file is too large for Pygments"
    LOCAL_FAILED = "pygments-failed", "Pygments failed on this text"


def sentence(word: str) -> str:
    """Say a stored reason; one that only an older or a newer version knows is said as it is."""
    return next((note.sentence for note in Note if note == word), word)


REMOTE_FAILURES = frozenset(
    {
        Note.UNREACHABLE,
        Note.SLOW,
        Note.REDIRECTED,
        Note.STATUS,
        Note.LARGE,
        Note.ENCODED,
        Note.BROKEN,
        Note.GARBLED,
        Note.ALTERED,
        Note.SPANS,
        Note.DOWN,
    }
)
