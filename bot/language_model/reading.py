"""A recap as the rules read it -> the same with the items that a language model finds in it.

Rule: what is not answered stays as the rules read it, and is said in the remark. A service that fails several times in
a row is asked no more, so that a dead one costs a load a few timeouts and not one a portion.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

from bot.extraction.answers import Answer, Unusable, read_answer
from bot.extraction.items import surest
from bot.extraction.portions import Portion, instructions, portions
from bot.language_model import Endpoint
from bot.model import Kind, ReadItem, ReadRecap

GIVE_UP = 3
"""Failures in a row after which a service is asked no more."""

_KINDS = list(Kind)


@dataclass(slots=True)
class _Answers:
    """What came of the portions of one recap."""

    told: list[tuple[Portion, Answer]] = field(default_factory=list)
    failed: int = 0
    reason: str = ""
    """Of the last failure."""


class LanguageModel:
    """One model, asked about recaps one after the other for as long as a load lasts."""

    def __init__(self, endpoint: Endpoint, known: Collection[str] = ()) -> None:
        """`known` are digests of texts that are stored already: nobody would use what is said of them."""
        self._endpoint = endpoint
        self._known = known
        self._failures = 0
        self._reason = ""

    def read(self, recap: ReadRecap, begin: Callable[[float], None] = lambda seconds: None) -> ReadRecap:
        """The recap with the model's items in place of the rules' as far as it answers; a remark where it does not.

        `begin` is called before each request with the seconds that it may take. Blocks.
        """
        if recap.document.digest in self._known or not (asked := portions(recap)):
            return recap
        answers = asyncio.run(self._ask(asked, recap, begin))
        items = _merged(recap.items, answers.told)
        return replace(recap, items=items, remark=_remark(answers, len(asked)))

    async def _ask(self, asked: Sequence[Portion], recap: ReadRecap, begin: Callable[[float], None]) -> _Answers:
        # openai takes a second and 40 MB: only where it is wanted
        from bot.language_model.client import Client, NoAnswer

        answers = _Answers()
        async with Client(self._endpoint) as client:
            for portion in asked:
                if self._failures < GIVE_UP:
                    begin(self._endpoint.seconds)
                    try:
                        content = await client.ask(instructions(), portion.text)
                        answers.told.append((portion, read_answer(content, portion, recap)))
                        self._failures = 0
                        continue
                    except (NoAnswer, Unusable) as reason:
                        self._failures += 1
                        self._reason = str(reason)
                answers.failed += 1
                answers.reason = self._reason
                if self._failures >= GIVE_UP:
                    answers.reason += "; it is asked no more"
        return answers


def _merged(by_rules: Sequence[ReadItem], told: Sequence[tuple[Portion, Answer]]) -> tuple[ReadItem, ...]:
    """The items of all answers, and those of the rules where there is none, in the order they stand."""
    answered = [(part.block.start, part.block.end) for portion, _ in told for part in portion.parts]
    items = [item for item in by_rules if not any(start <= item.start < end for start, end in answered)]
    items += [item for _, answer in told for item in answer.items]
    return surest(sorted(items, key=lambda item: (item.start, item.end, _KINDS.index(item.kind))))


def _remark(answers: _Answers, count: int) -> str:
    """What the operator should know of it; nothing where all went well."""
    said = []
    if answers.failed:
        parts = "all of it" if answers.failed == count else f"{answers.failed} of {count} parts"
        said.append(f"{parts} read by the rules alone, not by the language model ({answers.reason})")
    dropped = sum(answer.dropped for _, answer in answers.told)
    if dropped:
        said.append(f"{dropped} of the language model's items left out, which are none or do not stand in the text")
    return "; ".join(said)
