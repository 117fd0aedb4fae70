"""Bodies that drip, many at once: each is ended at its time, whatever comes together with what."""

import asyncio
import time

import pytest

from snippets import front

AT_ONCE = 300
GIVES_UP = 5.0  # seconds after which a client has had enough


class Dripping:
    """A request whose body comes a byte each millisecond, so that one often comes just as the time is over."""

    def __init__(self) -> None:
        self._until = time.monotonic() + GIVES_UP

    def __aiter__(self) -> "Dripping":
        return self

    async def __anext__(self) -> bytes:
        if time.monotonic() > self._until:
            raise StopAsyncIteration
        await asyncio.sleep(0.001)
        return b"x"


def test_every_body_that_drips_is_ended(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(front, "LONGEST", 0.05)
    reader = front.Front(lambda *_: [], 10**6)

    async def all_at_once() -> list[object]:
        bodies = (reader._body({"CONTENT_LENGTH": "100000"}, Dripping()) for _ in range(AT_ONCE))
        return await asyncio.gather(*bodies, return_exceptions=True)

    assert {type(each) for each in asyncio.run(all_at_once())} == {TimeoutError}
