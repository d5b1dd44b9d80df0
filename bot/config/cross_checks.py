"""Faults that concern several keys at once. None waits for another to be mended."""

import re
from collections.abc import Collection, Iterator, Sequence
from importlib.util import find_spec

from bot.config.faults import Fault, Loc, did_you_mean, key_of
from bot.config.sections import Reading
from bot.config.settings import Config
from bot.store.people import team_key


def cross_check(config: Config) -> Iterator[Fault]:
    """Faults that concern several keys at once."""
    yield from _check_names(config)
    yield from _check_rooms(config)
    yield from _check_reminders(config)
    yield from _check_passwords(config)
    yield from _check_reader(config.reader)


def _check_reader(reader: Reading) -> Iterator[Fault]:
    if reader.engine != "llm":
        return
    for key in ("address", "model"):
        if getattr(reader, key) is None:
            said = 'is missing; engine = "llm" needs it.'
            yield Fault(("reader", key), said, rests_on=(("reader", key), ("reader", "engine")))
    if reader.key and not reader.key.get_secret_value().isascii():
        yield Fault(("reader", "key"), "expected a key of ASCII characters.")
    if find_spec("openai") is None:
        said = '"llm" needs the package openai, which is not installed: pip install "openai>=3".'
        yield Fault(("reader", "engine"), said)


def _check_names(config: Config) -> Iterator[Fault]:
    """The names of networks; they are known also where what stands under them was refused."""
    for name in config.both:
        yield Fault(("matrix", name), f"there is irc.{name} too; give it another name.", rests_on=())
    for key, networks in (("irc", config.irc), ("matrix", config.matrix)):
        for name in networks:
            if not re.fullmatch(r"[\w.-]+", name):
                yield Fault((key, name), "expected a name of letters, digits, dots and hyphens.", rests_on=())


def _check_passwords(config: Config) -> Iterator[Fault]:
    for name, network in config.irc.items():
        if network.sasl and network.sasl.password is None:
            yield Fault(("irc", name, "sasl"), "has neither password nor password_file.", rests_on=())
    for name, account in config.matrix.items():
        if account.password is None:
            yield Fault(("matrix", name), "has neither password nor password_file.", rests_on=())


def _check_rooms(config: Config) -> Iterator[Fault]:
    for name, room in config.rooms.items():
        if room.network and room.network not in config.networks:
            yield _no_network(config, ("rooms", name), room.network)
        of_matrix = any(network in config.matrix for network in _meant(config, room.network))
        if of_matrix and (":" in name or name.startswith("!")):
            continue  # on Matrix the bot joins any room, by invitation
        if where := _not_among(config, room.network, name):
            yield Fault(("rooms", name), f"is {where}", _rooms(config, room.network))


def _check_reminders(config: Config) -> Iterator[Fault]:
    for index, reminder in enumerate(config.reminders):
        loc, network, room = ("reminders", index), reminder.network, reminder.room
        if network not in config.networks:
            yield _no_network(config, loc, network)
        if (room is None) == (reminder.account is None):
            yield Fault(loc, "expected either room or account.", rests_on=())
        if room and (where := _not_among(config, network, room)):
            yield Fault((*loc, "room"), f"{room} is {where}", [(*loc, "room"), *_rooms(config, network)])


def _no_network(config: Config, loc: Loc, network: str) -> Fault:
    here = (*loc, "network")
    said = f"there is no network {network}{did_you_mean(network, config.networks)}"
    return Fault(here, said, rests_on=(here, ("irc", network), ("matrix", network)))


def _meant(config: Config, network: str | None) -> Sequence[str]:
    """The networks that a room may be of: any, where none is named or one that is not there."""
    return [network] if network in config.networks else config.networks


def _not_among(config: Config, network: str | None, name: str) -> str | None:
    """`not among …` where a room is named that no network has which may be meant."""
    networks = _meant(config, network)
    known = {each.casefold(): each for network in networks for each in config.rooms_of(network)}
    if name.casefold() in known or (network and not networks):
        return None
    where = " or ".join(key_of(config.loc_of_rooms(each)) for each in networks) or "the rooms of any network"
    return f"not among {where}{did_you_mean(name, known.values())}"


def _rooms(config: Config, network: str | None) -> list[Loc]:
    """What `_not_among` is judged by; where any network may be meant, one may have been refused unread."""
    unread: list[Loc] = [] if network in config.networks else [("irc", ""), ("matrix", "")]
    return [*map(config.loc_of_rooms, _meant(config, network)), *unread]


def team_faults(config: Config, known: Collection[str]) -> list[Fault]:
    """A fault for each team that the configuration names and nobody knows; `known` are names and aliases (`team_key`).

    A mistyped team would else be a new one, of which nothing is ever said.
    """
    named: list[tuple[Loc, str | None]] = [(("rooms", name), room.team) for name, room in config.rooms.items()]
    named += [(("reminders", index), reminder.team) for index, reminder in enumerate(config.reminders)]
    return [
        Fault((*loc, "team"), f"there is no team {team}{did_you_mean(team_key(team), known)}", (("bot", "teams_file"),))
        for loc, team in named
        if team is not None and team_key(team) not in known
    ]
