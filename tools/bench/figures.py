"""A measured figure beside its target, its floor and what the peers reach; and the table of all."""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

WIDTH = 190
"""Columns of the table where the output is no terminal."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table. `met` is None for what has no target and only explains another figure."""

    what: str
    ours: str
    target: str = ""
    met: bool | None = None
    floor: str = ""
    peers: str = ""


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed (nearest rank)."""
    return sorted(values)[math.ceil(share * len(values)) - 1]


def milliseconds(seconds: float) -> str:
    """`1.23 ms`."""
    return f"{seconds * 1000:.2f} ms"


def show(figures: Sequence[Figure]) -> None:
    """Print the table."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    table = Table(box=None, pad_edge=False)
    table.add_column("", no_wrap=True)
    for title in ("figure", "ours", "target", "floor, same run", "peers, from the issue"):
        table.add_column(title, overflow="fold")
    verdicts = {True: "ok", False: "MISSED", None: ""}
    for figure in figures:
        row = (figure.what, figure.ours, figure.target, figure.floor, figure.peers)
        table.add_row(verdicts[figure.met], *(cell.replace("[", r"\[") for cell in row))
    console.print(table)
