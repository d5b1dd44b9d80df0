"""The crash test of the reminders (tests/test_ledger_crash.py) with the kills that `make test` has no time for."""

import os
import re
import subprocess
import sys

from tools.bench.figures import Figure
from tools.bench.processes import ROOT

KILLS = 200


def measure(quick: bool) -> list[Figure]:
    """The figures of this part: what the tests say of themselves."""
    kills = 20 if quick else KILLS
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "tests/test_ledger_crash.py"],
        cwd=ROOT,
        env={**os.environ, "RECAPBOT_KILLS": str(kills)},
        capture_output=True,
        text=True,
    )
    said = re.findall(r"^\d+ (?:kills|polite stops): .*$", run.stdout, re.MULTILINE)
    if run.returncode:
        print(run.stdout[-4000:])
    return [
        Figure(
            f"the reminders' ledger: {kills} times kill -9 at random points, and polite stops",
            "; ".join(said) or f"the tests ended with status {run.returncode}",
            "0 lost, at most one repeat a death, none after a polite stop",
            run.returncode == 0 and len(said) == 2,
        )
    ]
