"""Runs the parts, prints the table, and ends with status 1 when a target is missed."""

import os
import sys
import time
import traceback
from collections.abc import Callable

from tools.bench import crashes, latency, lifecycle, loading, matrix, memory, searching, storm
from tools.bench.figures import Figure, show

PARTS: dict[str, Callable[[bool], list[Figure]]] = {
    "latency": latency.measure,
    "matrix": matrix.measure,
    "lifecycle": lifecycle.measure,
    "storm": storm.measure,
    "loading": loading.measure,
    "memory": memory.measure,
    "searching": searching.measure,
    "crashes": crashes.measure,
}


def run(name: str, quick: bool) -> list[Figure]:
    """The figures of a part; what breaks becomes a missed figure, and the others go on."""
    began = time.perf_counter()
    print(f"{name} …", flush=True)
    try:
        figures = PARTS[name](quick)
    except Exception as error:
        traceback.print_exc()
        figures = [Figure(name, f"could not be measured: {error}"[:300], "a figure", False)]
    print(f"{name}: {time.perf_counter() - began:.0f} s", flush=True)
    return figures


def main() -> None:
    """The command line."""
    names = sys.argv[1:] or list(PARTS)
    if unknown := [name for name in names if name not in PARTS]:
        sys.exit(f"There is no part {', '.join(unknown)}; there are: {' '.join(PARTS)}")
    quick = os.environ.get("QUICK", "") not in ("", "0")
    print("Other work on this machine shows in these figures: ", f"load {os.getloadavg()[0]:.1f}", sep="")
    figures = [figure for name in names for figure in run(name, quick)]
    show(figures)
    missed = sum(figure.met is False for figure in figures)
    print(f"{missed} of {sum(figure.met is not None for figure in figures)} targets missed.")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
