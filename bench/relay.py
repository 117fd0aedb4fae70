"""A highlighter some milliseconds away: what it answers is held back for as long, as if it were on another machine."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from bench.stack import free_ports

PIECE = 2**16  # bytes
TOGETHER = 0.005  # seconds: what comes this soon after a piece belongs to the same answer


class Relay:
    """Listens on a port of its own, and passes all to the `target` that it is told later."""

    def __init__(self, seconds: float) -> None:
        """Choose a port; `serving` opens it."""
        (self.port,) = free_ports(1)
        self.target, self._seconds = 0, seconds

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Serve in a thread."""
        loop = asyncio.new_event_loop()
        server = loop.run_until_complete(asyncio.start_server(self._pass, "127.0.0.1", self.port))
        thread = threading.Thread(target=loop.run_forever, name="relay", daemon=True)
        thread.start()
        try:
            yield
        finally:
            loop.call_soon_threadsafe(server.close)
            loop.call_soon_threadsafe(loop.stop)
            thread.join()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self.target)
            await asyncio.gather(_pour(reader, there_writer, 0), _pour(there_reader, writer, self._seconds))


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    last = 0.0
    while piece := await reader.read(PIECE):
        if loop.time() - last > TOGETHER:
            await asyncio.sleep(seconds)
        last = loop.time()
        writer.write(piece)
        await writer.drain()
    writer.close()
