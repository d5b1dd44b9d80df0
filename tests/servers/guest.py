"""A person on Matrix, to talk to the bot and to hear what it says: nio's client, which can encrypt too."""

import asyncio
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from nio import AsyncClient, AsyncClientConfig, MegolmEvent, SyncResponse

from tests.servers.synapse import Synapse

FILTER = {"room": {"timeline": {"limit": 1000}}, "presence": {"types": []}}
"""So that an observer misses nothing."""
PATIENCE = 45
"""Seconds that something is waited for: longer than the bot's sync waits (30), should the homeserver not wake that one,
as it once did not right after the bot had joined."""


@dataclass(frozen=True, slots=True)
class Said:
    """Something that was said in a room, as this person's client could read it."""

    room: str
    sender: str
    event_id: str
    type: str
    content: Mapping[str, Any]
    encrypted: bool

    @property
    def text(self) -> str:
        """The words; empty where it has none, or could not be read."""
        return str(self.content.get("body", ""))


class Guest:
    """`async with Guest(server, "ana") as ana:` logs in with a new device and listens."""

    def __init__(self, server: Synapse, name: str) -> None:
        self.server, self.name = server, name
        self.id = server.user(name)
        self.heard: list[Said] = []
        self.members: dict[str, dict[str, str]] = {}
        """Room -> member -> membership, as the syncs told it."""
        self.invitations: list[str] = []
        self._asked: set[str] = set()
        self._changed = asyncio.Condition()
        self._folder = tempfile.TemporaryDirectory(prefix="recapbot-guest-")
        config = AsyncClientConfig(encryption_enabled=True, store_sync_tokens=False, request_timeout=40)
        self.client = AsyncClient(server.url, self.id, store_path=self._folder.name, config=config)

    async def __aenter__(self) -> "Guest":
        response = await self.client.login(self.server.accounts[self.name], device_name="guest")
        assert not hasattr(response, "status_code"), response
        await self._once(full=True)
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while not self._listening.done():
            self._listening.cancel()  # aiohttp takes one for its own timeout, when both come at once
            await asyncio.wait([self._listening], timeout=0.2)
        await self.client.close()
        if self.client.store:
            self.client.store.database.close()
        self._folder.cleanup()

    async def _listen(self) -> None:
        while True:
            await self._once()

    async def _once(self, *, full: bool = False) -> None:
        response = await self.client.sync(timeout=0 if full else 20_000, full_state=full, sync_filter=FILTER)
        if not isinstance(response, SyncResponse):
            await asyncio.sleep(0.2)
            return
        for room, info in response.rooms.join.items():
            for event in (*info.state, *info.timeline.events):
                self._take(room, event)
        self.invitations += response.rooms.invite
        if self.client.should_upload_keys:
            await self.client.keys_upload()
        if self.client.should_query_keys:
            await self.client.keys_query()
        if self.client.should_claim_keys:
            await self.client.keys_claim(self.client.get_users_for_key_claiming())
        await self.client.send_to_device_messages()
        async with self._changed:
            self._changed.notify_all()

    def _take(self, room: str, event: Any) -> None:
        source = event.source
        if source.get("type") == "m.room.member":
            self.members.setdefault(room, {})[source["state_key"]] = source["content"].get("membership", "")
        encrypted = isinstance(event, MegolmEvent) or getattr(event, "decrypted", False)
        sender = getattr(event, "sender", source.get("sender"))
        event_id = getattr(event, "event_id", source.get("event_id"))
        self.heard.append(Said(room, sender, event_id, source.get("type", ""), source.get("content", {}), encrypted))

    async def until(self, wanted: Callable[[], Any], seconds: float = PATIENCE) -> Any:
        """What `wanted` gives, once that is true."""
        try:
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(wanted)
        except TimeoutError:
            last = [f"{each.sender} {each.type}: {each.text}" for each in self.heard[-8:]]
            raise AssertionError(f"{self.name} waits in vain; last heard: {last}") from None
        return wanted()

    def words(self, room: str, by: str) -> list[str]:
        """What somebody said in a room, in order."""
        return [each.text for each in self.said(room, by)]

    def said(self, room: str, by: str) -> list[Said]:
        """The messages of somebody in a room, in order."""
        return [each for each in self.heard if (each.room, each.sender, each.type) == (room, by, "m.room.message")]

    async def hears(self, room: str, by: str, beginning: str, seconds: float = PATIENCE) -> Said:
        """The latest message of somebody in a room that begins so, once there is one that was not asked for yet."""

        def found() -> Said | None:
            fresh = [each for each in self.said(room, by) if each.text.startswith(beginning)]
            return next((each for each in fresh if each.event_id not in self._asked), None)

        answer: Said = await self.until(found, seconds)
        self._asked.add(answer.event_id)
        return answer

    # --- doing ------------------------------------------------------------------------------------------------------

    async def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Any request of the client API, as this person."""
        token = self.client.access_token
        return await asyncio.to_thread(self.server.ask, method, f"/_matrix/client/v3/{path}", body, token)

    async def say(self, room: str, text: str, **more: Any) -> str:
        """Say something; the id of the event."""
        return await self.send(room, {"msgtype": "m.text", "body": text, **more})

    async def send(self, room: str, content: Mapping[str, Any], kind: str = "m.room.message") -> str:
        """Send an event, encrypted where the room is."""
        await self.until(lambda: room in self.client.rooms)
        response = await self.client.room_send(room, kind, dict(content), ignore_unverified_devices=True)
        assert hasattr(response, "event_id"), response
        return str(response.event_id)

    async def react(self, room: str, event_id: str, sign: str) -> str:
        """React to an event."""
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": sign}
        return await self.send(room, {"m.relates_to": relation}, "m.reaction")

    async def redact(self, room: str, event_id: str) -> None:
        """Take an event away."""
        await self.ask("PUT", f"rooms/{quote(room)}/redact/{quote(event_id)}/{uuid4()}", {})

    async def make_room(
        self, *invited: str, alias: str | None = None, version: str | None = None, encrypted: bool = False, **more: Any
    ) -> str:
        """Make a room, public unless `more` says otherwise; its id."""
        body: dict[str, Any] = {"preset": "public_chat", "invite": list(invited), **more}
        if alias:
            body["room_alias_name"] = alias
        if version:
            body["room_version"] = version
        if encrypted:
            content = {"algorithm": "m.megolm.v1.aes-sha2"}
            body["initial_state"] = [{"type": "m.room.encryption", "state_key": "", "content": content}]
        return str((await self.ask("POST", "createRoom", body))["room_id"])

    async def make_direct(self, other: str, *, encrypted: bool = False, version: str | None = None) -> str:
        """Make a room for two."""
        how = {"preset": "trusted_private_chat", "is_direct": True}
        return await self.make_room(other, encrypted=encrypted, version=version, **how)

    async def join(self, room: str) -> str:
        """Join a room by id or alias; its id."""
        return str((await self.ask("POST", f"join/{quote(room)}", {}))["room_id"])

    async def join_by(self, other: "Guest", room: str) -> str:
        """Join a room that somebody invites to; its id."""
        await other.ask("POST", f"rooms/{quote(room)}/invite", {"user_id": self.id})
        return await self.join(room)

    async def leave(self, room: str) -> None:
        """Leave a room."""
        await self.ask("POST", f"rooms/{quote(room)}/leave", {})

    async def sees(self, room: str, member: str, membership: str = "join") -> None:
        """Return once somebody is in a room."""
        await self.until(lambda: self.members.get(room, {}).get(member, "leave") == membership)

    async def level(self, room: str, user: str, level: int) -> None:
        """Give somebody a power level there."""
        levels = await self.ask("GET", f"rooms/{quote(room)}/state/m.room.power_levels")
        levels.setdefault("users", {})[user] = level
        await self.ask("PUT", f"rooms/{quote(room)}/state/m.room.power_levels", levels)


def crypto_folder(database: Path, network: str) -> Path:
    """Where the bot keeps the keys of a network."""
    return database.with_name(f"{database.name}.matrix") / network
