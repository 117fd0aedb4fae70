# The site in one image; compose.yaml starts each of its processes in a container of its own.
FROM python:3.11-slim-bookworm AS packages
WORKDIR /site
COPY requirements.lock .
# Wheels alone, of the versions and with the hashes of the lock file.
RUN python -m venv .venv \
    && .venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock \
    && .venv/bin/pip uninstall --yes pip

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin snippets \
    && mkdir -p /site/var \
    && chown snippets /site/var
WORKDIR /site
COPY --from=packages /site/.venv .venv
COPY . .
RUN .venv/bin/python -m compileall -q app.py highlighter.py keeping migrations snippets workers
# Settings come from the environment alone: no file of secrets is in the image, nor looked for.
ENV PATH=/site/.venv/bin:$PATH \
    ENV_FILE=/dev/null \
    RUN_FOLDER=/tmp/run \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
VOLUME /site/var
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["bin/restart", "--check"]
CMD ["bin/keep", "--listen", "0.0.0.0:8000", "--copies", "2", "--notices", "--watchdog", "60", "bin/web"]
