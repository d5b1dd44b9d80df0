"""Passwords and keys: read from files of their own, given once, and kept from other eyes."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import SecretStr

from bot.config.faults import Fault, Loc, key_of
from bot.config.sections import MatrixNetwork, Reading, Sasl
from bot.config.settings import Config

HasSecret = TypeVar("HasSecret", Sasl, MatrixNetwork, Reading)


def open_secrets(path: Path, raw: dict[str, Any]) -> Iterator[Fault]:
    """A fault where a configuration that everybody may read holds a secret."""
    networks = [raw.get("irc"), raw.get("matrix")]
    tables = [each for network in networks if isinstance(network, dict) for each in network.values()]
    tables += [each.get("sasl") for each in tables if isinstance(each, dict)]
    secret = any({"password", "server_password"} & set(table) for table in tables if isinstance(table, dict))
    if not path.stat().st_mode & stat.S_IROTH:
        return
    if secret:
        yield Fault((), "it holds a password and may be read by everybody: chmod 600 it, or use password_file.")
    if any("@" in str(table.get("proxy")) for table in tables if isinstance(table, dict)):
        said = "it holds the password of a proxy and may be read by everybody: chmod 600 it, or use the environment."
        yield Fault((), said)
    if isinstance(reader := raw.get("reader"), dict) and "key" in reader:
        yield Fault((), "it holds the key of reader and may be read by everybody: chmod 600 it, or use key_file.")


def double_secrets(raw: dict[str, Any]) -> Iterator[Fault]:
    """A fault for each table that gives a secret in two ways. What the environment gives goes before the file."""
    where: list[Loc] = [("matrix", name) for name in _table(raw, ("matrix",))]
    where += [("irc", name, "sasl") for name in _table(raw, ("irc",))]
    for loc in [("reader",), *where]:
        for secret in ("password", "key"):
            if _double(raw, loc, secret):
                yield Fault(loc, f"has both {secret} and {secret}_file; leave one out.")


def _double(raw: dict[str, Any], loc: Loc, secret: str) -> bool:
    return {secret, f"{secret}_file"} <= _table(raw, loc).keys()


def _table(raw: object, loc: Loc) -> dict[str, Any]:
    """A table of the file; an empty one where there is none."""
    for key in loc:
        raw = raw.get(str(key)) if isinstance(raw, dict) else None
    return raw if isinstance(raw, dict) else {}


def with_secrets(config: Config, raw: dict[str, Any], faults: list[Fault]) -> Config:
    """The same with the secret of each `password_file` and `key_file` in its place; what is wrong with one is a fault.

    Where the environment gives the secret, the file of the configuration counts for nothing.
    """

    def with_secret(section: HasSecret, loc: Loc, secret: str) -> HasSecret:
        file, given = getattr(section, f"{secret}_file"), getattr(section, secret)
        if file is None or (given is not None and not _double(raw, loc, secret)):
            return section
        found = _first_line(file, (*loc, f"{secret}_file"), faults)
        return section if given is not None else section.model_copy(update={secret: found})

    irc = {
        name: network.model_copy(update={"sasl": with_secret(network.sasl, ("irc", name, "sasl"), "password")})
        if network.sasl
        else network
        for name, network in config.irc.items()
    }
    matrix = {name: with_secret(each, ("matrix", name), "password") for name, each in config.matrix.items()}
    reader = config.reader if config.reader.engine != "llm" else with_secret(config.reader, ("reader",), "key")
    return config.model_copy(update={"irc": irc, "matrix": matrix, "reader": reader})


def _first_line(file: Path, loc: Loc, faults: list[Fault]) -> SecretStr:
    """The secret that a file holds; where it cannot be used, a fault of that key."""
    try:
        secret = file.read_text(encoding="utf-8").splitlines()[0].strip()
    except (OSError, ValueError, IndexError):
        secret = ""
    if not secret:
        faults.append(Fault(loc, f"{file} cannot be read, or is empty."))
    return SecretStr(secret)


def _open_to_all(file: Path) -> bool:
    """Whether everybody may read a file; what lies below /run was put there for the bot (Docker, systemd)."""
    return not file.resolve().is_relative_to("/run") and bool(file.stat().st_mode & stat.S_IROTH)


def open_files(config: Config) -> list[str]:
    """A warning for each file of a secret that everybody may read.

    That is no fault: in a container the bot may well read somebody else's file only because everybody may.
    """
    files: list[tuple[Loc, Path | None]] = [(("reader", "key_file"), config.reader.key_file)]
    files += [(("matrix", name, "password_file"), each.password_file) for name, each in config.matrix.items()]
    files += [
        (("irc", name, "sasl", "password_file"), each.sasl.password_file)
        for name, each in config.irc.items()
        if each.sasl
    ]
    return [
        f"{key_of(loc)}: {file} may be read by everybody; better give it to the bot's user (chown) and chmod 600 it."
        for loc, file in files
        if file and os.path.isfile(file) and _open_to_all(file)
    ]
