"""How well recaps are read by authors never seen: `make score`.

    python -m tools.score_reading --shared ../shared [--by format author] [--check] [--write]

Every labelled recap is read as the bot reads it, with one difference: the scores of its passages are not those of the
shipped weights, which have seen it, but those of tools/out_of_fold.tsv, learned from all other authors. What follows
the scores (confidence, candidates, owners, sessions) runs as it is. The counting is score_extraction.py's own. Both
readers are measured: the linear one alone, which needs no runtime, and the two together.

--check fails where an F1 lies more than SLACK below tools/reading_figures.json; --write writes that file.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.extraction.encoder import best_judge
from bot.extraction.features import Seen
from bot.extraction.linear import Judge, Scores, confidence, linear_judge, weights
from bot.extraction.output import as_json
from bot.extraction.recap import read_recap
from bot.model import FIRM, Kind
from bot.recaps.reading import NotARecap, read_document
from tools.labelled import GROUPS, Recap, passage_key, recaps_of, scorer
from tools.second_reading import ONE_READER, agreed

LEFT_OUT = Path("tools/out_of_fold.tsv")
FIGURES = Path("tools/reading_figures.json")
SLACK = 0.02
LINEAR = "all, linear reader alone"
ONE_TWICE, ALL_TWICE = f"{ONE_READER}, read twice", "all, read twice"
ROWS = ("decision", "action", "question", "owners", "sessions", "topics", "meta")
TARGETS = {"decision": 0.70, "action": 0.70, "question": 0.45, "owners": 0.80, "sessions": 0.90, "meta": 0.85}
TARGETS |= {"topics": 0.60}
SUREST = {"decision": 0.85, "action": 0.85, "question": 0.70}
RECALL = {"decision": 0.85, "action": 0.85, "question": 0.70}
KINDS = tuple(kind.value for kind in Kind)
STEPS = (0.2, 0.35, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01)


@dataclass
class Sum:
    """What some recaps add up to."""

    recaps: int = 0
    tallies: dict[str, Any] = field(default_factory=dict)
    ranked: dict[str, list[tuple[float, bool]]] = field(default_factory=lambda: defaultdict(list))
    firm: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    candidates: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, result: dict[str, Any], ranked: dict[str, list[tuple[float, bool]]], out: dict[str, Any]) -> None:
        """One more recap."""
        self.recaps += 1
        for row, tally in result.items():
            self.tallies.setdefault(row, type(tally)()).add(tally)
        for kind in KINDS:
            self.ranked[kind] += ranked[kind]
            of_kind = [item["confidence"] for item in out["items"] if item["kind"] == kind]
            self.firm[kind] += sum(sure >= FIRM for sure in of_kind)
            self.candidates[kind] += sum(sure < FIRM for sure in of_kind)

    def f1(self, row: str) -> float:
        """F1 of a row."""
        return float(self.tallies[row].row()["f1"])

    def surest_half(self, kind: str) -> float:
        """The precision of the more confident half of the firm items."""
        best = sorted(self.ranked[kind], key=lambda pair: -pair[0])[: max(1, len(self.ranked[kind]) // 2)]
        return sum(right for _, right in best) / len(best) if best else 0.0

    def recall(self, kind: str) -> tuple[float, float]:
        """The recall with candidates, and how many there are for a firm item."""
        return (
            float(self.tallies[f"{kind}+candidates"].row()["recall"]),
            self.candidates[kind] / max(1, self.firm[kind]),
        )


class LeftOut:
    """The scores of tools/out_of_fold.tsv; a passage that is not there is judged by the linear reader that ships."""

    def __init__(self, path: Path, *, encoder: bool) -> None:
        lines = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
        own = slice(len(Kind), None) if encoder else slice(len(Kind))
        self._scores = {key: [float(score) for score in scores[own]] for key, *scores in lines}
        self._encoder = encoder
        self.unknown = 0

    def of(self, text: str) -> Judge:
        """The judge of one recap, whose stored text this is."""

        def judge(seen: Sequence[Seen]) -> Scores:
            judged = linear_judge(seen)
            for n, one in enumerate(seen):
                known = self._scores.get(passage_key(one.passage, text))
                self.unknown += known is None
                for kind, score in zip(Kind, known or (), strict=False):
                    own = weights()[kind]
                    judged[kind][n] = confidence(own.beside if self._encoder else own.alone, score)
            return judged

        return judge


def read_all(shared: Path, *, encoder: bool) -> tuple[list[tuple[Recap, dict[str, Any]]], int]:
    """Every labelled recap with what is read of it, and how many passages had no score of their own."""
    scores = LeftOut(LEFT_OUT, encoder=encoder)
    found = []
    for group in GROUPS:
        for recap in recaps_of(shared, group):
            try:
                document = read_document(recap.path.read_bytes(), recap.path.name)[0]
            except NotARecap:
                out: dict[str, Any] = {"items": [], "sessions": [], "teams": []}
            else:
                out = as_json(read_recap(document, scores.of(document.text)))
            found.append((recap, out))
    return found, scores.unknown


def read_as_shipped(shared: Path, group: str) -> Iterator[tuple[Recap, dict[str, Any]]]:
    """The recaps of one folder as the bot reads them, by weights that have learned from them."""
    judge, _ = best_judge()
    for recap in recaps_of(shared, group):
        document = read_document(recap.path.read_bytes(), recap.path.name)[0]
        yield recap, as_json(read_recap(document, judge))


def read_by_two(shared: Path, read: Iterable[tuple[Recap, dict[str, Any]]]) -> Iterator[tuple[Recap, dict[str, Any]]]:
    """The same, where one reader labelled a recap by what the second says too."""
    for recap, out in read:
        if recap.group != ONE_READER:
            yield recap, out
            continue
        document = read_document(recap.path.read_bytes(), recap.path.name)[0]
        yield agreed(recap, document, shared), out


def sums(
    shared: Path, read: Iterable[tuple[Recap, dict[str, Any]]], key: Callable[[Recap], str]
) -> tuple[dict[str, Sum], list[tuple[str, str]]]:
    """The sums of the recaps by a key, and what went wrong, most costly first in no order."""
    found: dict[str, Sum] = defaultdict(Sum)
    notes = []
    for recap, out in read:
        text = recap.path.read_text(encoding="utf-8", errors="replace")
        result, told, ranked = scorer(shared).score_document(recap.gold, out, text)
        found[key(recap)].add(result, ranked, out)
        notes += [(kind, what) for kind, what, _ in told]
    return dict(found), notes


def table(found: dict[str, Sum]) -> None:
    """F1 of every row, then of each kind the surest half and the recall with candidates."""
    print(f"{'':34}recaps  " + " ".join(f"{row[:8]:>8}" for row in ROWS) + "   surest half     recall with candidates")
    for name, one in found.items():
        cells = " ".join(f"{one.f1(row):8.2f}" for row in ROWS)
        half = " ".join(f"{one.surest_half(kind):.2f}" for kind in KINDS)
        wide = " ".join("{:.2f} ({:.1f})".format(*one.recall(kind)) for kind in KINDS)
        print(f"{name[:33]:34}{one.recaps:6}  {cells}   {half}   {wide}")


def reliability(one: Sum) -> None:
    """Of the firm items called so sure, how many are right."""
    print("Of the firm items called so sure, so many are right:")
    for low, high in zip(STEPS[2:], STEPS[3:], strict=False):
        cells = []
        for kind in KINDS:
            inside = [right for sure, right in one.ranked[kind] if low <= sure < high]
            cells.append(f"{kind} {sum(inside) / len(inside):.2f} of {len(inside)}" if inside else f"{kind} -")
        print(f"  {low:.2f} to {min(high, 1):.2f}: " + ", ".join(cells))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--by", nargs="*", choices=["format", "author", "recap"], default=["format"])
    parser.add_argument("--check", action="store_true", help="fail where a figure has fallen")
    parser.add_argument("--write", action="store_true", help="write the figures that --check compares with")
    args = parser.parse_args()
    alone, _ = read_all(args.shared, encoder=False)
    read, unknown = read_all(args.shared, encoder=True)
    groups, _ = sums(args.shared, read, lambda recap: recap.group)
    whole, notes = sums(args.shared, read, lambda recap: "all")
    linear = sums(args.shared, alone, lambda recap: LINEAR)[0]
    by_two = list(read_by_two(args.shared, read))
    twice = sums(args.shared, (one for one in by_two if one[0].group == ONE_READER), lambda recap: ONE_TWICE)[0]
    twice |= sums(args.shared, by_two, lambda recap: ALL_TWICE)[0]
    print("Recaps by authors whom the weights have not seen (leave-authors-out), F1:")
    table(groups | whole | linear | twice)
    print("targets" + " " * 35 + " ".join(f"{TARGETS[row]:8.2f}" for row in ROWS), end="   ")
    print(*(f"{SUREST[kind]:.2f}" for kind in KINDS), end="   ")
    print(*(f"{RECALL[kind]:.2f} (2.0)" for kind in KINDS))
    print("\nAs it ships, of the recaps that it was written and taught on:")
    table(sums(args.shared, read_as_shipped(args.shared, "seeds"), lambda recap: "seeds")[0])
    if unknown:
        print(f"{unknown} passages have no score in {LEFT_OUT}: run `make train`.")
    keys: dict[str, Callable[[Recap], str]] = {
        "format": lambda recap: recap.format.split(" (")[0],
        "author": lambda recap: recap.author,
        "recap": lambda recap: recap.path.name,
    }
    for by in args.by:
        print(f"\nBy {by}:")
        table(dict(sorted(sums(args.shared, read, keys[by])[0].items(), key=lambda pair: -pair[1].recaps)))
    print()
    reliability(whole["all"])
    print("The same, read twice:")
    reliability(twice[ALL_TWICE])
    counted = sorted({note: notes.count(note) for note in notes}.items(), key=lambda pair: -pair[1])
    print("What costs most: " + ", ".join(f"{kind} {what} {n}" for (kind, what), n in counted[:8]))
    measured = groups | whole | linear | twice
    figures = {name: {row: round(one.f1(row), 3) for row in ROWS} for name, one in measured.items()}
    if args.write:
        FIGURES.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if args.check:
        fallen = fallen_below(json.loads(FIGURES.read_text(encoding="utf-8")), figures)
        if fallen:
            raise SystemExit("Fallen: " + "; ".join(fallen))


def fallen_below(was: dict[str, dict[str, float]], now: dict[str, dict[str, float]]) -> list[str]:
    """Which figures of all recaps lie more than SLACK below what they were, for either reader."""
    return [
        f"{row} ({name}) {now[name][row]:.3f}, was {figure:.3f}"
        for name in ("all", LINEAR)
        for row, figure in was[name].items()
        if now[name][row] < figure - SLACK
    ]


if __name__ == "__main__":
    main()
