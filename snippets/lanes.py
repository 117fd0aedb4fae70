"""The queues, and the kinds of jobs that a row can have in them. The web names a job by its dotted string alone."""

from dataclasses import dataclass

SNIPPETS = "snippets"  # people are waiting
BULK = "bulk"  # what takes long, and what nobody waits for
ENOUGH = 20  # jobs that wait: what nobody waits for is not put before those who come, nor before a slow file
MAIL = "mail"  # reserved: nothing is sent yet, and no other kind of job may take the name


@dataclass(frozen=True, slots=True)
class Lane:
    """A kind of job for a row, of which one at a time can exist: enqueued twice, it still runs once."""

    name: str
    queue: str
    function: str

    def job_id(self, row_id: int | str) -> str:
        """Return the one id that this job of the row can have."""
        return f"{self.name}-{row_id}"


HIGHLIGHT = Lane("highlight", SNIPPETS, "workers.jobs.highlight_file")
SLOW = Lane("slow", BULK, "workers.jobs.highlight_slowly")
AGAIN = Lane("again", BULK, "workers.jobs.highlight_again")
PREVIEW = Lane("preview", BULK, "workers.chores.draw_preview")
PENDING = (HIGHLIGHT, SLOW)  # the lanes of files without colours
