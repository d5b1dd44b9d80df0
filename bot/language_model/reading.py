"""A recap as the bot reads it -> the same with the items that a language model finds in it.

Rule: what is not answered stays as the bot read it, and is said in the remark. A service that fails several times in
a row is asked no more, so that a dead one costs a load a few timeouts and not one a portion.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from bot.extraction.answers import Answer, Unusable, read_answer
from bot.extraction.items import surest
from bot.extraction.portions import Portion, instructions, portions
from bot.language_model import Endpoint
from bot.model import Kind, ReadItem, ReadRecap

GIVE_UP = 3
"""Failures in a row after which a service is asked no more."""

_KINDS = list(Kind)


class LanguageModel:
    """One model, asked about recaps one after the other for as long as a load lasts."""

    def __init__(self, endpoint: Endpoint, known: Collection[str] = ()) -> None:
        """`known` are digests of texts that are stored already: nobody would use what is said of them."""
        self._endpoint = endpoint
        self._known = known
        self._failures = 0
        self._reason = ""
        """Of the last failure."""

    def read(self, recap: ReadRecap, begin: Callable[[float], None] = lambda seconds: None) -> ReadRecap:
        """The recap with the model's items in place of the bot's as far as it answers; a remark where it does not.

        `begin` is called before each request with the seconds that it may take. Blocks.
        """
        if recap.document.digest in self._known or not (asked := portions(recap)):
            return recap
        answers = ((portion, self._ask(portion, recap, begin)) for portion in asked)
        told = [(portion, answer) for portion, answer in answers if answer is not None]
        own = recap.remark if len(told) < len(asked) else ""  # of who read the rest
        remark = "; ".join(filter(None, (self._remark(told, len(asked)), own)))
        return replace(recap, items=_merged(recap.items, told), remark=remark)

    def _ask(self, portion: Portion, recap: ReadRecap, begin: Callable[[float], None]) -> Answer | None:
        """What it answers about a portion; None where it does not, or is asked no more."""
        # openai takes a second and 40 MB: only where it is wanted
        from bot.language_model.client import NoAnswer, ask

        if self._failures == GIVE_UP:
            return None
        begin(self._endpoint.seconds)
        try:
            answer = read_answer(ask(self._endpoint, instructions(), portion.text), portion, recap)
        except (NoAnswer, Unusable) as reason:
            self._failures += 1
            self._reason = f"{reason}; it is asked no more" if self._failures == GIVE_UP else str(reason)
            return None
        self._failures = 0
        return answer

    def _remark(self, told: Sequence[tuple[Portion, Answer]], count: int) -> str:
        """What the operator should know of a recap of `count` portions; nothing where all went well."""
        said = []
        if failed := count - len(told):
            parts = "all of it" if failed == count else f"{failed} of {count} parts"
            said.append(f"{parts} read without the language model ({self._reason})")
        dropped = sum(answer.dropped for _, answer in told)
        if dropped:
            said.append(f"{dropped} of the language model's items left out, which are none or do not stand in the text")
        return "; ".join(said)


def _merged(own: Sequence[ReadItem], told: Sequence[tuple[Portion, Answer]]) -> tuple[ReadItem, ...]:
    """The items of all answers, and the bot's own where there is none, in the order they stand."""
    answered = [part.block for portion, _ in told for part in portion.parts]
    starts = [block.start for block in answered]

    def is_answered(place: int) -> bool:
        number = bisect_right(starts, place)
        return number > 0 and place < answered[number - 1].end

    items = [item for item in own if not is_answered(item.start)]
    items += [item for _, answer in told for item in answer.items]
    return surest(sorted(items, key=lambda item: (item.start, item.end, _KINDS.index(item.kind))))
