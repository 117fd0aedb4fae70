"""An HTTP highlighter that dies in the middle of its answer, `reset` or `killed` as it is told; prints its port."""

import os
import signal
import socket
import struct
import sys
import time

WHOLE = b'<div class="highlight"><pre><span class="k">if</span> <span class="mi">1</span>:</pre></div>'

with socket.create_server(("127.0.0.1", 0)) as server:
    print(server.getsockname()[1], flush=True)
    connection, _ = server.accept()
    heard = b""
    while b"code=" not in heard:
        heard += connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(WHOLE) + WHOLE[: len(WHOLE) // 2])
    time.sleep(0.2)  # until the half is read
    if sys.argv[1] == "reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.kill(os.getpid(), signal.SIGKILL)
