"""Requests to a homeserver, and what its refusals mean for those who asked.

Rule: whatever comes back is either a JSON object or one of three exceptions; nothing is tried again here, and no
token is ever logged.
"""

import asyncio
import json
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from aiohttp import ClientConnectionError, ClientError
from nio import AsyncClient

from bot.config import MatrixNetwork

PREFIX = "/_matrix/client/v3/"
TIMEOUT = 30.0
"""Seconds for an ordinary request."""
GONE = ("M_UNKNOWN_TOKEN", "M_MISSING_TOKEN")


class Trouble(Exception):
    """It may work later; after `wait` seconds, where the homeserver says so. The text says what is wrong."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class Refused(Exception):
    """The homeserver does not do it, now or later. The text is its own, with its code."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code} {reason}".strip())
        self.code = code


class Revoked(Exception):
    """The session is not valid any more. `soft` says that the device lives, and may log in again."""

    def __init__(self, reason: str, soft: bool) -> None:
        super().__init__(reason)
        self.soft = soft


class NoProxy(ClientConnectionError):
    """The configured proxy does not take us to the homeserver. The text says why, without what it asks as a secret."""


def tls_context(settings: MatrixNetwork) -> ssl.SSLContext | None:
    """How certificates are verified; None for the system's way. Raises Trouble."""
    try:
        return ssl.create_default_context(cafile=settings.ca_file) if settings.ca_file else None
    except OSError as error:
        raise Trouble(f"the certificates of `ca_file` cannot be read ({error.strerror or error})") from error


def unreachable(homeserver: str, error: BaseException) -> str:
    """What keeps us from a homeserver, in one sentence."""
    if isinstance(error, NoProxy):
        return f"{homeserver} cannot be reached ({error})"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError) and not isinstance(cause, ClientError):  # aiohttp's is both
            return f"the certificate of {homeserver} is not trusted ({cause.verify_message}); see `ca_file`"
        cause = cause.__cause__
    return f"{homeserver} cannot be reached ({type(error).__name__})"


def path(*parts: str, **query: object) -> str:
    """A path of the client API, every part and value quoted."""
    said = {key: value for key, value in query.items() if value is not None}
    return PREFIX + "/".join(quote(part, safe="") for part in parts) + (f"?{urlencode(said)}" if said else "")


async def request(
    client: AsyncClient,
    method: str,
    where: str,
    body: Mapping[str, Any] | None = None,
    timeout: float = TIMEOUT,
    *,
    secure: bool = False,
) -> dict[str, Any]:
    """Ask the homeserver. Where it is to be `secure`, no answer counts to which a redirect by plain http led.
    Raises Trouble, Refused, Revoked."""
    headers = {"Content-Type": "application/json"}
    if client.access_token:
        headers["Authorization"] = f"Bearer {client.access_token}"
    data = None if body is None else json.dumps(body)
    try:
        async with asyncio.timeout(timeout):
            response = await client.send(method, where, data, headers, timeout=timeout)
            status, raw = response.status, await response.read()
            plain = secure and any(each.url.scheme != "https" for each in (*response.history, response))
    except TimeoutError:
        raise Trouble(f"{client.homeserver} does not answer") from None
    except (ClientError, OSError) as error:
        raise Trouble(unreachable(client.homeserver, error)) from error
    if plain:
        raise Trouble(f"{client.homeserver} redirects to http")
    try:
        answer = json.loads(raw)
    except (ValueError, RecursionError):
        answer = None
    if status == 200 and isinstance(answer, dict):
        return answer
    raise failure(status, answer)


def failure(status: int, answer: object) -> Trouble | Refused | Revoked:
    """What an answer means that is not the one wanted."""
    said = answer if isinstance(answer, dict) else {}
    code, reason = str(said.get("errcode", "")), str(said.get("error", ""))[:200]
    if code in GONE:
        return Revoked(reason, said.get("soft_logout") is True)
    if status == 429 or code == "M_LIMIT_EXCEEDED":
        wait = said.get("retry_after_ms")
        known = isinstance(wait, int | float) and not isinstance(wait, bool) and wait >= 0
        return Trouble("the homeserver asks to wait", wait / 1000 if known and isinstance(wait, int | float) else None)
    if 400 <= status < 500 and code:
        return Refused(code, reason)
    return Trouble(f"the homeserver answers with status {status}{' and no JSON' if answer is None else ''}")
