"""Who is in which channel, with which modes, logged in to which account: only what the server has said.

Rule: unknown means no rights. What cannot be understood (a mode the server never named, a list that does not add up)
takes rights away and never gives them; who shares no channel with us any more is forgotten with their account. One
`People` lives as long as one connection.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.messages import Role
from bot.transports.irc_lines import Features, source_of

NO_ACCOUNT = ("", "*", "0")
"""How servers write that somebody is not logged in: `account-notify` and `extended-join` `*`, WHOX `0`."""


@dataclass(slots=True)
class _Person:
    nick: str
    account: str | None = None


@dataclass(slots=True)
class _Channel:
    members: dict[str, set[str]] = field(default_factory=dict)
    """Folded nick -> modes."""
    former: set[str] | None = None
    """While a list of names is coming in: who was there before."""


class People:
    """The people of the channels we are in."""

    def __init__(self, features: Features) -> None:
        self._features = features
        self._channels: dict[str, _Channel] = {}
        self._people: dict[str, _Person] = {}
        """By folded nick; who was last heard of stands last."""

    # --- what the server says -----------------------------------------------------------------------------------

    def enter(self, channel: str) -> None:
        """We are in this channel now; who is there will be told."""
        self._channels[self._features.fold(channel)] = _Channel()

    def leave(self, channel: str) -> None:
        """We are no longer in this channel."""
        left = self._channels.pop(self._features.fold(channel), _Channel())
        for key in left.members.keys() | (left.former or set()):
            self._forget_stranger(key)

    def join(self, channel: str, nick: str, account: str | None = None) -> None:
        """Somebody came in, without any mode. `account` is what extended-join said; None is not known."""
        place = self._channels.get(self._features.fold(channel))
        if place is None:
            return
        key = self._know(nick)
        place.members[key] = set()
        if account is not None:
            self.log_in(nick, account)

    def part(self, channel: str, nick: str) -> None:
        """Somebody left a channel, or was thrown out."""
        key = self._features.fold(nick)
        place = self._channels.get(self._features.fold(channel))
        if place and place.members.pop(key, None) is not None:
            self._forget_stranger(key)

    def quit(self, nick: str) -> None:
        """Somebody left the network."""
        key = self._features.fold(nick)
        for place in self._channels.values():
            place.members.pop(key, None)
        self._people.pop(key, None)

    def rename(self, old: str, new: str) -> None:
        """Somebody changed their nick; modes and account go with them."""
        old_key, new_key = self._features.fold(old), self._features.fold(new)
        if new_key != old_key:
            self.quit(new)  # whom we still took for the holder of that nick: they must not lend their modes
        person = self._people.pop(old_key, None)
        if person is None:
            return
        self._people[new_key] = _Person(new, person.account)
        for place in self._channels.values():
            if (modes := place.members.pop(old_key, None)) is not None:
                place.members[new_key] = modes

    def names(self, channel: str, words: Sequence[str]) -> None:
        """One line of the list of a channel's members: `@+nick` or `@nick!user@host`."""
        place = self._channels.get(self._features.fold(channel))
        if place is None:
            return
        if place.former is None:
            place.former = set(place.members)
            place.members.clear()
        for word in words:
            mask = word.lstrip("".join(self._features.prefixes)) if self._features.prefixes else word
            if nick := source_of(mask).nick:
                symbols = word[: len(word) - len(mask)]
                place.members[self._know(nick)] = {self._features.prefixes[symbol] for symbol in symbols}

    def names_end(self, channel: str) -> None:
        """The list of a channel's members is complete."""
        if place := self._channels.get(self._features.fold(channel)):
            for key in place.former or ():
                self._forget_stranger(key)
            place.former = None

    def mode(self, channel: str, letters: str, values: Sequence[str]) -> bool:
        """Channel modes changed. False when it was not understood: then nobody has rights until the next list."""
        place = self._channels.get(self._features.fold(channel))
        if place is None:
            return True
        understood, adding, rest = True, True, list(values)
        for letter in letters:
            if letter in "+-":
                adding = letter == "+"
                continue
            takes = self._features.parameters(letter, adding)
            if takes is None or (takes and not rest):
                understood = False
                break
            value = rest.pop(0) if takes else ""
            modes = place.members.get(self._features.fold(value))
            if modes is not None and letter in self._features.prefixes.values():
                (modes.add if adding else modes.discard)(letter)
        if understood and not rest:
            return True
        for modes in place.members.values():
            modes.clear()
        return False

    def log_in(self, nick: str, account: str) -> None:
        """Somebody whom we share a channel with is logged in to an account, or (`*`) to none."""
        key = self._features.fold(nick)
        if person := self._people.pop(key, None):
            self._people[key] = _Person(person.nick, None if account in NO_ACCOUNT else account)

    def forget_accounts(self) -> None:
        """The server will no longer tell when accounts change: what is known may be wrong."""
        for person in self._people.values():
            person.account = None

    # --- what is asked ------------------------------------------------------------------------------------------

    def has(self, channel: str) -> bool:
        """Whether we are in this channel."""
        return self._features.fold(channel) in self._channels

    def role(self, channel: str, nick: str) -> Role:
        """What the channel's modes make of somebody: operators and above are OP, voice to half-operator VOICE."""
        place = self._channels.get(self._features.fold(channel))
        modes = place.members.get(self._features.fold(nick), ()) if place else ()
        ranks = "".join(self._features.prefixes.values())  # the highest first
        best = min((ranks.index(mode) for mode in modes if mode in ranks), default=len(ranks))
        if best <= ranks.find("o"):
            return Role.OP
        return Role.VOICE if best <= ranks.find("v") else Role.USER

    def account(self, nick: str) -> str | None:
        """The account of somebody whom we share a channel with."""
        person = self._people.get(self._features.fold(nick))
        return person.account if person else None

    def nick_of(self, account: str) -> str | None:
        """The nick that an account is seen under: the one last heard of."""
        key = self._features.fold(account)
        for person in reversed(self._people.values()):
            if person.account is not None and self._features.fold(person.account) == key:
                return person.nick
        return None

    def spelling(self, nick: str) -> str | None:
        """The nick as it is spelled, when we share a channel with its holder."""
        person = self._people.get(self._features.fold(nick))
        return person.nick if person else None

    def nicks(self, channel: str) -> set[str]:
        """The nicks in a channel, casefolded as `wire.without_pings` wants them."""
        place = self._channels.get(self._features.fold(channel))
        return {self._people[key].nick.casefold() for key in place.members} if place else set()

    def modes(self, channel: str) -> dict[str, set[str]]:
        """Nick -> modes of everybody in a channel."""
        place = self._channels.get(self._features.fold(channel))
        return {self._people[key].nick: set(modes) for key, modes in place.members.items()} if place else {}

    def __len__(self) -> int:
        return len(self._people)

    def _know(self, nick: str) -> str:
        """Make somebody known; the key they are known under."""
        key = self._features.fold(nick)
        self._people.setdefault(key, _Person(nick)).nick = nick
        return key

    def _forget_stranger(self, key: str) -> None:
        """Forget who shares no channel with us."""
        if not any(key in place.members for place in self._channels.values()):
            self._people.pop(key, None)
