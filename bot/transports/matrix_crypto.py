"""Encryption: matrix-nio keeps the keys, and sees of a sync only what they need.

Rules: what nio cannot bear must not reach it, and what it raises must not reach anybody else; a room that was ever
encrypted gets no plain text.
"""

import json
import logging
from collections.abc import Awaitable, Iterable, Mapping
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientResponse
from aiohttp_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError
from nio import (
    AsyncClient,
    AsyncClientConfig,
    ErrorResponse,
    Event,
    JoinedMembersError,
    LocalProtocolError,
    MegolmEvent,
    SyncResponse,
)
from nio.exceptions import EncryptionError

from bot.mailbox import Session
from bot.transports.matrix_http import NoProxy, Trouble, failure, unreachable

log = logging.getLogger(__name__)

NEEDED = frozenset({"m.room.encrypted", "m.room.encryption", "m.room.member"})
"""The events of a room that the keys depend on."""
BROKEN = (LookupError, TypeError, ValueError, AttributeError, AssertionError)
"""What nio, and the library under it, raise over an answer that lacks what belongs in it."""
SYNC_PARTS = (
    "next_batch",
    "to_device",
    "device_lists",
    "device_one_time_keys_count",
    "device_unused_fallback_key_types",
)


class GuardedClient(AsyncClient):  # type: ignore[misc]  # the package is untyped
    """nio's client; an event that it cannot handle is passed over instead of ending the sync, a proxy that fails is a
    connection that fails, and an answer that is none is Trouble."""

    async def send(self, *request: Any, **how: Any) -> Any:
        """Send a request. Raises ClientError, OSError, TimeoutError."""
        try:
            return await super().send(*request, **how)
        except (ProxyError, ProxyConnectionError, ProxyTimeoutError) as error:
            # The last part of its address, for the first may be a name and password.
            proxy = f"the proxy {str(self.proxy).rpartition('/')[2].rpartition('@')[2]}"
            answered = isinstance(error, ProxyError)
            raise NoProxy(f"{proxy} says {str(error)[:100]!r}" if answered else f"{proxy} is not there") from error

    async def create_matrix_response(
        self, response_class: type, transport_response: ClientResponse, *more: Any, **how: Any
    ) -> Any:
        """What nio makes of an answer. Raises Trouble where it is none: nio takes the page of a proxy for a yes."""
        try:
            answer = json.loads(await transport_response.read())
        except (ValueError, RecursionError):
            answer = None
        if transport_response.status != 200 or not isinstance(answer, dict):
            what = failure(transport_response.status, answer)
            if isinstance(what, Trouble):
                raise Trouble(f"keys could not be exchanged: {what}", what.wait)
        return await super().create_matrix_response(response_class, transport_response, *more, **how)

    def _handle_timeline_event(self, event: Any, *about: Any) -> Any:
        try:
            return super()._handle_timeline_event(event, *about)
        except Exception as error:
            log.warning("an event was passed over by the keys: %r: %r", error, getattr(event, "event_id", None))
            return None


def new_client(homeserver: str, user_id: str, folder: Path, **how: Any) -> AsyncClient:
    """A client that keeps its keys in `folder`, and never tries anything again by itself."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    config = AsyncClientConfig(
        encryption_enabled=True, store_sync_tokens=False, max_limit_exceeded=0, max_timeouts=0, request_timeout=30
    )
    return GuardedClient(homeserver, user_id, store_path=str(folder), config=config, **how)


def has_keys(folder: Path, session: Session) -> bool:
    """Whether the keys of that session's device are still there."""
    return (folder / f"{session.user_id}_{session.device_id}.db").is_file()


