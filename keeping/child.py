"""One process of a kept command, from its start to its end."""

import os
import signal
import sys
import time

SOCKET = 3  # where a socket is handed over: SD_LISTEN_FDS_START of sd_listen_fds(3)
PASSED = signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGCHLD, signal.SIGPIPE
SETTLED = 1.0  # seconds after which a command that gives no notices counts as started


class Command:
    """What is kept, and how it is started."""

    def __init__(self, words: list[str], *, folder: str | None, listener: int | None) -> None:
        """Run it in `folder`, looked up anew at each start, with a socket that all its processes share."""
        self.words, self.folder, self.listener = words, folder, listener
        self.notices: str | None = None  # the address to which they are sent; None: the command sends none
        self.patience: float | None = None  # seconds without a sign of life after which a process is stuck

    @property
    def name(self) -> str:
        """The command as the log calls it."""
        return os.path.basename(self.words[0])


class Child:
    """A running process."""

    def __init__(self, command: Command) -> None:
        """Start one. A command that cannot be started ends with code 127, as a shell says it.

        Raises OSError where the machine has no room for another process.
        """
        self.command = command
        self.began = time.monotonic()
        self.is_ready = False
        self.killed_at = float("inf")
        self._alive_at: float | None = None
        signal.pthread_sigmask(signal.SIG_BLOCK, PASSED)  # until the fork has forgotten our handlers
        try:
            self.pid = os.fork()
            if not self.pid:
                _become(command)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, PASSED)

    def hear(self, message: str) -> None:
        """Take a notice of its own."""
        lines = message.split("\n")
        self.is_ready = self.is_ready or "READY=1" in lines
        if "WATCHDOG=1" in lines:
            self._alive_at = time.monotonic()

    def settle(self) -> None:
        """Count a command that gives no notices as ready once it has lived for a while."""
        if self.command.notices is None and self.lived >= SETTLED:
            self.is_ready = True

    @property
    def lived(self) -> float:
        """Seconds since its start."""
        return time.monotonic() - self.began

    @property
    def is_stuck(self) -> bool:
        """Whether it gave signs of life and stopped to."""
        patience = self.command.patience
        return bool(patience and self._alive_at and time.monotonic() - self._alive_at > patience)

    def end(self, grace: float) -> None:
        """Ask it to end, and set the time at which it is made to."""
        self.signal(signal.SIGTERM)
        self.killed_at = min(self.killed_at, time.monotonic() + grace)

    def signal(self, number: int) -> None:
        """Send a signal; a process that has ended meanwhile needs none."""
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return


def _become(command: Command) -> None:
    """Turn this fork into the command; never return."""
    try:
        signal.set_wakeup_fd(-1)
        for number in PASSED:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, PASSED)
        if command.folder:
            os.chdir(command.folder)
            os.environ["PWD"] = command.folder
        for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"):
            os.environ.pop(name, None)
        if command.notices:
            os.environ["NOTIFY_SOCKET"] = command.notices
            if command.patience:
                os.environ["WATCHDOG_USEC"] = str(int(command.patience * 1_000_000))
        if command.listener is not None:
            _hand_over(command.listener)
        os.execvp(command.words[0], command.words)  # noqa: S606 — this is what we are for
    except OSError as error:
        sys.stderr.write(f"{command.words[0]} cannot be started: {os.strerror(error.errno or 0)}\n")
        sys.stderr.flush()
    finally:
        os._exit(127)  # whatever happened, there must not be two of us


def _hand_over(listener: int) -> None:
    if listener == SOCKET:
        os.set_inheritable(SOCKET, True)
    else:
        os.dup2(listener, SOCKET)
    os.environ |= {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
