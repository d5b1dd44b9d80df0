"""Where a homeserver's client API is, as the server of an id tells it: discovery by `.well-known`, as the Matrix
specification has it.

Rule: what is told is believed only where a homeserver answers. Whatever else comes (no such page, no JSON, no address,
nobody there) is one sentence, with the key that does without all this; nothing is guessed instead, for the password
goes to whatever is found. For the same reason neither an answer nor an address counts that is not https.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from nio import AsyncClient

from bot.transports.matrix_http import Refused, Revoked, Trouble, request

PLACE = "/.well-known/matrix/client"
PATIENCE = 10.0
"""Seconds for each of the two questions."""


def host_of(user_id: str) -> str:
    """The host of an id's server. Its port is that of the other homeservers, and says nothing of where clients ask."""
    return re.sub(r":\d{1,5}$", "", user_id.partition(":")[2])


async def discover(user_id: str, client_of: Callable[[str], AsyncClient]) -> str:
    """The address of the client API. `client_of` makes a client of an address. Raises Trouble, with what to set."""
    told_by = f"https://{host_of(user_id)}"
    try:
        address = _address(await _ask(client_of(told_by), PLACE))
    except Trouble as trouble:
        raise Trouble(f"{told_by}{PLACE} names no homeserver ({trouble}); set `homeserver`", trouble.wait) from None
    try:
        said = await _ask(client_of(address), "/_matrix/client/versions")
        if not isinstance(said.get("versions"), list):
            raise Trouble("it does not say which versions it speaks")
    except Trouble as trouble:
        why = f"where no homeserver answers ({trouble})"
        raise Trouble(f"{told_by}{PLACE} names {address}, {why}; set `homeserver`", trouble.wait) from None
    return address


def _address(said: Mapping[str, Any]) -> str:
    """The address that the answer names. Raises Trouble."""
    server = said.get("m.homeserver")
    address = server.get("base_url") if isinstance(server, dict) else None
    if not isinstance(address, str):
        raise Trouble("it has no base_url of m.homeserver")
    try:
        parts = urlsplit(address)
        whole = bool(parts.hostname) and parts.scheme in ("http", "https") and parts.port != 0
    except ValueError:  # a port that is no number, a bracket that is not closed
        whole = False
    if not whole or "@" in parts.netloc or parts.query or parts.fragment or not address.isprintable():
        raise Trouble("its base_url is no address")
    if parts.scheme != "https":
        raise Trouble("its base_url is not https")
    return address.rstrip("/")


async def _ask(client: AsyncClient, where: str) -> dict[str, Any]:
    """An answer in JSON, redirects followed, all of them by https. Raises Trouble."""
    try:
        return await request(client, "GET", where, timeout=PATIENCE, secure=True)
    except (Refused, Revoked) as refusal:
        raise Trouble(str(refusal)) from None
    finally:
        await client.close()
