"""`help`: the commands that this person may use here, and what one of them does. Made from the declarations alone."""

from collections.abc import Callable

from bot.commands.addressing import mistyped
from bot.commands.registry import COMMANDS, NAMES, Call, Command, Who, command
from bot.commands.rights import refusal
from bot.messages import Reply, UserError

GROUPS: tuple[tuple[str, Callable[[Command], bool]], ...] = (
    ("Ask", lambda each: not each.changes and each.who is Who.ANYONE),
    ("Tell", lambda each: each.changes and each.who in (Who.ANYONE, Who.PROVEN, Who.MAKER)),
    ("Change", lambda each: each.who in (Who.OWNER, Who.REVIEWER)),
    ("Operators", lambda each: each.who is Who.OPERATOR),
    ("Admins", lambda each: each.who is Who.ADMIN),
)
"""The lines of the overview, and which commands stand in each: a command stands in the first that takes it."""


@command(
    "help",
    "commands",
    usage="[word]",
    help="Lists the commands that you may use here, or explains one.",
    example="+help actions",
)
def help_(call: Call) -> Reply:
    """The overview, what one command does, or what to say about a team."""
    word = call.args.split(" ")[0].lstrip("+~!#").casefold()
    if not word and call.tracked:
        lists = ", ".join(f"`#{call.team} {each}`" for each in ("summary", "decisions", "actions", "questions"))
        return Reply((f"About {call.team}: {lists} or `#{call.team} sessions`. `{call.sign}help` lists the rest.",))
    if not word:
        return Reply(_overview(call))
    found = NAMES.get(f"~{word}" if call.args.startswith("~") else word) or NAMES.get(word)
    if found is None:
        close = mistyped(word, NAMES)
        hint = f"Did you mean `{call.sign}help {close}`?" if close else f"`{call.sign}help` lists those I know."
        raise UserError(f"I know no command `{word[:40]}`. {hint}")
    return Reply(explained(call, found))


def usage(declared: Command, sign: str) -> str:
    """The command as it is typed, with what follows it: `+done ID… [words]`."""
    sign = "" if declared.name.startswith("~") else sign
    return f"{sign}{declared.name} {declared.usage}".rstrip()


def example(declared: Command, sign: str) -> str:
    """The example of a command as one types it in that place."""
    return f"{sign}{declared.example[1:]}" if declared.example.startswith("+") else declared.example


def explained(call: Call, declared: Command) -> tuple[str, ...]:
    """What one command does, how it is typed, its other names, and who may use it where not everyone may."""
    aliases = f" Also: {', '.join(declared.aliases)}." if declared.aliases else ""
    does = declared.help.replace("`+", f"`{call.sign}")
    lines = [f"{usage(declared, call.sign)}: {does}{aliases}", f"Example: {example(declared, call.sign)}"]
    if declared.who is not Who.ANYONE:
        lines.append(f"It is for {declared.who.value}.")
    if why := refusal(declared, call.request, call.policy):
        lines[-1:] = [why]
    return tuple(lines)


def _overview(call: Call) -> tuple[str, ...]:
    if call.request.room is None:
        first = "Say one of these words, or `help WORD` for how it is used; `#TEAM summary` asks about a team."
    else:
        first = f"Say `#TEAM summary` for a team, `{call.sign}word` for the rest, `{call.sign}help WORD` for one."
    usable = [each for each in COMMANDS.values() if refusal(each, call.request, call.policy) is None]
    lines = [first]
    for title, belongs in GROUPS:
        here = [each.name for each in usable if belongs(each)]
        usable = [each for each in usable if not belongs(each)]
        if here:
            lines.append(f"{title}: {', '.join(here)}.")
    if call.request.reactions and call.request.page is not None:
        lines.append("A reaction to an item does the same: ✅ done, 💤 snooze a week, 🙋 take, ❌ reject.")
    return tuple(lines)
