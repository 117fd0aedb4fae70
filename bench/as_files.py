"""The bytes of our pages as files, served by nginx: about the least that a page can cost."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import requests

from bench.contenders import BROWSER, Contender
from bench.goals import NGINX
from bench.installing import tool
from bench.running import running
from bench.stack import free_ports


@contextmanager
def nginx(folder: Path, model: Contender, paths: Sequence[str]) -> Iterator[Contender | None]:
    """Serve the bytes of our pages as files by nginx, one process; None where there is no nginx."""
    if (program := tool("nginx")) is None:
        yield None
        return
    for path in [*paths, *(model.raw.format(path) for path in paths)]:
        file = folder / (f"raw/{path[1:-4]}" if path.endswith("/raw") else path[1:])
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(requests.get(model.url + path, headers=BROWSER, timeout=10).content)
    (port,) = free_ports(1)
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; {'user root;' if os.geteuid() == 0 else ''}"
        "events {} http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;"
        "open_file_cache max=5000; default_type text/html;"
        f"server {{ listen 127.0.0.1:{port}; root {folder}; }} }}"
    )
    with running([program, "-p", folder, "-c", config], folder, port) as (url, cpu):
        yield replace(model, name=NGINX, url=url, cpu=cpu, raw="/raw{}")
