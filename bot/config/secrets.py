"""Passwords and keys: read from files of their own, given once, and kept from other eyes."""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import SecretStr

from bot.config.faults import key_of
from bot.config.sections import MatrixNetwork, Sasl
from bot.config.settings import Config

HasPassword = TypeVar("HasPassword", Sasl, MatrixNetwork)


def open_secrets(path: Path, raw: dict[str, Any]) -> Iterator[str]:
    """A fault where a file that everybody may read holds a secret."""
    networks = [raw.get("irc"), raw.get("matrix")]
    tables = [each for network in networks if isinstance(network, dict) for each in network.values()]
    tables += [each.get("sasl") for each in tables if isinstance(each, dict)]
    secret = any({"password", "server_password"} & set(table) for table in tables if isinstance(table, dict))
    if not path.stat().st_mode & stat.S_IROTH:
        return
    if secret:
        yield "it holds a password and may be read by everybody: chmod 600 it, or use password_file."
    if any("@" in str(table.get("proxy")) for table in tables if isinstance(table, dict)):
        yield "it holds the password of a proxy and may be read by everybody: chmod 600 it, or use the environment."
    if isinstance(reader := raw.get("reader"), dict) and "key" in reader:
        yield "it holds the key of reader and may be read by everybody: chmod 600 it, or use key_file."


def double_secrets(raw: dict[str, Any]) -> Iterator[str]:
    """A fault for each table that gives a secret in two ways. What the environment gives goes before the file."""
    where = [("matrix", name) for name in _table(raw, "matrix")] + [
        ("irc", name, "sasl") for name in _table(raw, "irc")
    ]
    for loc in [("reader",), *where]:
        table = _table(raw, *loc)
        for secret in ("password", "key"):
            if secret in table and f"{secret}_file" in table:
                yield f"{key_of(loc)}: has both {secret} and {secret}_file; leave one out."


def _table(raw: object, *loc: str) -> dict[str, Any]:
    """A table of the file; an empty one where there is none."""
    for key in loc:
        raw = raw.get(key) if isinstance(raw, dict) else None
    return raw if isinstance(raw, dict) else {}


def with_secrets(config: Config, folder: Path, faults: list[str]) -> Config:
    """The same with the secret of each `password_file` and `key_file` in its place; what cannot be read is a fault."""

    def with_password(section: HasPassword, key: str) -> HasPassword:
        if section.password is not None or section.password_file is None:
            return section
        password = _first_line(folder / section.password_file, f"{key}.password_file", faults)
        return section.model_copy(update={"password": password})

    irc = {
        name: network.model_copy(update={"sasl": with_password(network.sasl, f"irc.{name}.sasl")})
        if network.sasl
        else network
        for name, network in config.irc.items()
    }
    matrix = {name: with_password(network, f"matrix.{name}") for name, network in config.matrix.items()}
    reader = config.reader
    if reader.engine == "llm" and reader.key is None and reader.key_file:
        key = _first_line(folder / reader.key_file, "reader.key_file", faults)
        reader = reader.model_copy(update={"key": key})
    return config.model_copy(update={"irc": irc, "matrix": matrix, "reader": reader})


def _first_line(file: Path, key: str, faults: list[str]) -> SecretStr:
    """The secret that a file holds; where it cannot be read, a fault of that key."""
    try:
        return SecretStr(file.read_text(encoding="utf-8").splitlines()[0].strip())
    except (OSError, UnicodeDecodeError, IndexError):
        faults.append(f"{key}: {file} cannot be read, or is empty.")
        return SecretStr("")
