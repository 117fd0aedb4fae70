"""How much memory a process holds."""

import os
import resource
import sys
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")
MEGABYTE = 2**20 if sys.platform == "darwin" else 2**10  # in the units of ru_maxrss


def memory_mb(pid: int) -> float:
    """Return its MiB, of what it shares with others its share alone: those of several processes add up.

    0 when it is gone; without /proc the most that this process or its dead children ever had resident.
    """
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()  # Linux 4.14: proc_pid_smaps(5)
        return int(rollup.partition("\nPss:")[2].split()[0]) / 2**10
    except (OSError, IndexError):
        return rss_mb(pid)


def rss_mb(pid: int) -> float:
    """Return the MiB that it has resident, those that it shares in full; 0 and without /proc as above."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 2**20
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return 0.0
        who = resource.RUSAGE_SELF if pid == os.getpid() else resource.RUSAGE_CHILDREN
        return resource.getrusage(who).ru_maxrss / MEGABYTE
