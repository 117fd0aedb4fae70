"""A restart: one process after the other is replaced, so that no more than one of them is there twice."""

from collections.abc import Sequence

from keeping.slot import Slot


class Replacement:
    """Goes on as `is_over` is asked."""

    def __init__(self, slots: Sequence[Slot]) -> None:
        """Begin with the first."""
        self._left = list(slots)
        self.failed = ""  # why it came to nothing, once it is over; empty: it did not
        self._left[0].replace()

    def is_over(self) -> bool:
        """Go on with the next where one has been replaced; the first failure ends all, and the rest stays."""
        slot = self._left[0]
        if slot.failed:
            self.failed = slot.failed
            return True
        if slot.successor or not slot.is_ready:
            return False
        del self._left[0]
        if self._left:
            self._left[0].replace()
        return not self._left
