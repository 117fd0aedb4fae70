"""Serves the site in this very process, on the socket that bin/keep or systemd hands over.

All web processes share that socket, which outlives each of them: a connection that no process has taken yet waits for
the next, where a socket of each process's own (as granian has it) would reset what waits in it at the process's end.
"""

import ctypes
import os
import resource
import socket
import sys
from collections.abc import Callable
from typing import Any

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.server.mp import MPServer

from snippets.draining import Draining
from snippets.front import Front

HANDED = 3  # SD_LISTEN_FDS_START of sd_listen_fds(3)
BACKLOG = 1024
MOST = 10_000  # connections at once, of some 9 kB each; granian's own 1,024 would be held by as many that say nothing
SILENCE = 30.0  # seconds for a request's headers, and between two requests; then the connection is closed
OPEN_FILES = MOST + 1000
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of mallopt(3)
KEPT_FREE, LARGE = 24 * 2**20, 16 * 2**20  # bytes


class InPlace(MPServer):
    """Granian's server without its second process: the keeper does what that would do.

    Overrides what granian 2.8 has for sockets without a port, for starting its processes, and for signals until then.
    """

    def signal_handler_interrupt(self, *_args: Any, **_kwargs: Any) -> None:
        """Go at once: nothing is served while the site is loaded; by then the loop has handlers of its own."""
        sys.exit(0)

    def _init_shared_socket(self) -> None:
        holder: Any = SocketHolder  # as it is on Linux, which its types do not say
        self._ssp = self._sso = None
        self._shd = holder(HANDED, False, BACKLOG)

    def _spawn_workers(self, spawn_target: Callable[..., None], target_loader: Callable[..., Any]) -> None:
        """Serve until a signal."""
        self._spawn_worker(0, spawn_target, target_loader).inner.run()
        self.interrupt_signal = True
        self.main_loop_interrupt.set()


def main(site: Callable[[], Front]) -> None:
    """Serve what `site` makes until SIGTERM, which lets connections end first, or SIGINT."""
    if os.environ.get("LISTEN_FDS") != "1" or os.environ.get("LISTEN_PID") != str(os.getpid()):
        sys.exit("bin/web is given its socket: start it by bin/keep --listen HOST:PORT --notices bin/web")
    with socket.socket(fileno=os.dup(HANDED)) as handed:
        address, port = handed.getsockname()[:2]
    _allow(OPEN_FILES)
    _keep_freed_memory()
    # Told to find out whether it is spoken to in HTTP/1 or 2, granian waits for ever for who says nothing at all.
    limits = HTTP1Settings(header_read_timeout=round(1000 * SILENCE))
    server = InPlace(
        "bin/web",
        address,
        port,
        interface=Interfaces.RSGI,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        websockets=False,
        http1_settings=limits,
        backpressure=MOST,
    )
    loader: Any = lambda: Draining(site(), HANDED)  # noqa: E731 — granian takes objects, and its types functions alone
    server.serve(target_loader=loader, wrap_loader=False)


def _allow(files: int) -> None:
    """Let this process have so many files and connections open, or as many as the machine lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = files if hard == resource.RLIM_INFINITY else min(files, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _keep_freed_memory() -> None:
    """Use the memory of a large page for the next one, where the C library is glibc.

    It would give each piece of megabytes back to the kernel, and three quarters of the CPU of a page of 1 MiB went into
    the zeros of new ones: 22 ms in place of 6. What is LARGE goes back as ever, and so does what is free beyond
    KEPT_FREE.
    """
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(M_MMAP_THRESHOLD, LARGE)
        mallopt(M_TRIM_THRESHOLD, KEPT_FREE)
