"""The background half: what runs under `rq worker snippets`."""