class Crypto:
    """The keys of one device, and what is done with them. The client must be logged in."""

    def __init__(self, client: AsyncClient, *, verified_only: bool) -> None:
        self._client, self._verified_only = client, verified_only

    async def take(self, answer: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """Take what a sync says to the keys; the events that could be decrypted, by id, as they were meant."""
        rooms = answer.get("rooms")
        joined = rooms.get("join") if isinstance(rooms, dict) else None
        reduced: dict[str, Any] = {key: answer[key] for key in SYNC_PARTS if key in answer}
        reduced["rooms"] = {
            "join": {room: _reduced(said) for room, said in (joined or {}).items() if isinstance(said, dict)}
        }
        try:
            response = SyncResponse.from_dict(reduced)
            if not isinstance(response, SyncResponse):
                log.warning("the keys' library does not understand a sync: %s", response)
                return {}
            await self._client.receive_response(response)
        except Exception:
            log.exception("the keys' library could not handle a sync")
            return {}
        found: dict[str, dict[str, Any]] = {}
        for info in response.rooms.join.values():
            found |= _decrypted(info.timeline.events)
        return found

    def decrypt(self, room_id: str, event: Mapping[str, Any]) -> dict[str, Any] | None:
        """One event as it was meant; None where there is no key for it (yet)."""
        try:
            parsed = Event.parse_event(dict(event))
            if not isinstance(parsed, MegolmEvent):
                return None
            plain = self._client.decrypt_event(_in_room(parsed, room_id))
        except EncryptionError:
            return None
        except Exception as error:
            # Anybody may send anything: nio asserts what nobody has to keep to (a session without an id).
            log.warning("an event cannot be decrypted: %r: %r", error, event.get("event_id"))
            return None
        return _meant(plain.source)

    async def keep_up(self) -> None:
        """Do what the last sync made necessary: give out keys, ask for those of others. Raises Trouble."""
        client = self._client
        try:
            await _checked(client.send_to_device_messages())
            if client.should_upload_keys:
                await _checked(client.keys_upload())
            if client.should_query_keys:
                await _checked(client.keys_query())
            if client.should_claim_keys:
                await _checked(client.keys_claim(client.get_users_for_key_claiming()))
        except (ClientError, OSError, TimeoutError) as error:
            raise Trouble(f"keys could not be exchanged: {unreachable(client.homeserver, error)}") from error
        except LocalProtocolError as error:
            log.warning("keys could not be exchanged: %s", error)

    async def encrypt(self, room_id: str, content: Mapping[str, Any]) -> dict[str, Any]:
        """The message encrypted for everybody who is in the room now. Raises Trouble."""
        client = self._client
        room = client.rooms.get(room_id)
        if room is None or client.olm is None:
            raise Trouble("the room is not known yet")
        # The bot remembers that a room is encrypted even where a homeserver stops saying so.
        room.encrypted = True
        try:
            if not room.members_synced:
                members = await client.joined_members(room_id)
                if isinstance(members, JoinedMembersError):
                    raise Trouble("the members of the room are not known")
            client.olm.update_tracked_users(room)
            if client.should_query_keys:
                await _checked(client.keys_query())
            if client.olm.should_share_group_session(room_id):
                self._trust(room.users)
                await self._give_out_key(room_id, room.users)
            _, encrypted = client.encrypt(room_id, "m.room.message", dict(content))
        except (ClientError, OSError, TimeoutError) as error:
            raise Trouble(f"keys could not be exchanged: {unreachable(client.homeserver, error)}") from error
        except (LocalProtocolError, EncryptionError) as error:
            raise Trouble(f"the message could not be encrypted ({error})") from error
        finally:
            client.sharing_session.pop(room_id, None)  # nio leaves it behind when it fails, and then refuses for ever
        return dict(encrypted)

    async def _give_out_key(self, room_id: str, users: Iterable[str]) -> None:
        """Give the key of what is said next to every device that can be given one. Raises Trouble.

        nio takes a key for given out where the homeserver was not there to pass it on: what is said then nobody could
        ever read, till the key is a new one.
        """
        client = self._client
        olm = client.olm
        if missing := client.get_missing_sessions(room_id):
            await _checked(client.keys_claim(missing))
        await _checked(client.share_group_session(room_id, ignore_unverified_devices=True))
        session = olm.outbound_group_sessions[room_id]
        served = session.users_shared_with | session.users_ignored
        for user in users:
            for device in olm.device_store.active_user_devices(user):
                # One without a session gave no key to begin with, and is not to be waited for.
                if (user, device.id) not in served and olm.session_store.get(device.curve25519):
                    session.shared = False  # so that the next try gives it to those who lack it
                    raise Trouble("keys could not be exchanged: the homeserver did not pass them on")

    def _trust(self, users: Iterable[str]) -> None:
        """Keep keys from unverified devices, or give them some, as configured now: nio keeps what it was told before,
        and sends nothing at all where it was told nothing."""
        olm = self._client.olm
        for device in (device for user in users for device in olm.device_store.active_user_devices(user)):
            if not olm.is_device_verified(device) and olm.is_device_blacklisted(device) is not self._verified_only:
                (olm.blacklist_device if self._verified_only else olm.unblacklist_device)(device)


async def _checked(asking: Awaitable[object]) -> None:
    """Ask the homeserver about keys. Raises Trouble, and what nio raises for reasons of its own."""
    try:
        response = await asking
    except BROKEN as error:
        log.debug("nio fails over an answer about keys", exc_info=True)  # a mistake in a program looks the same
        raise Trouble(f"keys could not be exchanged: the homeserver's answer is none ({error!r:.100})") from error
    if isinstance(response, ErrorResponse):
        wait = response.retry_after_ms
        raise Trouble(f"keys could not be exchanged ({response.status_code})", wait / 1000 if wait else None)


def _reduced(said: Mapping[str, Any]) -> dict[str, Any]:
    """What a sync says of a room, without what the keys do not depend on, or cannot bear."""
    state, timeline = said.get("state"), said.get("timeline")
    out: dict[str, Any] = {
        "state": {"events": list(_bearable(state))},
        "timeline": {
            "events": list(_bearable(timeline)),
            "limited": bool(isinstance(timeline, dict) and timeline.get("limited")),
            "prev_batch": str(timeline.get("prev_batch", "")) if isinstance(timeline, dict) else "",
        },
        "ephemeral": {"events": []},
        "account_data": {"events": []},
    }
    if isinstance(said.get("summary"), dict):
        out["summary"] = said["summary"]
    return out


def _bearable(part: object) -> Iterable[dict[str, Any]]:
    events = part.get("events") if isinstance(part, dict) else None
    for event in events if isinstance(events, list) else []:
        if not isinstance(event, dict) or event.get("type") not in NEEDED:
            continue
        try:
            Event.parse_event(event)
        except Exception as error:
            log.warning("an event was not shown to the keys' library: %s: %r", error, event.get("event_id"))
        else:
            yield event


def _decrypted(events: Iterable[Any]) -> dict[str, dict[str, Any]]:
    """The events among these that were encrypted and could be read."""
    return {
        event.event_id: meant
        for event in events
        if getattr(event, "decrypted", False) and (meant := _meant(event.source)) is not None
    }


def _meant(source: object) -> dict[str, Any] | None:
    """Type and content of a decrypted event: all else of it is what the homeserver vouches for, outside."""
    if not isinstance(source, dict) or not isinstance(source.get("content"), dict):
        return None
    return {"type": source.get("type"), "content": source["content"]}


def _in_room(event: MegolmEvent, room_id: str) -> MegolmEvent:
    event.room_id = room_id
    return event
