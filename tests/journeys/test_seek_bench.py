"""The bench of seeking runs on short recordings, and what it opens is right."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.processes import ROOT, clean_env


def test_it_runs_and_every_moment_is_right() -> None:
    argv = [sys.executable, "-m", "bench.seek", "--quick"]
    done = subprocess.run(argv, cwd=ROOT, env=clean_env(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["equal"] == told["of"] == 5, done.stdout
    assert told["requests_max"] <= 3
