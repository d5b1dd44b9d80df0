"""One account on its homeserver: logged in once, then the same device for ever; and every request that the bot makes.

Rule: the session is never given back. Logging out would destroy the device, and with it every key and every
transaction id by which a message is known to have been taken.
"""

import logging
import ssl
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nio import AsyncClient

from bot.config import MatrixNetwork
from bot.mailbox import Journal, Session
from bot.transports.matrix_crypto import Crypto, has_keys, new_client
from bot.transports.matrix_discovery import discover
from bot.transports.matrix_http import Refused, Revoked, Trouble, path, request, tls_context
from bot.transports.matrix_rooms import MADE_FOR

log = logging.getLogger(__name__)

FILTER = (
    '{"presence":{"types":[]},"account_data":{"types":["m.direct"]},"room":{"account_data":{"types":[]},'
    '"ephemeral":{"types":[]},"state":{"lazy_load_members":false},"timeline":{"limit":100}}}'
)
PAGE = 100
"""Events of a room that are asked for at once where a sync left some out."""
SLACK = 15.0
"""Seconds that a sync may take longer than it was asked to wait."""


class Client:
    """The account. `open` before anything else; everything else may raise Trouble, Refused or Revoked."""

    def __init__(self, name: str, settings: MatrixNetwork, journal: Journal, folder: Path) -> None:
        self._name, self._settings, self._journal, self._folder = name, settings, journal, folder
        self._nio: AsyncClient | None = None
        self._crypto: Crypto | None = None
        self._tls: ssl.SSLContext | None = None
        self.user_id = settings.user
        self.device_id = ""
        self.is_new = False
        """Whether the device was made by this very start: it can read nothing that was encrypted before."""
        self.lost_keys = False
        """Whether it was made because the keys of the one before were gone."""

    async def open(self) -> None:
        """Log in, or take up the session of the last login."""
        if self._crypto is not None:
            return
        self._tls = tls_context(self._settings)
        session = self._journal.session()
        if session is not None and session.user_id.casefold() != self._settings.user.casefold():
            log.info("%s: %s is the account from now on, no more %s", self._name, self._settings.user, session.user_id)
            session = None
        if session is not None:
            session = replace(session, homeserver=await self._where(session))
        if session is not None and not has_keys(self._folder, session):
            log.error(
                "%s: the keys of device %s are gone from %s; logging in as a new device, which cannot read what was"
                " encrypted before",
                self._name,
                session.device_id,
                self._folder,
            )
            self.lost_keys = True
            await self._forget(session)
            session = None
        self._resume(session or await self._log_in(), fresh=session is None)

    def _resume(self, session: Session, *, fresh: bool) -> None:
        nio = self._client(session.homeserver)
        nio.restore_login(session.user_id, session.device_id, session.token)
        if fresh:
            self._journal.keep_session(session)
        self.user_id, self.device_id = session.user_id, session.device_id
        self._nio, self._crypto = nio, Crypto(nio, verified_only=self._settings.verified_only)

    async def renew(self) -> None:
        """After a soft logout: log in again as the same device."""
        session = self._journal.session()
        if session is None or self._nio is None:
            raise Trouble("there is no session to renew")
        fresh = await self._log_in(session.device_id)
        self._nio.access_token = fresh.token
        self._journal.renew(fresh.token)

    async def _log_in(self, device_id: str | None = None) -> Session:
        """A session by password."""
        password = self._settings.password.get_secret_value() if self._settings.password else ""
        homeserver = self._settings.homeserver or await discover(self._settings.user, self._client)
        nio = self._client(homeserver)
        body: dict[str, Any] = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": self._settings.user},
            "password": password,
            "initial_device_display_name": self._settings.device_name,
        }
        if device_id:
            body["device_id"] = device_id
        try:
            said = await request(nio, "POST", path("login"), body)
        finally:
            await nio.close()
        try:
            session = Session(str(said["user_id"]), str(said["device_id"]), str(said["access_token"]), homeserver)
        except KeyError as missing:
            raise Trouble(f"the homeserver's answer to a login lacks {missing}") from None
        self.is_new = device_id is None
        log.info("%s: logged in as %s, device %s", self._name, session.user_id, session.device_id)
        return session

    async def _forget(self, session: Session) -> None:
        """Take a device away whose keys are lost: nobody should encrypt for it any more."""
        nio = self._client(session.homeserver)
        nio.access_token = session.token
        try:
            await request(nio, "POST", path("logout"), {})
        except (Refused, Revoked) as error:
            log.info("%s: the device without keys was gone already: %s", self._name, error)
        finally:
            await nio.close()

    async def _where(self, session: Session) -> str:
        """The address for a session: the homeserver may have moved since it was begun."""
        if self._settings.homeserver:
            return self._settings.homeserver
        try:
            return await discover(session.user_id, self._client)
        except Trouble as trouble:
            log.info("%s: asking %s as before: %s", self._name, session.homeserver, trouble)
            return session.homeserver

    def _client(self, homeserver: str) -> AsyncClient:
        proxy = self._settings.proxy.get_secret_value() if self._settings.proxy else None
        return new_client(homeserver, self._settings.user, self._folder, ssl=self._tls, proxy=proxy)

    async def close(self) -> None:
        """Close the connections; the session lives on."""
        if self._nio is not None:
            await self._nio.close()
            if self._nio.store is not None:
                self._nio.store.database.close()

    @property
    def crypto(self) -> Crypto:
        """The keys."""
        if self._crypto is None:
            raise Trouble("not logged in")
        return self._crypto

    async def ask(
        self, method: str, where: str, body: Mapping[str, Any] | None = None, timeout: float = 30
    ) -> dict[str, Any]:
        """Any request of the client API, as that account."""
        try:
            return await self._ask(method, where, body, timeout)
        except Revoked as error:
            if error.soft:
                raise Trouble("the session is over; the next sync renews it") from error
            raise

    async def _ask(self, method: str, where: str, body: Mapping[str, Any] | None, timeout: float) -> dict[str, Any]:
        if self._nio is None:
            raise Trouble("not logged in")
        return await request(self._nio, method, where, body, timeout)

    # --- reading ----------------------------------------------------------------------------------------------------

    async def sync(self, since: str | None, *, wait: float, full: bool) -> dict[str, Any]:
        """What happened since; `full` tells the whole state of the rooms too."""
        where = path("sync", since=since, timeout=int(wait * 1000), full_state="true" if full else None, filter=FILTER)
        return await self._ask("GET", where, None, wait + SLACK + (60 if full else 0))

    async def messages(self, room_id: str, start: str | None, end: str | None) -> dict[str, Any]:
        """Events of a room before `start` (None: now), the newest first, at most back to `end`; `end` in it goes on."""
        where = path("rooms", room_id, "messages", **{"from": start, "to": end, "dir": "b", "limit": PAGE})
        return await self.ask("GET", where)

    async def event(self, room_id: str, kind: str, key: str = "") -> dict[str, Any]:
        """The content of one state event."""
        return await self.ask("GET", path("rooms", room_id, "state", kind, key))

    # --- doing ------------------------------------------------------------------------------------------------------

    async def send(self, room_id: str, content: Mapping[str, Any], transaction: str, *, encrypted: bool) -> str:
        """Say something; the id of the event. The same transaction id again gives the same event."""
        kind = "m.room.message"
        if encrypted:
            kind, content = "m.room.encrypted", await self.crypto.encrypt(room_id, content)
        return _id(await self.ask("PUT", path("rooms", room_id, "send", kind, transaction), content), "event_id")

    async def join(self, room: str, *, via: tuple[str, ...] = ()) -> str:
        """Join a room by id or alias; its id."""
        query = "&".join(f"server_name={server}&via={server}" for server in via if server.isprintable())
        where = path("join", room) + (f"?{query}" if query else "")
        return _id(await self.ask("POST", where, {}), "room_id")

    async def resolve(self, alias: str) -> str:
        """The id of the room that an alias names."""
        return _id(await self.ask("GET", path("directory", "room", alias)), "room_id")

    async def leave(self, room_id: str) -> None:
        """Leave a room, or refuse an invitation, and forget it."""
        await self.ask("POST", path("rooms", room_id, "leave"), {})
        await self.ask("POST", path("rooms", room_id, "forget"), {})

    async def create_direct(self, user_id: str) -> str:
        """Make a room for two; its id."""
        body: dict[str, Any] = {"preset": "trusted_private_chat", "is_direct": True, "invite": [user_id]}
        body["creation_content"] = {MADE_FOR: user_id}
        if self._settings.encrypt_direct:
            encryption = {"algorithm": "m.megolm.v1.aes-sha2"}
            body["initial_state"] = [{"type": "m.room.encryption", "state_key": "", "content": encryption}]
        return _id(await self.ask("POST", path("createRoom"), body), "room_id")

    async def set_direct(self, rooms: Mapping[str, list[str]]) -> None:
        """Tell other clients of the account which rooms are direct."""
        await self.ask("PUT", path("user", self.user_id, "account_data", "m.direct"), rooms)

    async def typing(self, room_id: str, seconds: float) -> None:
        """Show that an answer is on its way; 0 ends it."""
        body = {"typing": seconds > 0, "timeout": int(seconds * 1000)}
        await self.ask("PUT", path("rooms", room_id, "typing", self.user_id), body)

    async def read(self, room_id: str, event_id: str) -> None:
        """Show that everything up to that event was read."""
        await self.ask("POST", path("rooms", room_id, "receipt", "m.read", event_id), {})


def _id(answer: Mapping[str, Any], key: str) -> str:
    """The id in an answer; one without it is none of a homeserver's."""
    found = answer.get(key)
    if not isinstance(found, str) or not found:
        raise Trouble(f"the homeserver's answer lacks {key}")
    return found
