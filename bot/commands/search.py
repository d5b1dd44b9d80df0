"""`ask` and `find`: what the recaps say about something, with the ids to go on from."""

from bot.commands.listing import EMPTY, list_reply
from bot.commands.place import today
from bot.commands.registry import Call, command
from bot.messages import Reply, UserError
from bot.model import Kind
from bot.queries.hits import hit_line
from bot.queries.items import Filter
from bot.queries.lines import shorten
from bot.queries.people import resolve
from bot.queries.question import Question, read_question
from bot.queries.search import MANY, Answer, holds_nothing
from bot.queries.search import ask as find_answers
from bot.queries.search import find as find_passages
from bot.store.people import fold

NAMED = 3
"""Words that a person's name may have."""


@command(
    "ask",
    usage="QUESTION",
    help="Answers a question with the passages that fit best, each with its id; `+show ID` tells more.",
    example="+ask who looks at opensearch?",
)
def ask(call: Call) -> Reply:
    """The best passages; for a question without a topic ("open actions of kolla") the list that it describes."""
    asked = read_question(call.store, call.args)
    if (listed := _listed(call, asked)) is not None:
        return list_reply(call, listed)
    answer = find_answers(call.store, asked, team=call.team)
    if not answer.hits:
        raise UserError(_found_nothing(call, answer))
    notes = (f"Nothing of {call.team} answers that; of others:",) if answer.elsewhere else ()
    lines = tuple(hit_line(hit, today(call)) for hit in answer.hits)
    return Reply((*notes, *lines, *_typed(answer)))


@command(
    "find",
    "search",
    usage="WORDS",
    help="Searches everything that was loaded or recorded for all of those words, a phrase in quotation marks.",
    example='+find "live restore"',
)
def find(call: Call) -> Reply:
    """How many passages hold the words, and the best of them."""
    answer = find_passages(call.store, call.args, team=call.team)
    if not answer.asked.words:
        raise UserError(f"Say which words: `{call.sign}{call.word} live restore`.")
    if not answer.hits:
        raise UserError(_found_nothing(call, answer))
    words = ", ".join([*([call.team] if call.team else []), *(f'"{word}"' for word in answer.asked.words)])
    lines = tuple(hit_line(hit, today(call), team=call.team is None) for hit in answer.hits)
    return Reply((f"{shorten(words)}: {_count(answer)}", *_typed(answer), *lines))


def _listed(call: Call, asked: Question) -> Filter | None:
    """The list that a question describes which names a kind of item and no topic; None for any other."""
    if asked.kind is None or len(asked.teams) > 1 or len(asked.people) > 1:
        return None
    people = asked.people
    if asked.topic:
        people = _called(call, asked) if asked.kind is Kind.ACTION and not people else ()
        if len(people) != 1:
            return None
    cycles = {event.cycle for event in asked.events}
    return Filter(
        kind=asked.kind,
        team=next(iter(asked.teams), call.team if not people else None),
        event=asked.events[0].name if len(asked.events) == 1 else None,
        cycle=next(iter(cycles)) if len(asked.events) > 1 and len(cycles) == 1 else None,
        person=people[0] if people else None,
        state=asked.state or "open",
    )


def _called(call: Call, asked: Question) -> tuple[int, ...]:
    """The people one of whose names is what seemed to be the topic: `open actions of christian`."""
    if len(asked.topic) > NAMED:
        return ()
    words = {fold(word) for word in asked.topic}
    found = resolve(call.store, " ".join(asked.topic))
    return tuple(person.id for person in found if words <= set(fold(person.name).split()))


def _count(answer: Answer) -> str:
    shown = len(answer.hits)
    number = f"more than {MANY:,}" if answer.total > MANY else f"{answer.total:,}"
    if not answer.all_words:
        return f"no passage holds all of these words; {number} {'holds' if answer.total == 1 else 'hold'} some."
    more = f", the best {shown} here" if answer.total > shown else ""
    return f"{number} {'passage' if answer.total == 1 else 'passages'}{more}."


def _typed(answer: Answer) -> tuple[str, ...]:
    """What was searched for other than it was typed, and what stands nowhere."""
    notes = [f"I took `{typed}` for `{taken}`." for typed, taken in answer.mended.items()]
    if answer.unknown:
        words = ", ".join(f'"{word}"' for word in answer.unknown)
        notes.append(f"{shorten(words)} {'stands' if len(answer.unknown) == 1 else 'stand'} nowhere.")
    return (" ".join(notes),) if notes else ()


def _found_nothing(call: Call, answer: Answer) -> str:
    """The sentence for no hit, with what to try."""
    if holds_nothing(call.store):
        return EMPTY
    words = ", ".join(f'"{word}"' for word in answer.asked.topic or answer.asked.words)
    if not words:
        return f"Name a topic: `{call.sign}ask who looks at opensearch?`, or see `{call.sign}sessions`."
    of_team = f" of {call.team}" if call.team else ""
    return f"I found nothing{of_team} about {shorten(words)}. Try other words, or see `{call.sign}sessions`."
