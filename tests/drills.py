"""A running site whose parts a drill takes away while people paste, and the books that are kept of it."""

import html
import random
import re
import sysconfig
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from itertools import product
from pathlib import Path

import psutil
import requests
from real_files import RealFile, real_files
from redis import Redis
from sqlalchemy import create_engine, func, select

from snippets.lanes import PENDING
from snippets.models import File

from processes import Run, checkout, wait_until

PATIENCE = 60  # seconds after the last fault within which every file has its colours, or a reason for having none
LARGE = ["argparse.py", "ast.py", "datetime.py", "enum.py"]  # what a worker is busy with for long enough to be hit

# Every colour that is replaced by a different one, unless a better highlighter made the later one.
RANK = "CASE substr({0}.engine, 1, 4) WHEN 'plai' THEN 0 WHEN 'pygm' THEN 1 ELSE 2 END"
REPLACED = f"OLD.html <> NEW.html AND {RANK.format('NEW')} <= {RANK.format('OLD')}"
WATCH = {
    "sqlite": f"""
        CREATE TRIGGER watch AFTER UPDATE OF html ON files WHEN {REPLACED}
        BEGIN INSERT INTO replaced VALUES (OLD.id, OLD.engine, NEW.engine); END""",
    "postgresql": f"""
        CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN INSERT INTO replaced VALUES (OLD.id, OLD.engine, NEW.engine); RETURN NEW; END';
        CREATE TRIGGER watch AFTER UPDATE OF html ON files FOR EACH ROW WHEN ({REPLACED}) EXECUTE FUNCTION watch()""",
}


def first_child(parent: Callable[[], psutil.Process]) -> psutil.Process:
    """Wait until a process has a child, and return it; either may die meanwhile and be replaced."""
    found: list[psutil.Process] = []

    def look() -> bool:
        with suppress(psutil.NoSuchProcess):
            found.extend(parent().children())
        return bool(found)

    wait_until(look)
    return found[0]


