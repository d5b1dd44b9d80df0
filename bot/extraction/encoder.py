"""What a small sentence encoder says of passages, with what stands around them: the reader's second opinion.

The model (`data/encoder.onnx`, MiniLM-L6 fine-tuned by tools/train_encoder.py, weights of 8 bits) runs in onnxruntime,
on one core, without torch. It reads a passage behind its headings, its list's lead-in and the sentence before it.
Loading it takes 120 MB, so that only a process which reads recaps does.
"""

import os
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from typing import Any

from bot.extraction.features import Seen
from bot.extraction.linear import Judge, Scores, confidence, linear_judge, linear_odds, second_step, weights
from bot.extraction.structure import Passage
from bot.model import Kind

RUNTIME = ("onnxruntime", "tokenizers")
"""The packages that it needs."""
KINDS = (Kind.DECISION, Kind.ACTION, Kind.QUESTION)
"""The model's outputs, in their order."""
MOST = 1_000
"""Passages of one recap that it reads: 9 s here, within the reader's limit on a machine six times slower. The longest
recap known has 600."""
BIGGEST = 171
"""Tokens of an input, at most."""
_START, _END = 101, 102
"""The tokens that BERT's input begins with and that end its two parts."""


def runtime_missing() -> str | None:
    """The first package that the encoder needs and that is not installed."""
    return next((name for name in RUNTIME if find_spec(name) is None), None)


@cache
def best_judge() -> tuple[Judge, str]:
    """The linear reader with the encoder, or without it where that cannot be loaded, with the reason."""
    try:
        _tokenizer(), _session()
    except Exception as error:  # numpy alone has a dozen ways not to run on a machine
        missing = runtime_missing()
        why = (
            f"the package {missing} is not installed" if missing else f"the encoder cannot run ({type(error).__name__})"
        )
        return linear_judge, f"read by the linear reader alone: {why}"
    return encoder_judge, ""


def encoder_judge(seen: Sequence[Seen]) -> Scores:
    """The linear reader and the encoder together; the linear one alone of more passages than MOST."""
    if len(seen) > MOST:
        return linear_judge(seen)
    said = encoder_odds([one.passage for one in seen])
    judged = {}
    for kind, odds in linear_odds(seen).items():
        beside = weights()[kind].beside
        judged[kind] = [confidence(beside, score) for score in second_step(odds, beside, said[kind])]
    return judged


def encoder_odds(passages: Sequence[Passage]) -> Scores:
    """The log-odds of passages for each kind. Read one at a time: quantized, it would hear what is read beside."""
    said = [_run(*pieces(passage)) for passage in passages]
    return {kind: [odds[column] for odds in said] for column, kind in enumerate(KINDS)}


def pieces(passage: Passage) -> tuple[list[int], list[int]]:
    """A passage as the model reads it: its tokens, and for each 1 where it is the passage's own, else 0."""
    said = " ".join(word for word in (passage.label, passage.zone, passage.block.kind.value) if word)
    around = _tokens(" > ".join(passage.block.path[-2:]), 16) + _tokens(f" | {said}", 8)
    if passage.lead:
        around += _tokens(f" | {passage.lead}", -24)
    around += _tokens(f" | {passage.before}", -28)
    own, after = _tokens(passage.text, 72), _tokens(passage.after, 20)  # with the rest at most BIGGEST
    tokens = [_START, *around, _END, *own, _END, *after]
    return tokens, [0] * (len(around) + 2) + [1] * len(own) + [0] * (len(after) + 1)


def _tokens(text: str, most: int) -> list[int]:
    """The first tokens of a text, or with a negative number the last ones."""
    ids: list[int] = _tokenizer().encode(text, add_special_tokens=False).ids
    return ids[:most] if most > 0 else ids[most:]


def _run(tokens: Sequence[int], own: Sequence[int]) -> list[float]:
    import numpy as np

    inputs = {"ids": np.array([tokens], dtype=np.int64), "types": np.array([own], dtype=np.int64)}
    odds: list[float] = _session().run(None, inputs)[0][0].tolist()
    return odds


@cache
def _tokenizer() -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str((files("bot.extraction") / "data" / "tokenizer.json").read_text(encoding="utf-8"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


@cache
def _session() -> Any:
    # Else it gives this machine an id, keeps it in the home directory and looks for its maker's servers (seen of 1.32).
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    model = (files("bot.extraction") / "data" / "encoder.onnx").read_bytes()
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
