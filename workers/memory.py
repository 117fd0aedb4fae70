"""How much memory a process has resident."""

import os
import resource
import sys
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")
MEGABYTE = 2**20 if sys.platform == "darwin" else 2**10  # in the units of ru_maxrss


def rss_mb(pid: int) -> float:
    """Return its MiB, 0 when it is gone; without /proc the most that this process or its dead children ever had."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 2**20
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return 0.0
        who = resource.RUSAGE_SELF if pid == os.getpid() else resource.RUSAGE_CHILDREN
        return resource.getrusage(who).ru_maxrss / MEGABYTE
