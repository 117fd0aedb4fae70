"""The queues, and the kinds of jobs that a row can have in them. The web names a job by its dotted string alone."""

import re
from dataclasses import dataclass

SNIPPETS = "snippets"  # people are waiting
BULK = "bulk"  # what takes long, and what nobody waits for
ENOUGH = 20  # jobs that wait: what nobody waits for is not put before those who come, nor before a slow file
MAIL = "mail"  # what is sent by mail: no other server's slowness is anybody else's
UNHURRIED = frozenset({BULK, MAIL})  # for the first job after a rest, their workers may take longer

_FOREIGN = re.compile(r"[^A-Za-z0-9_-]")

Row = int | str | tuple[int, str]  # a file, a snippet, a file in a language: what a job is for


@dataclass(frozen=True, slots=True)
class Lane:
    """A kind of job for a row, of which one at a time can exist: enqueued twice, it still runs once."""

    name: str
    queue: str
    function: str
    row: str = "file"

    def job_id(self, row_id: Row) -> str:
        """Return the one id that this job of the row can have: RQ takes no other signs than these."""
        parts = map(str, row_id) if isinstance(row_id, tuple) else [str(row_id)]
        return "-".join([self.name, *(_FOREIGN.sub(lambda sign: f"_{ord(sign[0]):x}", part) for part in parts)])


HIGHLIGHT = Lane("highlight", SNIPPETS, "workers.jobs.highlight_file")
SLOW = Lane("slow", BULK, "workers.jobs.highlight_slowly")
AGAIN = Lane("again", BULK, "workers.jobs.highlight_again")
PREVIEW = Lane("preview", BULK, "workers.chores.draw_preview", "snippet")
VIEW = Lane("view", BULK, "workers.viewing.view_file")
SEND = Lane("send", MAIL, "workers.sending.send_message", "message")
VIEW_NOW = Lane("view-now", SNIPPETS, VIEW.function)  # where nobody serves bulk
PENDING = (HIGHLIGHT, SLOW)  # the lanes of files without colours
VIEWS = (VIEW, VIEW_NOW)  # the lanes of files that somebody looks at in another language
