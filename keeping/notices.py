"""Hears what kept processes tell of themselves; see snippets.notices for the other end."""

import os
import socket
import struct

CREDENTIALS = struct.Struct("3i")  # pid, uid, gid: struct ucred of unix(7)
LARGEST = 4096  # bytes of a notice


class Notices:
    """A socket without a file, since the disk may not be written to; the kernel names the sender of each notice."""

    def __init__(self) -> None:
        """Listen."""
        name = f"snippets-keep-{os.getpid()}-{os.urandom(4).hex()}"
        self.address = f"@{name}"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.socket.setblocking(False)
        self.socket.bind("\0" + name)

    def heard(self) -> list[tuple[int, str]]:
        """Return what has come, pid and notice in order. Anybody on this machine may send some: look at the pid."""
        found: list[tuple[int, str]] = []
        while True:
            try:
                data, ancillary, *_ = self.socket.recvmsg(LARGEST, socket.CMSG_SPACE(CREDENTIALS.size))
            except BlockingIOError:
                return found
            for level, kind, content in ancillary:
                if level == socket.SOL_SOCKET and kind == socket.SCM_CREDENTIALS:
                    found.append((CREDENTIALS.unpack(content)[0], data.decode(errors="replace")))
