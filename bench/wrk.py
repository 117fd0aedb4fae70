"""A crowd by wrk, which leaves more of the cores to the site than our own."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from bench.target import Load, Target

SCRIPT = """
local paths = {}
for path in io.lines("paths") do paths[#paths + 1] = path end
local file = io.open("body", "rb")
wrk.method, wrk.body = %(method)s, file:read("*a")
%(headers)s
function init(args)
  for number, path in ipairs(paths) do paths[number] = wrk.format(nil, path) end
end
function request() return paths[math.random(#paths)] end
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('\\n{"requests": %%d, "microseconds": %%d, "p99": %%d, "wrong": %%d}\\n', summary.requests,
    summary.duration, latency:percentile(99), errors.connect + errors.read + errors.write + errors.timeout
    + errors.status))
end
"""


def found() -> bool:
    """Whether wrk is installed."""
    return shutil.which("wrk") is not None


def run(url: str, target: Target, seconds: float) -> Load:
    """Ask for `seconds`. Raises RuntimeError when an answer was wrong: 400 or more, or none.

    wrk itself judges the answers: to hand each with its body to a script would cost it more than all else.
    """
    with tempfile.TemporaryDirectory(prefix="snippets-wrk-") as folder:
        _write(Path(folder), target)
        words = ["wrk", "--threads", "1", "--connections", str(target.connections), "--duration", f"{seconds:.0f}s"]
        printed = subprocess.run(
            [*words, "--script", "crowd.lua", url], cwd=folder, check=True, stdout=subprocess.PIPE, text=True
        ).stdout
    met = json.loads(printed.splitlines()[-1])
    if met["wrong"]:
        raise RuntimeError(f"{met['wrong']} wrong answers:\n{printed}")
    return Load(met["requests"], met["microseconds"] / 1e6, met["p99"] / 1e6)


def _write(folder: Path, target: Target) -> None:
    headers = "\n".join(
        f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in target.headers.items()
    )
    values = {"method": json.dumps(target.method), "headers": headers}
    (folder / "crowd.lua").write_text(SCRIPT % values)
    (folder / "paths").write_text("\n".join(target.paths))
    (folder / "body").write_bytes(target.body)
