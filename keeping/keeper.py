"""Keeps as many processes of one command going as it is told to, until it is told to stop."""

import os
import selectors
import signal
import socket
import time
from types import FrameType

from keeping.child import PASSED, Command
from keeping.notices import Notices
from keeping.record import Record
from keeping.replacement import Replacement
from keeping.slot import Slot
from snippets.notices import ALIVE, READY, tell

TICK = 0.25  # seconds between two looks, at most
STOPS = signal.SIGTERM, signal.SIGINT, signal.SIGHUP


class Keeper:
    """Started once, by `run`."""

    def __init__(self, command: Command, copies: int, grace: float, notices: Notices, record: Record | None) -> None:
        """Keep `copies` processes; one that is told to end and does not is killed after `grace` seconds."""
        self._command, self._copies, self._grace = command, copies, grace
        self._notices, self._record = notices, record
        self._slots: list[Slot] = []
        self._replacement: Replacement | None = None
        self._restart = self._stop = self._ending = self._told = False
        self._tell_at = 0.0
        self._owner = int(os.environ.get("KEEP_WHILE") or os.getppid())
        # Init, or a process manager of another user, cannot be watched; those end by themselves what they started.
        self._watched = self._owner > 1 and _runs(self._owner)

    def run(self) -> int:
        """Keep the command going until a signal; return the exit code of what was kept."""
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setblocking(False)
        signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        for number in (*STOPS, signal.SIGUSR1, signal.SIGCHLD):
            signal.signal(number, self._signalled)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, PASSED)
        with selectors.DefaultSelector() as selector:
            selector.register(ours, selectors.EVENT_READ)
            selector.register(self._notices.socket, selectors.EVENT_READ)
            self._slots = [Slot(self._command, self._grace, _say) for _ in range(self._copies)]
            while not (self._ending and not any(slot.children for slot in self._slots)):
                selector.select(min([TICK, *(slot.due for slot in self._slots)]))
                _empty(ours)
                self._look()
        return max(slot.code for slot in self._slots)

    def _signalled(self, number: int, _frame: FrameType | None) -> None:
        self._stop = self._stop or number in STOPS
        self._restart = self._restart or number == signal.SIGUSR1

    def _end(self) -> None:
        self._stop = self._ending = True
        for slot in self._slots:
            slot.end()

    def _look(self) -> None:
        self._reap()
        by_pid = {child.pid: child for slot in self._slots for child in slot.children}
        for pid, message in self._notices.heard():
            if pid in by_pid:
                by_pid[pid].hear(message)
        if not self._ending and (self._stop or (self._watched and not _runs(self._owner))):
            self._end()
        for slot in self._slots:
            slot.insist()
            if not self._stop:
                slot.look()
        if not self._stop:
            self._replace()
            self._report()

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            code = os.waitstatus_to_exitcode(status)
            for slot in self._slots:
                if slot.took(pid, code if code >= 0 else 128 - code, going_on=not self._ending):
                    break

    def _replace(self) -> None:
        if self._restart and not self._replacement:
            self._restart = False
            if self._record:
                self._record.begins()
            self._replacement = Replacement(self._slots)
        if self._replacement and self._replacement.is_over():
            failed, self._replacement = self._replacement.failed, None
            _say(f"{self._command.name} is " + (f"not restarted: {failed}" if failed else "restarted"))
            if self._record:
                self._record.restarted(failed)

    def _report(self) -> None:
        """Tell whoever oversees us that all of them serve, once; and from then on that we look after them."""
        now = time.monotonic()
        ready = all(slot.is_ready for slot in self._slots)
        if self._record:
            self._record.serves(ready=ready)
        if ready and not self._told:
            self._told = True
            tell(READY)
        if self._told and now >= self._tell_at:
            self._tell_at = now + 1
            tell(ALIVE)


def _say(sentence: str) -> None:
    try:
        os.write(1, f"{sentence}\n".encode())
    except OSError:  # nobody reads it any more, or the disk is full: what is kept must go on
        return


def _empty(wakened: socket.socket) -> None:
    try:
        while wakened.recv(4096):
            pass
    except BlockingIOError:
        return


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