class Site(Run):
    """A running `make run` in which nothing is limited but what the drill limits."""

    def __init__(self, folder: Path, **changes: str) -> None:
        super().__init__(checkout(folder), **{"CREATE_LIMIT": "off", "MISS_LIMIT": "off", **changes})
        self.redis = Redis(port=self.redis_port, socket_timeout=10)
        self.texts: set[str] = set()  # all that anyone tried to share
        self.saved: dict[str, str] = {}  # by the snippet's id, what the site said it had saved
        self.answers: Counter[int] = Counter()  # 0: none
        self.files = [file for file in real_files() if file.text.strip()]
        stdlib = Path(sysconfig.get_paths()["stdlib"])
        self._large = [RealFile(name, (stdlib / name).read_bytes()) for name in LARGE]
        self.wrong: list[psutil.Popen] = []  # workers whose clocks are; they stay until the end
        self._number = 0
        self._counting = threading.Lock()
        self.engine = create_engine(
            changes.get("DATABASE_URL", f"sqlite:///{folder}/var/snippets.db"), pool_pre_ping=True
        )

    def open(self) -> None:
        """Wait until all is there, and watch the rows from then on."""
        self.wait_until_up(workers=2)
        with self.engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE replaced (file_id INTEGER, was TEXT, became TEXT)")
            connection.exec_driver_sql(WATCH[self.engine.dialect.name])

    def close(self) -> None:
        self.redis.close()
        self.engine.dispose()
        for worker in self.wrong:
            for process in (*worker.children(), worker):
                process.kill()
            worker.wait()
        self.stop()

    def kept(self, name: str) -> psutil.Process:
        """Return the process that bin/keep keeps under this name."""
        return first_child(lambda: self.named(name))

    def horse(self, name: str = "worker") -> psutil.Process:
        return first_child(lambda: self.kept(name))

    def share(self, file: RealFile) -> bool:
        """Paste a file that nobody has pasted before; False when the site said that it could not."""
        with self._counting:
            self._number += 1
            text = f"{file.text.rstrip()}\n{self._number}\n"
        self.texts.add(text)
        try:
            answer = requests.post(self.url, params={"filename": file.name}, data=text.encode(), timeout=10)
        except requests.RequestException:
            self.answers[0] += 1
            return False
        self.answers[answer.status_code] += 1
        if answer.status_code == 201:
            self.saved[answer.text.strip().rpartition("/")[2]] = text
        return answer.status_code == 201

    def share_many(self, count: int = 12) -> None:
        """Give the worker enough to be busy with for a while."""
        for number in range(count):
            self.share(self._large[number % len(self._large)])

    def at_work(self) -> bool:
        """Whether files wait and the worker has one of them in hand."""
        return self.pending() > 2 and bool(self.redis.zcard("rq:wip:snippets"))

    @contextmanager
    def visitors(self, pause: float = 0.4) -> Iterator[None]:
        """Have somebody paste a file every so often, who tries again when it fails."""
        gone = threading.Event()

        def visit() -> None:
            for file in iter(lambda: random.choice(self.files), None):
                while not gone.wait(pause) and not self.share(file):
                    pass
                if gone.is_set():
                    return

        visitor = threading.Thread(target=visit)
        visitor.start()
        try:
            yield
        finally:
            gone.set()
            visitor.join()

    def pending(self) -> int:
        with self.engine.connect() as connection:
            return connection.scalar(select(func.count()).where(File.html.is_(None)))

    def settle(self) -> float:
        """Wait until no file is pending; return the seconds that it took."""
        began = time.monotonic()
        try:
            wait_until(lambda: not self.pending(), PATIENCE)
        except AssertionError as error:
            error.add_note(self.stuck())
            raise
        return time.monotonic() - began

    def stuck(self) -> str:
        """Say what Redis knows of the files that are pending."""
        with self.engine.connect() as connection:
            ids = connection.scalars(select(File.id).where(File.html.is_(None))).all()
        told = []
        for lane, number in product(PENDING, ids):
            job, queue = lane.job_id(number), lane.queue
            told.append(
                f"{job}: status {self.redis.hget(f'rq:job:{job}', 'status')}, "
                f"taken {self.redis.lpos(f'rq:queue:{queue}:intermediate', job)}, "
                f"queued {self.redis.lpos(f'rq:queue:{queue}', job)}, "
                f"executions {self.redis.zrange(f'rq:executions:{job}', 0, -1, withscores=True)}, "
                f"due {self.redis.zscore(f'rq:scheduled:{queue}', job)}, now {time.time():.0f}"
            )
        return "\n".join(told)

    def check(self) -> None:
        """Every file is there, unaltered, and has its colours or a reason; none got them twice."""
        with self.engine.connect() as connection:
            rows = connection.execute(
                select(File.snippet_id, File.code, File.html, File.engine, File.note, File.language)
            ).all()
            replaced = connection.exec_driver_sql("SELECT * FROM replaced").all()
        found = {row.snippet_id: row.code for row in rows}
        assert {snippet: text for snippet, text in self.saved.items() if found.get(snippet) != text} == {}
        assert [row.code for row in rows if row.code not in self.texts] == []
        assert [row.code for row in rows if shown(row.html) != row.code] == []
        plain = [row for row in rows if row.engine == "plain" and row.language != "text"]
        assert [row.snippet_id for row in plain if not row.note] == []
        assert replaced == [], f"colours replaced by others: {replaced}"


def shown(markup: str | None) -> str:
    """Return the text that a visitor sees of a file."""
    return html.unescape(re.sub(r"<[^>]*>", "", markup or ""))


def drill(site: Site, fault: Callable[[Site], object], forgiven: Collection[int] = ()) -> float:
    """Let a fault happen while the worker is at work; return the seconds until the last file was done after it.

    No paste fails meanwhile, but with an answer that is `forgiven`.
    """
    with site.visitors():
        site.share_many()
        wait_until(lambda: site.at_work() or site.share_many(4))
        fault(site)
    took = site.settle()
    site.check()
    assert set(site.answers) <= {201, *forgiven}
    return took
